import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Agenda } from '#src/domain/agenda.ts';
import { createAgenda } from '#src/store/agenda.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
let agenda: Agenda;
beforeEach(async () => {
  redis = await testRedis();
  agenda = createAgenda(redis.connection, 'test');
});
afterEach(() => redis[Symbol.asyncDispose]());

const idsAt = async (nowMs: number): Promise<readonly string[]> =>
  (await agenda.list(nowMs, 10)).map(({ id }) => id);

test('lists what is due, the longest waiting first, and nothing else', async () => {
  await agenda.plan([
    { id: 'b', atMs: 20 },
    { id: 'a', atMs: 10 },
    { id: 'c', atMs: 30 },
  ]);
  expect(await agenda.list(20, 10)).toEqual([
    { id: 'a', atMs: 10 },
    { id: 'b', atMs: 20 },
  ]);
  expect(await agenda.list(99, 1)).toHaveLength(1);
  await agenda.plan([]);
});

test('planned twice, the earlier time stays', async () => {
  await agenda.plan([{ id: 'a', atMs: 10 }]);
  await agenda.plan([{ id: 'a', atMs: 30 }]);
  expect(await idsAt(10)).toEqual(['a']);
  await agenda.plan([{ id: 'a', atMs: 5 }]);
  expect(await idsAt(5)).toEqual(['a']);
});

test('settled, it is due at its next time, or never again', async () => {
  await agenda.plan([
    { id: 'a', atMs: 10 },
    { id: 'b', atMs: 10 },
  ]);
  await agenda.settle({ id: 'a', atMs: 10 }, 40);
  await agenda.settle({ id: 'b', atMs: 10 });
  expect(await idsAt(39)).toEqual([]);
  expect(await idsAt(99)).toEqual(['a']);
});

test('what was planned anew since it was listed is not settled away', async () => {
  await agenda.plan([{ id: 'a', atMs: 10 }]);
  const [seen] = await agenda.list(10, 1);
  await agenda.plan([{ id: 'a', atMs: 8 }]);
  await agenda.settle(seen!);
  expect(await agenda.list(10, 1)).toEqual([{ id: 'a', atMs: 8 }]);
  await agenda.settle({ id: 'gone', atMs: 1 }, 5);
  expect(await idsAt(99)).toEqual(['a']);
});
