import { expect, onTestFinished, test } from 'vitest';

import type { Remembered } from '#src/domain/patrol.ts';
import { createPatrolMemory } from '#src/store/patrol-memory.ts';
import { health, result } from '#test/health/seen.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

async function memories() {
  const redis = await testRedis();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  return { memory: createPatrolMemory(redis.connection), other: createPatrolMemory(redis.connection), redis };
}

const KMD = { node: 'red-1', service: 'KMD' };
const remembered: Remembered = {
  latest: health([result('Peers', 'down')]),
  raised: [
    {
      check: 'Peers',
      severity: 'critical',
      startsAt: '2026-01-01T00:00:00.000Z',
      labels: { a: '1' },
      annotations: {},
    },
  ],
  unsent: [{ labels: { a: '1' }, annotations: {}, status: 'firing' }],
};

test('what is kept is there for whoever comes next', async () => {
  const { memory, other } = await memories();
  expect(await memory.recall(KMD)).toBeUndefined();
  await memory.keep(KMD, remembered);
  expect(await other.recall(KMD)).toEqual(remembered);
  await other.keep(KMD, { raised: [], unsent: [] });
  expect(await memory.recall(KMD)).toEqual({ raised: [], unsent: [] });
});

test('services are apart, whatever their names are', async () => {
  const { memory } = await memories();
  const tricky = [
    { node: 'a b', service: 'c' },
    { node: 'a', service: 'b c' },
    { node: 'a","b', service: '' },
  ];
  for (const of of tricky) await memory.keep(of, { raised: [], unsent: [] });
  expect(await memory.list()).toEqual(expect.arrayContaining(tricky));
  expect(await memory.list()).toHaveLength(3);
  await memory.forget({ node: 'a b', service: 'c' });
  expect(await memory.recall({ node: 'a', service: 'b c' })).toBeDefined();
  expect(await memory.list()).toHaveLength(2);
});

test('the latest of several services comes in one round trip, in their order', async () => {
  const { memory } = await memories();
  await memory.keep(KMD, remembered);
  const targets = [targetOf({ node: 'x' }), targetOf({ service: 'KMD' })];
  expect(await memory.latest(targets)).toEqual([undefined, remembered.latest]);
  expect(await memory.latest([])).toEqual([]);
});
