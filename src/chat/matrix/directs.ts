import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';

import type { Encryption } from './encryption.ts';
import { orNothing } from './errors.ts';
import { isHandle, isRoomId } from './identifier.ts';
import { roomPath } from './sends.ts';
import type { Turns } from './turns.ts';
import type { Wire } from './wire.ts';

/** The rooms for direct messages, kept in the bot's account data so that every start finds them again. */
export interface Directs {
  /** The person's room, made when there is none; asked several times at once it makes one. Throws OutsideError. */
  roomFor(handle: string): Promise<string>;
  isDirect(roomId: string): boolean;
  /** Takes in a room that the person opened. Throws OutsideError. */
  adopt(handle: string, roomId: string): Promise<void>;
  /** Reads the list. Throws OutsideError. */
  load(): Promise<void>;
  /** The list changed. */
  learn(content: unknown): void;
  /** Somebody left the room: it is looked at again before it is used. */
  doubt(roomId: string): void;
}

interface Options {
  readonly wire: Wire;
  readonly encryption: Encryption;
  readonly turns: Turns;
  readonly knows: (handle: string) => boolean;
  /** Does something while no other process does such a thing: two would make two rooms for one person. */
  readonly alone?: Alone | undefined;
}

/** One deed of a name at a time, over all processes. Throws OutsideError when it would have to wait for long. */
export type Alone = <T>(name: string, deed: () => Promise<T>) => Promise<T>;

const List = z.record(z.string(), z.array(z.string()).catch([])).catch({});
type List = z.infer<typeof List>;
const Created = z.object({ room_id: z.string().refine(isRoomId) });
const Member = z.object({ membership: z.string() });

export function createDirects({ wire, encryption, turns, knows, alone }: Options): Directs {
  const { ask } = wire;
  const checked = new Set<string>();
  const looking = new Map<string, Promise<string>>();
  let list: List | undefined;
  let saving: Promise<unknown> = Promise.resolve();

  const listPath = async (): Promise<string> =>
    `/_matrix/client/v3/user/${encodeURIComponent(await wire.me())}/account_data/m.direct`;
  const read = async (): Promise<List> => List.parse((await orNothing(ask('GET', await listPath()))) ?? {});
  const load = async (): Promise<void> => {
    list = await read();
  };

  async function find(handle: string): Promise<string> {
    if (list === undefined) await load();
    const there = await knownRoom(handle);
    if (there !== undefined) return there;
    // Whoever waits for a turn holds nothing, and asks the homeserver nothing.
    return turns.room(() => {
      if (!alone) return create(handle);
      return alone(`room ${handle}`, async () => {
        await load();
        return (await knownRoom(handle)) ?? create(handle);
      });
    });
  }

  async function knownRoom(handle: string): Promise<string | undefined> {
    for (const roomId of list?.[handle] ?? []) {
      if (checked.has(roomId) || (await usable(roomId, handle))) {
        checked.add(roomId);
        return roomId;
      }
    }
    return undefined;
  }

  // Only the bot may change the room's settings: nobody can encrypt it and so shut the bot out.
  async function create(handle: string): Promise<string> {
    const body = { invite: [handle], is_direct: true, preset: 'private_chat', name: 'Tocsin' };
    const created = Created.parse(await ask('POST', '/_matrix/client/v3/createRoom', { body }));
    await note(handle, created.room_id);
    checked.add(created.room_id);
    return created.room_id;
  }

  // A room that could not be noted here is empty and stays behind; the next attempt makes another.
  function note(handle: string, roomId: string): Promise<void> {
    const noted = saving.then(() =>
      alone ? alone('list', () => write(handle, roomId)) : write(handle, roomId),
    );
    saving = noted.catch(() => undefined);
    return noted;
  }

  async function write(handle: string, roomId: string): Promise<void> {
    const now = await read();
    const others = (now[handle] ?? []).filter((one) => one !== roomId);
    const next = { ...now, [handle]: [roomId, ...others] };
    await ask('PUT', await listPath(), { body: next });
    list = next;
  }

  async function usable(roomId: string, handle: string): Promise<boolean> {
    try {
      const path = `${roomPath(roomId)}/state/m.room.member/${encodeURIComponent(handle)}`;
      const { membership } = Member.parse(await ask('GET', path));
      if (membership === 'ban') return false;
      // Without the library it could not be read or written: a plain one beside it can.
      if (wire.crypto === undefined && (await encryption.isEncrypted(roomId))) return false;
      const isThere = membership === 'join' || membership === 'invite';
      const body = { user_id: handle };
      if (!isThere) await turns.invitation(() => ask('POST', `${roomPath(roomId)}/invite`, { body }));
      return true;
    } catch (error) {
      if (error instanceof OutsideError && !error.retryable && error.reason !== 'unauthorized') return false;
      throw error;
    }
  }

  return {
    load,
    async roomFor(handle) {
      if (!isHandle(handle)) {
        throw new OutsideError('matrix', 'rejected', `${handle} is not a Matrix account (@name:server).`);
      }
      if (!knows(handle)) {
        throw new OutsideError('matrix', 'forbidden', `${handle} belongs to nobody in the fleet.`);
      }
      const room = looking.get(handle) ?? find(handle).finally(() => looking.delete(handle));
      looking.set(handle, room);
      return room;
    },
    isDirect: (roomId) => Object.values(list ?? {}).some((rooms) => rooms.includes(roomId)),
    adopt: note,
    learn: (content) => {
      list = List.parse(content);
    },
    doubt: (roomId) => void checked.delete(roomId),
  };
}
