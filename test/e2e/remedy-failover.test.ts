import { afterAll, beforeAll, expect, test } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import type { RoomEvent } from '#test/real/matrix-user.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Discord } from '#test/stand-ins/discord/discord.ts';

import {
  type DiscordStage,
  fleetFile,
  type MatrixStage,
  nodeOf,
  openDiscordStage,
  openMatrixStage,
} from './fleet.ts';

const WITHIN_MS = 30_000;
/** What a killed process held is given up after half a minute. */
const AFTER_KILL_MS = 60_000;

let daemon: RunningLitecoind;
let synapse: RunningSynapse;
let stage: DiscordStage;
let matrix: MatrixStage;
let discord: Discord;
let tocsin: RunningTocsin;

beforeAll(async () => {
  [daemon, synapse, stage] = await Promise.all([startLitecoind(), startSynapse(), openDiscordStage()]);
  discord = stage.discord;
  matrix = await openMatrixStage(synapse);
  await daemon.mine(101);
  for (let coin = 0; coin < 2; coin++) {
    await daemon.rpc('sendtoaddress', [await daemon.rpc<string>('getnewaddress'), 1]);
  }
  await daemon.mine(1);
  const nodes = [nodeOf('alright-dev-main', 'alright_DEV', daemon)];
  const fleet = fleetFile({ discord: stage, matrix, nodes });
  tocsin = await startTocsin({ env: { ...stage.env, ...matrix.env }, fleet });
  await stage.ready();
}, 120_000);

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await Promise.all([stage?.[Symbol.asyncDispose](), matrix?.[Symbol.asyncDispose]()]);
  await Promise.all([synapse?.[Symbol.asyncDispose](), daemon?.[Symbol.asyncDispose]()]);
});

interface Row {
  readonly id: string;
  readonly state: string;
  readonly approvedBy: readonly string[];
}
const row = async (id: string): Promise<Row | undefined> =>
  ((await tocsin.api('remedies')).body as Row[]).find((one) => one.id === id);

const cards = (id: string) =>
  discord.messages(stage.rooms.notaries).filter((one) => shownMessage(one).includes(`request ${id}`));
const isBots =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    event.sender === matrix.bot.userId && words.every((word) => event.text.includes(word));
/** The request's own message in the room, no answer and no edit. */
const isCard =
  (id: string) =>
  (event: RoomEvent): boolean =>
    isBots(`request ${id}`)(event) && event.roomId === matrix.rooms.notaries && event.relation === undefined;
const isEditOf =
  (card: RoomEvent, ...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    isBots(...words)(event) && event.relation?.kind === 'm.replace' && event.relation.to === card.eventId;

const rightSized = async (): Promise<number> =>
  (await daemon.rpc<{ amount: number }[]>('listunspent')).filter(({ amount }) => amount === 0.0001).length;

/** Alice asks in Discord; the request stands in the room on both platforms. */
async function asked(target: number): Promise<{ id: string; card: RoomEvent }> {
  const asking = await discord.as(stage.handles.alice).slash('/remedy run', {
    remedy: 'split',
    node: 'alright-dev-main',
    service: 'LTC',
    arguments: `target=${target}`,
  });
  const [, id = ''] = /request ([0-9a-z]+)/.exec(shownMessage(await asking.replied())) ?? [];
  await discord.until(() => cards(id)[0], WITHIN_MS, 'the request in Discord');
  return { id, card: await matrix.people.bob.until(isCard(id), WITHIN_MS) };
}

async function mined(): Promise<void> {
  await expect
    .poll(() => daemon.rpc<readonly string[]>('getrawmempool'), { timeout: AFTER_KILL_MS, interval: 100 })
    .toHaveLength(1);
  await daemon.mine(1);
}

test('asked for in Discord, Discord goes down, approved by a reaction in Matrix: done once, told in both on return', async () => {
  const { id, card } = await asked(4);
  await discord.refuse();
  await matrix.people.bob.react(card.roomId, card.eventId, '✅');
  await mined();
  await matrix.people.alice.until(isEditOf(card, 'done and verified', 'bob'), WITHIN_MS);
  expect(shownMessage(cards(id)[0]!)).toContain('waits for approval');
  await discord.restore();
  await discord.until(() => shownMessage(cards(id)[0]!).includes('done and verified'), WITHIN_MS, 'its end');
  expect(cards(id)).toHaveLength(1);
  expect(matrix.people.bob.timeline().filter(isCard(id))).toHaveLength(1);
  expect(await row(id)).toMatchObject({ state: 'succeeded', approvedBy: ['bob'] });
  expect(await rightSized()).toBe(4);
});

test('approved in Discord, which goes down while it runs, and Tocsin is killed: goes on, told in both, done once', async () => {
  const { id, card } = await asked(9);
  const message = cards(id)[0]!;
  await (await discord.as(stage.handles.bob).press(message.id, '✅ Approve')).replied();
  await expect
    .poll(() => daemon.rpc<readonly string[]>('getrawmempool'), { timeout: WITHIN_MS, interval: 50 })
    .toHaveLength(1);
  await discord.refuse();
  await tocsin.kill();
  await tocsin.restart();
  await mined();
  await matrix.people.alice.until(isEditOf(card, 'done and verified'), AFTER_KILL_MS);
  await discord.restore();
  await discord.until(() => shownMessage(cards(id)[0]!).includes('done and verified'), WITHIN_MS, 'its end');
  expect(await row(id)).toMatchObject({ state: 'succeeded', approvedBy: ['bob'] });
  expect(await rightSized()).toBe(9);
  expect(await daemon.rpc('getrawmempool')).toEqual([]);
});

test('a denial and a cancellation are the same by reaction, by typed word and by button', async () => {
  const first = await asked(12);
  await matrix.people.bob.react(first.card.roomId, first.card.eventId, '❌');
  await discord.until(() => shownMessage(cards(first.id)[0]!).includes('denied'), WITHIN_MS, 'the denial');
  const second = await asked(13);
  await matrix.people.carol.send(matrix.rooms.ops, `!tocsin cancel ${second.id} not today`);
  await discord.until(() => shownMessage(cards(second.id)[0]!).includes('not today'), WITHIN_MS, 'the end');
  const third = await asked(14);
  await (await discord.as(stage.handles.bob).press(cards(third.id)[0]!.id, '❌ Deny')).replied();
  await matrix.people.bob.until(isEditOf(third.card, 'denied'), WITHIN_MS);
  const states = await Promise.all([first, second, third].map(async ({ id }) => (await row(id))?.state));
  expect(states).toEqual(['denied', 'cancelled', 'denied']);
  expect(await daemon.rpc('getrawmempool')).toEqual([]);
});
