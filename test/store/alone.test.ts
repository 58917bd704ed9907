import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createAlone } from '#src/store/alone.ts';
import { createLeases } from '#src/store/leases.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

test('deeds of a name never overlap, others do; a failure gives the turn to the next', async () => {
  const processes = [1, 2, 3].map(() => createAlone(createLeases(redis.connection), 'matrix'));
  const began: string[] = [];
  let inside = 0;
  let most = 0;
  const deed = async (): Promise<string> => {
    most = Math.max(most, ++inside);
    await redis.connection.ping();
    inside--;
    if (began.push('x') === 1) throw new Error('fails');
    return 'done';
  };
  const results = await Promise.allSettled(processes.map((alone) => alone('a', deed)));
  expect(most).toBe(1);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected']);

  const [one, two] = processes;
  const gate = Promise.withResolvers<void>();
  const held = one?.('a', () => gate.promise);
  expect(await two?.('b', async () => 'other')).toBe('other');
  gate.resolve();
  await held;
});

test('what a dead process held is free soon; what a living one does is its own for as long as it takes', async () => {
  const leases = createLeases(redis.connection);
  await leases.take('matrix:a', 300);
  const alone = createAlone(leases, 'matrix', 300);
  const since = performance.now();
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<number>();
  const long = alone('a', async () => {
    begun.resolve(performance.now() - since);
    await gate.promise;
  });
  expect(await begun.promise).toBeGreaterThan(250);
  let isIn = false;
  const next = alone('a', async () => void (isIn = true));
  await pause(900);
  expect(isIn).toBe(false);
  gate.resolve();
  await Promise.all([long, next]);
  expect(isIn).toBe(true);
});
