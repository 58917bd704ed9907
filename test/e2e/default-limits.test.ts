import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { type MatrixUser, type RoomEvent, startMatrixUser } from '#test/real/matrix-user.ts';
import { type Account, type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

/** Synapse as it is installed: 0.2 messages a second after a burst of 10, and its limits of rooms and invitations. */
const NOTARIES = 64;
const MENTIONED_WITHIN_MS = 20_000;
/** How long direct messages are watched; all of them would take longer than a test may. */
const WATCHED_MS = 100_000;
/** What the burst alone allows, less what the rooms' own messages take. */
const AT_LEAST_DIRECT = 3;

let synapse: RunningSynapse;
let bot: Account;
let notaries: readonly Account[];
let carol: MatrixUser;
let dave: MatrixUser;
let room: string;
let tocsin: RunningTocsin;

const roomPath = (roomId: string): string => `rooms/${encodeURIComponent(roomId)}`;

/** Whom the test moves about is spared by the limits; the bot is not. */
async function spare(admin: Account, { userId }: Account): Promise<void> {
  const path = `/_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`;
  const answer = await fetch(`${synapse.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.accessToken}` },
    body: JSON.stringify({ messages_per_second: 0, burst_count: 0 }),
  });
  expect(answer.status).toBe(200);
}

async function ask(account: Account, method: string, path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${synapse.url}/_matrix/client/v3/${path}`, {
    method,
    headers: { authorization: `Bearer ${account.accessToken}` },
    ...(method === 'POST' && { body: '{}' }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

beforeAll(async () => {
  synapse = await startSynapse({ defaultLimits: true });
  const admin = await synapse.user('root', { admin: true });
  bot = await synapse.user('tocsin');
  const accounts: Account[] = [];
  for (let index = 0; index < NOTARIES; index++) accounts.push(await synapse.user(`notary${index}`));
  notaries = accounts;
  const people = [await synapse.user('carol'), await synapse.user('dave')] as const;
  for (const account of [...people, ...notaries]) await spare(admin, account);
  const users = people.map((account) => startMatrixUser({ url: synapse.url, account }));
  [carol, dave] = (await Promise.all(users)) as [MatrixUser, MatrixUser];
  const created = await carol.call('POST', 'createRoom', {
    name: 'notaries',
    preset: 'public_chat',
    invite: [bot.userId, dave.userId],
  });
  room = created['room_id'] as string;
  // First of all: those who are spared use up what the room allows in a while.
  await ask(bot, 'POST', `${roomPath(room)}/join`);
  for (const account of notaries) await ask(account, 'POST', `${roomPath(room)}/join`);
  tocsin = await startTocsin({
    env: { MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: bot.accessToken },
    fleet: {
      network: 'default-limits',
      rooms: ['notaries', 'ops'].map((id) => ({ id, matrix: room })),
      routes: [{ rooms: ['notaries'] }],
      teams: [
        {
          id: 'council',
          operators: [
            { id: 'carol', role: 'coordinator', matrix: carol.userId },
            { id: 'dave', role: 'coordinator', matrix: dave.userId },
          ],
        },
        ...notaries.map(({ userId }, index) => ({
          id: `team${index}`,
          operators: [{ id: `op${index}`, role: 'notary', matrix: userId }],
          seats: [{ id: `seat${index}`, region: 'EU' }],
        })),
      ],
      nodes: [],
    },
  });
}, 300_000);

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await Promise.all([carol?.[Symbol.asyncDispose](), dave?.[Symbol.asyncDispose]()]);
  await synapse?.[Symbol.asyncDispose]();
});

interface Row {
  readonly to: string;
  readonly state: string;
  readonly reason?: string;
  readonly posted?: { readonly channel: string };
}

test('a mandatory notice under the default limits: all are called in the room at once, nothing is dropped', async () => {
  const isBots = (event: RoomEvent): boolean =>
    event.sender === bot.userId && event.roomId === room && event.text.includes('Komodo 0.9.2');
  const draft = {
    subject: 'Komodo',
    version: '0.9.2',
    severity: 'mandatory',
    text: 'Komodo 0.9.2: update now.',
  };
  const { status, body } = await tocsin.ingress('notices', draft);
  expect(status).toBe(202);
  const { id } = body as { id: string };
  const preview = await dave
    .until((event) => isBots(event) && event.text.includes('Would go to'), 30_000)
    .catch((error: unknown) => {
      throw new Error(tocsin.output(), { cause: error });
    });
  const confirmedAt = Date.now();
  await dave.react(room, preview.eventId, '📣');

  const calling = await dave.until(
    (event) => isBots(event) && mentionsOf(event).length > 0,
    MENTIONED_WITHIN_MS,
  );
  const calledMs = calling.sentAtMs - confirmedAt;
  const called = new Set(mentionsOf(calling));
  const rows = async (): Promise<readonly Row[]> => {
    const answer = await tocsin.api(`deliveries?cause=notice:${id}&limit=200`);
    return (answer.body as Row[]).filter(({ to }) => !to.startsWith('room:'));
  };
  await vi
    .waitUntil(async () => (await rows()).every(({ state }) => state === 'delivered'), {
      timeout: WATCHED_MS,
      interval: 2_000,
    })
    .catch(() => undefined);

  const direct = await rows();
  const delivered = direct.filter(({ state }) => state === 'delivered');
  console.log(
    `called in the room after ${calledMs} ms: ${called.size}; direct after ${((Date.now() - confirmedAt) / 1000).toFixed(0)} s: ${delivered.length} of ${direct.length}`,
  );
  // Everybody has a delivery that arrived or goes on; nobody's was dropped because of a limit.
  expect(direct).toHaveLength(NOTARIES);
  expect(direct.filter(({ state }) => !['queued', 'sending', 'delivered'].includes(state))).toEqual([]);
  expect(tocsin.logs().filter(({ msg }) => msg === 'delivery failed' || msg === 'job failed')).toEqual([]);
  expect(delivered.length).toBeGreaterThanOrEqual(AT_LEAST_DIRECT);
  // What is on record as delivered stands at the homeserver: the person is invited to the room it is in.
  for (const { to, posted } of delivered.slice(0, 5)) {
    const account = notaries[Number(/\d+$/.exec(to)?.[0])] as Account;
    const { rooms } = (await ask(account, 'GET', 'sync?timeout=0')) as { rooms?: { invite?: object } };
    expect(Object.keys(rooms?.invite ?? {})).toContain(posted?.channel);
  }
  // Whoever still waited for a direct message when the room was told is called by it.
  const waited = notaries.filter((_, index) => {
    const row = delivered.find(({ to }) => to.endsWith(`op${index}`));
    return row === undefined;
  });
  expect(waited.filter(({ userId }) => !called.has(userId)).map(({ userId }) => userId)).toEqual([]);
}, 240_000);

function mentionsOf({ content }: RoomEvent): readonly string[] {
  const mentions = content['m.mentions'] as { user_ids?: string[] } | undefined;
  return mentions?.user_ids ?? [];
}
