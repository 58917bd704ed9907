import { randomUUID } from 'node:crypto';
import { type MatrixSync, type RoomEvent, followSync } from './matrix-sync.ts';
import type { Account } from './synapse.ts';

export type { RoomEvent } from './matrix-sync.ts';

export interface NewRoom {
  readonly name?: string;
  readonly invite?: readonly string[];
  readonly direct?: boolean;
  readonly encrypted?: boolean;
}

/** A person at a plain Matrix client. What `until` and `timeline` show arrives by long polling /sync. */
export interface MatrixUser extends AsyncDisposable {
  readonly userId: string;
  readonly accessToken: string;
  createRoom(room?: NewRoom): Promise<string>;
  invite(roomId: string, userId: string): Promise<void>;
  join(roomId: string): Promise<void>;
  leave(roomId: string): Promise<void>;
  send(roomId: string, text: string): Promise<string>;
  reply(roomId: string, eventId: string, text: string): Promise<string>;
  replyInThread(roomId: string, rootId: string, text: string): Promise<string>;
  react(roomId: string, eventId: string, key: string): Promise<string>;
  redact(roomId: string, eventId: string): Promise<void>;
  members(roomId: string): Promise<string[]>;
  /** Events seen so far, oldest first. */
  timeline(roomId?: string): readonly RoomEvent[];
  /** The first event that fits, among those seen already and those to come. */
  until(predicate: (event: RoomEvent) => boolean, timeoutMs?: number): Promise<RoomEvent>;
  /** The room of the first invitation from that user. */
  untilInvited(by: string, timeoutMs?: number): Promise<string>;
  /** Any other client-server call; answers the parsed body. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

export interface MatrixUserOptions {
  readonly url: string;
  readonly account: Account;
  /** Accepts every invitation; true unless told otherwise. */
  readonly autoJoin?: boolean;
}

const callWithinMs = 30_000;

/** Logs the account's user in and follows what happens in its rooms from now on. */
export async function startMatrixUser({
  url,
  account,
  autoJoin = true,
}: MatrixUserOptions): Promise<MatrixUser> {
  const { userId, accessToken } = account;

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${url}/_matrix/client/v3/${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}` },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
      signal: AbortSignal.timeout(callWithinMs),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${userId}: ${method} ${path}: HTTP ${answer.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async function put(roomId: string, type: string, content: object): Promise<string> {
    const sent = await call('PUT', `${room(roomId)}/send/${type}/${randomUUID()}`, content);
    return sent['event_id'] as string;
  }

  const say = (roomId: string, text: string, more: object = {}): Promise<string> =>
    put(roomId, 'm.room.message', { msgtype: 'm.text', body: text, ...more });

  const join = async (roomId: string): Promise<void> => void (await call('POST', `${room(roomId)}/join`));

  const sync: MatrixSync = await followSync({
    url,
    accessToken,
    invited: async (roomId) => (autoJoin ? join(roomId) : undefined),
  });

  return {
    userId,
    accessToken,
    call,
    join,
    async createRoom({ name, invite = [], direct = false, encrypted = false } = {}) {
      const encryption = {
        type: 'm.room.encryption',
        state_key: '',
        content: { algorithm: 'm.megolm.v1.aes-sha2' },
      };
      const created = await call('POST', 'createRoom', {
        name,
        invite,
        is_direct: direct,
        preset: direct ? 'trusted_private_chat' : 'private_chat',
        initial_state: encrypted ? [encryption] : [],
      });
      return created['room_id'] as string;
    },
    invite: async (roomId, invited) =>
      void (await call('POST', `${room(roomId)}/invite`, { user_id: invited })),
    leave: async (roomId) => void (await call('POST', `${room(roomId)}/leave`)),
    send: (roomId, text) => say(roomId, text),
    reply: (roomId, eventId, text) =>
      say(roomId, text, { 'm.relates_to': { 'm.in_reply_to': { event_id: eventId } } }),
    replyInThread: (roomId, rootId, text) =>
      say(roomId, text, { 'm.relates_to': { rel_type: 'm.thread', event_id: rootId } }),
    react: (roomId, eventId, key) =>
      put(roomId, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } }),
    redact: async (roomId, eventId) =>
      void (await call('PUT', `${room(roomId)}/redact/${encodeURIComponent(eventId)}/${randomUUID()}`)),
    async members(roomId) {
      const { joined } = await call('GET', `${room(roomId)}/joined_members`);
      return Object.keys(joined as object);
    },
    timeline: (roomId) => sync.events.filter((event) => roomId === undefined || event.roomId === roomId),
    until: (predicate, timeoutMs = 15_000) => sync.until(predicate, timeoutMs),
    untilInvited: (by, timeoutMs = 15_000) => sync.untilInvited(by, timeoutMs),
    [Symbol.asyncDispose]: () => sync.end(),
  };
}

function room(roomId: string): string {
  return `rooms/${encodeURIComponent(roomId)}`;
}
