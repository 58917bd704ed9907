import { randomBytes } from 'node:crypto';

export interface MatrixEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly room_id: string;
  readonly origin_server_ts: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly state_key?: string;
  /** Told to the device that sent it, which is the only one. */
  readonly unsigned?: { readonly transaction_id: string };
  redacted?: boolean;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  /** `join`, `invite` or `leave`, by user. */
  readonly members: Map<string, string>;
  /** In their order over all rooms: the index is the position in the stream. */
  readonly events: { readonly at: number; readonly event: MatrixEvent }[];
}

type Made = Pick<MatrixEvent, 'type' | 'sender' | 'content' | 'state_key' | 'unsigned'>;

/** Everything the homeserver remembers: outlives the server that serves it. */
export interface World {
  readonly serverName: string;
  readonly bot: { readonly userId: string; readonly deviceId: string; readonly accessToken: string };
  readonly rooms: Map<string, Room>;
  readonly events: Map<string, MatrixEvent>;
  /** Edits and reactions by the event that they are about. */
  readonly relations: Map<string, MatrixEvent[]>;
  readonly accountData: Map<string, { readonly at: number; readonly content: unknown }>;
  /** What was sent, by device, room, type and transaction. */
  readonly transactions: Map<string, string>;
  /** The newest position in the stream. */
  readonly position: () => number;
  /** Called at each change. */
  readonly listeners: Set<() => void>;
  room(name: string, members: readonly string[]): Room;
  append(room: Room, made: Made): MatrixEvent;
  setAccountData(type: string, content: unknown): void;
}

interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
}

export const relationOf = ({ content }: MatrixEvent): Relation => content['m.relates_to'] ?? {};

/** A homeserver with the bot's account and nobody else. */
export function createWorld(serverName = 'stand-in.test'): World {
  let position = 0;
  const word = (): string => randomBytes(12).toString('base64url');
  const world: World = {
    serverName,
    bot: { userId: `@tocsin:${serverName}`, deviceId: 'STANDIN', accessToken: `syt_${word()}` },
    rooms: new Map(),
    events: new Map(),
    relations: new Map(),
    accountData: new Map(),
    transactions: new Map(),
    position: () => position,
    listeners: new Set(),
    room(name, members) {
      const room: Room = { id: `!${word()}:${serverName}`, name, members: new Map(), events: [] };
      world.rooms.set(room.id, room);
      for (const member of members) join(room, member, 'join');
      return room;
    },
    append(room, made) {
      const event: MatrixEvent = {
        event_id: `$${word()}`,
        room_id: room.id,
        origin_server_ts: Date.now(),
        ...made,
      };
      position += 1;
      room.events.push({ at: position, event });
      world.events.set(event.event_id, event);
      const { rel_type, event_id } = relationOf(event);
      if (rel_type !== undefined && event_id !== undefined) {
        world.relations.set(event_id, [...(world.relations.get(event_id) ?? []), event]);
      }
      tell();
      return event;
    },
    setAccountData(type, content) {
      position += 1;
      world.accountData.set(type, { at: position, content });
      tell();
    },
  };
  const tell = (): void => {
    for (const listener of world.listeners) listener();
  };
  const join = (room: Room, user: string, membership: string): void => {
    room.members.set(user, membership);
    world.append(room, { type: 'm.room.member', sender: user, state_key: user, content: { membership } });
  };
  return world;
}

/** The latest edit of a message by its own author, if there is one. */
export const latestEdit = (world: World, event: MatrixEvent): MatrixEvent | undefined =>
  (world.relations.get(event.event_id) ?? []).findLast(
    (one) => relationOf(one).rel_type === 'm.replace' && one.sender === event.sender,
  );
