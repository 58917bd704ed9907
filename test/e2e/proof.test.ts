import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { RollEntry, Totals } from '#src/domain/roll.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Actor, Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage, type PersonName } from './fleet.ts';

const WITHIN_MS = 30_000;
/** An acknowledgement is to be seen everywhere within this. */
const SHOWN_WITHIN_MS = 5_000;
/** What a killed process held is given up after half a minute. */
const AFTER_KILL_MS = 60_000;

let alright: RunningLitecoind;
let harbor: RunningLitecoind;
let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin;
/** What both daemons run. */
let version: string;

beforeAll(async () => {
  [alright, harbor, stage] = await Promise.all([startLitecoind(), startLitecoind(), openDiscordStage()]);
  discord = stage.discord;
  await alright.mine(10);
  const { subversion } = await alright.rpc<{ subversion: string }>('getnetworkinfo');
  version = subversion.replace(/^.*:|\/$/g, '');
  tocsin = await startTocsin({
    env: stage.env,
    fleet: fleetFile({
      discord: stage,
      nodes: [
        nodeOf('alright-dev-main', 'alright_DEV', alright),
        nodeOf('harbor-ar-main', 'harbor_AR', harbor),
      ],
      patrol: '1s',
    }),
  });
  await stage.ready();
  await Promise.all([patrolled('alright-dev-main', 'up', 1), patrolled('harbor-ar-main', 'up', 1)]);
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await Promise.all([alright?.[Symbol.asyncDispose](), harbor?.[Symbol.asyncDispose]()]);
});

const as = (name: PersonName): Actor => discord.as(stage.handles[name]);
const inRoom = (name: 'notaries' | 'ops'): StoredMessage[] => discord.messages(stage.rooms[name]);
const directs = (name: PersonName): StoredMessage[] => discord.directMessages(stage.handles[name]);

const showing = (list: () => StoredMessage[], withinMs: number, ...words: readonly string[]) =>
  discord.until(
    () =>
      list()
        .filter(({ interactionId }) => interactionId === undefined)
        .find((message) => words.every((word) => shownMessage(message).includes(word))),
    withinMs,
    words.join(', '),
  );

interface NoticeNow {
  readonly state: string;
  readonly reason?: string;
  readonly counts: Totals;
  readonly seats: readonly RollEntry[];
}

const noticeNow = async (id: string): Promise<NoticeNow> =>
  (await tocsin.api(`notices/${id}`)).body as NoticeNow;
const seatNow = async (id: string, seat: string): Promise<RollEntry | undefined> =>
  (await noticeNow(id)).seats.find((entry) => entry.seat === seat);

/** Resolves once a patrol has looked so many times, and sees the daemon in this state. */
async function patrolled(node: string, state: string, times: number): Promise<void> {
  const seen = new Set<string>();
  const look = async (): Promise<boolean> => {
    const { body } = await tocsin.api('nodes');
    const [service] = (body as NodeRow[]).find(({ id }) => id === node)?.services ?? [];
    const answers = service?.results.find(({ check }) => check === 'daemon-answers');
    if (service && answers?.state === state) seen.add(service.at);
    return seen.size > times;
  };
  await vi.waitUntil(look, { timeout: WITHIN_MS, interval: 100 });
}

interface NodeRow {
  readonly id: string;
  readonly services: readonly {
    readonly at: string;
    readonly results: readonly { readonly check: string; readonly state: string }[];
  }[];
}

/** Comes from outside, and is confirmed by a coordinator. */
async function sent(notice: object): Promise<string> {
  const { status, body } = await tocsin.ingress('notices', notice);
  expect(status).toBe(202);
  const { id } = body as { id: string };
  await (await as('carol').slash('/approve', { id })).replied();
  await expect.poll(async () => (await noticeNow(id)).state, { timeout: WITHIN_MS }).not.toBe('draft');
  return id;
}

test('done is contradicted by a node that runs something older, and everybody sees it', async () => {
  const { blocks } = await alright.rpc<{ blocks: number }>('getblockchaininfo');
  const id = await sent({
    subject: 'Litecoin 99',
    version: 'v99.0.1-2',
    text: 'Update.',
    deadline: { height: blocks + 4_000, coin: 'LTC' },
  });
  await showing(
    () => directs('alice'),
    WITHIN_MS,
    'Litecoin 99',
    'v99.0.1-2 or later',
    `LTC height ${blocks + 4_000} (about`,
    'an estimate',
  );
  await expect
    .poll(() => seatNow(id, 'alright_DEV'), { timeout: WITHIN_MS })
    .toMatchObject({
      running: [{ node: 'alright-dev-main', seen: `LitecoinCore:${version}`, standing: 'older' }],
    });
  expect((await seatNow(id, 'alright_DEV'))?.contradiction).toBeUndefined();

  await (await as('alice').slash('/ack', { id, answer: 'done' })).replied();
  const words = `said done, runs LitecoinCore:${version}`;
  await showing(() => directs('bob'), SHOWN_WITHIN_MS, 'Litecoin 99', words);
  await showing(() => inRoom('notaries'), SHOWN_WITHIN_MS, 'Litecoin 99', 'contradicted 1');
  expect(await seatNow(id, 'alright_DEV')).toMatchObject({ answer: 'done', contradiction: words });
  expect(await noticeNow(id)).toMatchObject({ state: 'sent', counts: { contradicted: 1, proven: 0 } });

  // Seen older again and again, it is contradicted once: nothing is written anew.
  const before = await seatNow(id, 'alright_DEV');
  await harbor.kill();
  await patrolled('alright-dev-main', 'up', 3);
  await patrolled('harbor-ar-main', 'down', 1);
  expect((await seatNow(id, 'alright_DEV'))?.revision).toBe(before?.revision);

  await (await as('carol').slash('/notice close', { id, reason: 'tried' })).replied();
});

test('what runs is proven without anybody saying anything; a node that is down is not older', async () => {
  const id = await sent({ subject: 'Litecoin now', version: `v${version}`, text: 'Update.' });
  await expect
    .poll(async () => (await noticeNow(id)).counts, { timeout: WITHIN_MS })
    .toMatchObject({ proven: 1, missing: 1, acknowledged: 0 });
  expect((await seatNow(id, 'alright_DEV'))?.provenAt).toBeDefined();
  await (await as('frank').slash('/ack', { id, answer: 'done' })).replied();
  expect(await seatNow(id, 'harbor_AR')).toMatchObject({ answer: 'done' });
  expect((await seatNow(id, 'harbor_AR'))?.contradiction).toBeUndefined();

  // Proof comes over a kill as well, and ends the notice.
  await tocsin.kill();
  await Promise.all([harbor.restart(), tocsin.restart()]);
  await expect
    .poll(async () => await noticeNow(id), { timeout: AFTER_KILL_MS, interval: 250 })
    .toMatchObject({ state: 'closed', counts: { seats: 2, proven: 2, contradicted: 0 } });
  await showing(() => inRoom('notaries'), WITHIN_MS, 'Litecoin now', 'proven 2', 'closed');
});
