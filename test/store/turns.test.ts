import { setTimeout as wait } from 'node:timers/promises';

import { expect, onTestFinished, test, vi } from 'vitest';

import type { Round } from '#src/domain/turns.ts';
import { createTurns } from '#src/store/turns.ts';
import { testRedis } from '#test/real/keyspace.ts';

async function turnsOf(holdMs?: number) {
  const redis = await testRedis();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const make = () => createTurns(redis.connection, holdMs === undefined ? {} : { holdMs });
  return { turns: make(), other: make() };
}

const round = (service: string, offsetMs = 0, everyMs = 60_000): Round => ({
  node: 'n',
  service,
  everyMs,
  offsetMs,
});
const named = (service: string) => ({ node: 'n', service });
const all = { ended: [], limit: 100, hungLimit: 100 };
const none = { limit: 0, hungLimit: 0 };

test('what is due is taken once, by one, at most so many at a time', async () => {
  const { turns, other } = await turnsOf();
  await turns.keep(['a', 'b', 'c'].map((service) => round(service)));
  const first = await turns.turn({ ...all, limit: 2 });
  const second = await other.turn(all);
  expect(first.taken).toHaveLength(2);
  expect([...first.taken, ...second.taken]).toEqual(['a', 'b', 'c'].map(named));
  expect(await turns.turn(all)).toEqual({ taken: [], nextInMs: undefined });
});

test('what is ended comes again when it says', async () => {
  const { turns } = await turnsOf();
  await turns.keep([round('a')]);
  await turns.turn(all);
  const { taken, nextInMs = 0 } = await turns.turn({ ...all, ended: [{ ...named('a'), nextInMs: 300 }] });
  expect(taken).toEqual([]);
  expect(nextInMs).toBeGreaterThan(100);
  expect(nextInMs).toBeLessThanOrEqual(300);
  await vi.waitUntil(async () => (await turns.turn(all)).taken.length > 0, { timeout: 2_000, interval: 20 });
});

test('what was taken by one that is dead is given to another, which alone ends it', async () => {
  const { turns, other } = await turnsOf(200);
  await turns.keep([round('a')]);
  await turns.turn(all);
  expect((await other.turn(all)).taken).toEqual([]);
  await vi.waitUntil(async () => (await other.turn(all)).taken.length > 0, { timeout: 2_000, interval: 20 });
  expect((await other.turn({ ...all, ended: [{ ...named('a'), nextInMs: 60_000 }] })).taken).toEqual([]);
  // It was not dead after all: its word counts no more.
  expect((await turns.turn({ ...all, ended: [{ ...named('a'), nextInMs: 0 }] })).taken).toEqual([]);
});

test('turns are spread when they are new, and keep their place when the fleet is told again', async () => {
  const { turns } = await turnsOf();
  await turns.keep([round('a', 30_000), round('daily', 43_200_000, 86_400_000)]);
  const { taken, nextInMs = 0 } = await turns.turn(all);
  expect(taken).toEqual([]);
  // However seldom it is looked at later, it is looked at soon.
  expect(nextInMs).toBeGreaterThan(14_000);
  expect(nextInMs).toBeLessThanOrEqual(15_000);
  await wait(20);
  await turns.keep([round('a', 0), round('daily', 0, 86_400_000)]);
  expect((await turns.turn(all)).nextInMs).toBeLessThan(nextInMs);
  expect((await turns.turn(all)).taken).toEqual([]);
});

test('who is looked at more often from now on does not wait for the old turn; who left has none', async () => {
  const { turns } = await turnsOf();
  await turns.keep([round('a'), round('b'), round('c')]);
  await turns.turn(all);
  const ended = ['a', 'b'].map((service) => ({ ...named(service), nextInMs: 3_600_000 }));
  await turns.turn({ ended, ...none });
  await turns.keep([round('a', 0, 1_000)]);
  const { nextInMs = Infinity } = await turns.turn({ ended: [{ ...named('c'), nextInMs: 0 }], ...none });
  expect(nextInMs).toBeGreaterThan(0);
  expect(nextInMs).toBeLessThanOrEqual(1_000);
  await turns.keep([]);
  expect((await turns.turn(all)).nextInMs).toBeUndefined();
});

test('a turn that is brought forward comes now; one that was taken stays taken', async () => {
  const { turns } = await turnsOf();
  await turns.keep([round('a'), round('b')]);
  await turns.turn(all);
  await turns.turn({ ended: [{ ...named('a'), nextInMs: 3_600_000 }], ...none });
  await turns.hasten([named('a'), named('b'), named('unheard of')]);
  await turns.hasten([]);
  expect((await turns.turn(all)).taken).toEqual([named('a')]);
});

test('25,600 services have their turns', async () => {
  const { turns } = await turnsOf();
  await turns.keep(Array.from({ length: 25_600 }, (_, index) => round(`${index}`)));
  const { taken } = await turns.turn({ ...all, limit: 1_000 });
  expect(taken).toHaveLength(1_000);
});

test('what hung has a limit of its own, and begins first', async () => {
  const { turns } = await turnsOf();
  await turns.keep(['a', 'b', 'c', 'd'].map((service) => round(service)));
  await turns.turn(all);
  const ended = ['a', 'b', 'c', 'd'].map((service) => ({
    ...named(service),
    nextInMs: service === 'd' ? 60_000 : 0,
    hung: service > 'b',
  }));
  await turns.turn({ ended, ...none });
  // The fleet is told again; one of them is brought forward.
  await turns.keep(['a', 'b', 'c', 'd'].map((service) => round(service)));
  await turns.hasten([named('d')]);
  expect((await turns.turn({ ended: [], limit: 1, hungLimit: 1 })).taken).toEqual([named('c'), named('a')]);
  expect((await turns.turn({ ended: [], limit: 0, hungLimit: 1 })).taken).toEqual([named('d')]);
  await turns.turn({ ended: [{ ...named('c'), nextInMs: 0 }], ...none });
  expect((await turns.turn({ ...all, hungLimit: 0 })).taken).toEqual([named('b'), named('c')]);
});
