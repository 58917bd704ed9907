import { afterEach, beforeEach, expect, test } from 'vitest';

import { createDue, type Due } from '#src/store/due.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
let due: Due;
beforeEach(async () => {
  redis = await testRedis();
  due = createDue(redis.connection, 'test');
});
afterEach(() => redis[Symbol.asyncDispose]());

const idsAt = async (nowMs: number): Promise<readonly string[]> =>
  (await due.list(nowMs, 10)).map(({ id }) => id);

test('lists what is due, the longest waiting first, and nothing else', async () => {
  await due.plan([
    { id: 'b', atMs: 20 },
    { id: 'a', atMs: 10 },
    { id: 'c', atMs: 30 },
  ]);
  expect(await due.list(20, 10)).toEqual([
    { id: 'a', atMs: 10 },
    { id: 'b', atMs: 20 },
  ]);
  expect(await due.list(99, 1)).toHaveLength(1);
  await due.plan([]);
});

test('planned twice, the earlier time stays', async () => {
  await due.plan([{ id: 'a', atMs: 10 }]);
  await due.plan([{ id: 'a', atMs: 30 }]);
  expect(await idsAt(10)).toEqual(['a']);
  await due.plan([{ id: 'a', atMs: 5 }]);
  expect(await idsAt(5)).toEqual(['a']);
});

test('settled, it is due at its next time, or never again', async () => {
  await due.plan([
    { id: 'a', atMs: 10 },
    { id: 'b', atMs: 10 },
  ]);
  await due.settle({ id: 'a', atMs: 10 }, 40);
  await due.settle({ id: 'b', atMs: 10 });
  expect(await idsAt(39)).toEqual([]);
  expect(await idsAt(99)).toEqual(['a']);
});

test('what was planned anew since it was listed is not settled away', async () => {
  await due.plan([{ id: 'a', atMs: 10 }]);
  const [seen] = await due.list(10, 1);
  await due.plan([{ id: 'a', atMs: 8 }]);
  await due.settle(seen!);
  expect(await due.list(10, 1)).toEqual([{ id: 'a', atMs: 8 }]);
  await due.settle({ id: 'gone', atMs: 1 }, 5);
  expect(await idsAt(99)).toEqual(['a']);
});
