import { expect, onTestFinished, test } from 'vitest';

import type { NodeId } from '#src/domain/node.ts';
import type { Remembered, Scope } from '#src/domain/patrol.ts';
import { createPatrolMemory } from '#src/store/patrol-memory.ts';
import { health, result } from '#test/health/seen.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

async function memories() {
  const redis = await testRedis();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  return { memory: createPatrolMemory(redis.connection), other: createPatrolMemory(redis.connection) };
}

const NODE: Scope = { node: 'red-1' as NodeId };
const known: Omit<Remembered, 'revision'> = {
  contacts: {
    KMD: { at: '2026-01-01T00:00:00.000Z', since: '2026-01-01T00:00:00.000Z', state: 'reached', closed: 0 },
  },
  conditions: [
    {
      service: 'KMD',
      check: 'peers',
      alertname: 'PeersLow',
      levels: [0, 2, 2],
      since: '2026-01-01T00:00:00.000Z',
      annotations: { summary: 'few' },
    },
  ],
  unsent: [{ labels: { a: '1' }, annotations: {}, status: 'firing' }],
};
const seen = health([result('Peers', 'down')]);

test('what is kept is there for whoever comes next, with what was seen', async () => {
  const { memory, other } = await memories();
  expect(await memory.recall(NODE)).toBeUndefined();
  const { isKept, stands } = await memory.keep(NODE, undefined, known, [seen]);
  expect([isKept, stands]).toEqual([true, expect.objectContaining(known)]);
  expect(await other.recall(NODE)).toEqual(stands);
  expect(await other.latest([targetOf({ node: 'x' }), targetOf({ service: 'KMD' })])).toEqual([
    undefined,
    seen,
  ]);
  expect(await other.latest([])).toEqual([]);
});

test('of two that change the same, one is told what the other wrote, and nothing of its own is kept', async () => {
  const { memory, other } = await memories();
  const { stands: first } = await memory.keep(NODE, undefined, known);
  const late = { ...seen, tookMs: 77 };
  expect(await other.keep(NODE, undefined, { ...known, unsent: [] }, [late])).toEqual({
    isKept: false,
    stands: first,
  });
  expect(await other.latest([targetOf({ service: 'KMD' })])).toEqual([undefined]);
  const { isKept, stands } = await other.keep(NODE, first, { ...known, unsent: [] }, [late]);
  expect([isKept, stands?.unsent]).toEqual([true, []]);
  expect(await memory.keep(NODE, first, known)).toEqual({ isKept: false, stands });
});

test('what was forgotten is gone, and is not taken for what comes after it', async () => {
  const { memory } = await memories();
  const { stands: first } = await memory.keep(NODE, undefined, known);
  expect(await memory.keep(NODE, first, undefined)).toEqual({ isKept: true, stands: undefined });
  const { stands: second } = await memory.keep(NODE, undefined, known);
  expect(second?.revision).toBeGreaterThan(first?.revision ?? Infinity);
  expect((await memory.keep(NODE, first, known)).isKept).toBe(false);
});

test('nodes, coins and services are apart, whatever their names are', async () => {
  const { memory } = await memories();
  const scopes: Scope[] = [{ node: 'KMD' as NodeId }, { coin: 'KMD' }, { node: 'a","b' as NodeId }];
  for (const scope of scopes) await memory.keep(scope, undefined, known);
  expect(await memory.scopes()).toEqual(expect.arrayContaining(scopes));
  expect(await memory.scopes()).toHaveLength(3);
  const tricky = [
    { node: 'a b', service: 'c' },
    { node: 'a', service: 'b c' },
    { node: 'a","b', service: '' },
  ];
  const { stands } = await memory.keep(
    NODE,
    undefined,
    known,
    tricky.map((of) => health([], of)),
  );
  expect(await memory.services()).toEqual(expect.arrayContaining(tricky));
  await memory.forget([{ node: 'a b', service: 'c' }]);
  await memory.forget([]);
  expect(await memory.services()).toHaveLength(2);
  expect(await memory.services()).toEqual(expect.arrayContaining(tricky.slice(1)));
  expect(stands).toBeDefined();
});
