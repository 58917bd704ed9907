import { randomBytes } from 'node:crypto';

import pino from 'pino';

import { createMatrix } from '#src/chat/matrix/platform.ts';
import type { ChatPlatform, Followed } from '#src/domain/platform.ts';
import { displayed } from '#test/chat/matrix/displayed.ts';
import type { ListenerProbe } from '#test/conformance/listener-probe.ts';
import type { PlatformHarness, Standing } from '#test/conformance/platform.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { type MatrixUser, startMatrixUser } from '#test/real/matrix-user.ts';
import type { RunningSynapse } from '#test/real/synapse.ts';

export const prefix = '!tocsin';

interface StoredContent {
  readonly msgtype?: string;
  readonly body: string;
  readonly formatted_body?: string;
  readonly 'm.new_content'?: StoredContent;
  readonly 'm.relates_to'?: { readonly rel_type?: string; readonly event_id?: string };
  readonly 'm.mentions'?: object;
}
export interface StoredMessage {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly content: StoredContent;
  readonly unsigned?: {
    readonly 'm.relations'?: { readonly 'm.replace'?: { readonly content: StoredContent } };
  };
}

/** The room's events as a person's client reads them back, oldest first. */
export async function eventsOf(reader: MatrixUser, roomId: string): Promise<readonly StoredMessage[]> {
  const found = await reader.call('GET', `rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=200`);
  return (found['chunk'] as StoredMessage[]).toReversed();
}

/** What readers see of a message now. */
export const shownOf = ({ content, unsigned }: StoredMessage): string => {
  const now = unsigned?.['m.relations']?.['m.replace']?.content['m.new_content'] ?? content;
  return now.formatted_body === undefined ? now.body : displayed(now.formatted_body);
};

export const isMessageBy = (userId: string) => (event: StoredMessage) =>
  event.sender === userId &&
  event.type === 'm.room.message' &&
  ['m.notice', 'm.text'].includes(event.content.msgtype ?? '') &&
  event.content['m.relates_to']?.rel_type !== 'm.replace';

/** Ids of events that the person was called by, as the homeserver counts it. */
async function highlights(reader: MatrixUser): Promise<readonly string[]> {
  const found = await reader.call('GET', 'notifications?only=highlight&limit=1000');
  return (found['notifications'] as { event: { event_id: string } }[]).map(({ event }) => event.event_id);
}

export interface Cast extends AsyncDisposable {
  readonly bot: { readonly userId: string; readonly accessToken: string };
  readonly alice: MatrixUser;
  readonly bob: MatrixUser;
  /** Alice's, with Bob and the bot in it; the bot may do everything there, so that nothing is refused by luck. */
  readonly roomId: string;
  platform(listener: ListenerProbe, options?: Running): Promise<ChatPlatform>;
}
interface Running {
  readonly rooms?: readonly string[];
  readonly folder?: string;
}

/** How far it was read, in memory. */
function memoryFollowed(): Followed {
  const kept = new Map<string, { token: string; savedAtMs: number }>();
  return {
    load: async (account) => kept.get(account),
    save: async (account, token, savedAtMs) => void kept.set(account, { token, savedAtMs }),
  };
}

/** Two people, a bot and a room, with names of their own. */
export async function cast(synapse: RunningSynapse): Promise<Cast> {
  const suffix = randomBytes(4).toString('hex');
  const person = async (name: string) =>
    startMatrixUser({ url: synapse.url, account: await synapse.user(`${name}-${suffix}`) });
  const [alice, bob] = await Promise.all([person('alice'), person('bob')]);
  const bot = await synapse.user(`tocsin-${suffix}`);
  const roomId = await alice.createRoom({ name: 'notaries', invite: [bob.userId, bot.userId] });
  const power = { [alice.userId]: 100, [bot.userId]: 100 };
  const state = `rooms/${encodeURIComponent(roomId)}/state/m.room.power_levels/`;
  await alice.call('PUT', state, { users: power });
  const folder = temporaryFolder('matrix');
  const ending = new AbortController();
  const running: ChatPlatform[] = [];
  const followed = new Map<string, Followed>();
  return {
    bot,
    alice,
    bob,
    roomId,
    async platform(listener, { rooms = [roomId], folder: kept = folder.path } = {}) {
      listener.known.add(alice.userId);
      const options = { homeserverUrl: synapse.url, accessToken: bot.accessToken, prefix };
      const level = process.env['MATRIX_TEST_LOG'] ?? 'silent';
      const matrix = createMatrix({ ...options, rooms: () => rooms, storageDir: kept }, pino({ level }));
      running.push(matrix);
      const where = followed.get(kept) ?? memoryFollowed();
      followed.set(kept, where);
      await matrix.start(Object.assign(listener, { followed: where }), ending.signal);
      await matrix.settled();
      return matrix;
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await Promise.all([...running, alice, bob].map((one) => one[Symbol.asyncDispose]()));
      folder[Symbol.dispose]();
    },
  };
}

/** The hands and eyes of Alice for the conformance suite. */
export async function openMatrix(synapse: RunningSynapse, listener: ListenerProbe): Promise<PlatformHarness> {
  const stage = await cast(synapse);
  const { alice, bob, bot, roomId } = stage;
  const platform = await stage.platform(listener);
  const directRoom = (): Promise<string> => alice.untilInvited(bot.userId);

  async function read(where: string): Promise<readonly Standing[]> {
    const events = await eventsOf(alice, where);
    const called = await Promise.all(
      [alice, bob].map(async (one) => ({ handle: one.userId, by: await highlights(one) })),
    );
    return events.filter(isMessageBy(bot.userId)).map((message) => {
      const edits = events.filter((one) => one.content['m.relates_to']?.event_id === message.event_id);
      const ids = [message, ...edits].map((one) => one.event_id);
      const pinged = called.filter(({ by }) => ids.some((id) => by.includes(id)));
      return {
        id: message.event_id,
        shown: shownOf(message),
        pinged: pinged.map(({ handle }) => handle),
      };
    });
  }

  return {
    platform,
    room: { kind: 'room', id: roomId },
    direct: { kind: 'direct', handle: alice.userId },
    handle: alice.userId,
    missing: { platform: 'matrix', channel: roomId, id: `$${randomBytes(32).toString('base64url')}` },
    read: async (at) => read(at.kind === 'room' ? at.id : await directRoom()),
    type: async (words) => void (await alice.send(roomId, `${prefix} ${words.join(' ')}`)),
    press: async (posted, choice) => void (await alice.react(posted.channel, posted.id, choice.emoji)),
    async answers() {
      const threads = (await eventsOf(alice, roomId)).filter(
        (one) => isMessageBy(bot.userId)(one) && one.content['m.relates_to']?.rel_type === 'm.thread',
      );
      const inRoom = threads.map((one) => ({ id: one.event_id, shown: shownOf(one), pinged: [] }));
      return [...inRoom, ...(await read(await directRoom()))];
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}
