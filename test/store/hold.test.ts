import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createHold } from '#src/store/hold.ts';
import { createLeases } from '#src/store/leases.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

interface Thing {
  readonly by: string;
}

const [HASH, ORDER] = ['things', 'things:order'];
const TTL_MS = 60;

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
  await redis.connection.hset(HASH, 'a', JSON.stringify({ by: 'nobody' }));
});
afterEach(() => redis[Symbol.asyncDispose]());

const hold = (ttlMs: number) =>
  createHold<Thing>(redis.connection, { hash: HASH, order: ORDER, nameOf: (id) => `thing:${id}` })(
    'a',
    ttlMs,
  );
const stands = async (): Promise<unknown> => JSON.parse((await redis.connection.hget(HASH, 'a')) ?? 'null');
const holdAfter = (ttlMs: number) =>
  vi.waitUntil(() => hold(ttlMs), { timeout: 5_000, interval: 5 }) as ReturnType<typeof hold>;

test('a holder that was paused beyond its time writes nothing, renews nothing and gives nothing back', async () => {
  const paused = await hold(TTL_MS);
  expect(paused?.record).toEqual({ by: 'nobody' });
  expect(await hold(TTL_MS)).toBeUndefined();
  const next = await holdAfter(10_000);
  // The paused one wakes up and goes on with what it was about to do.
  expect(await paused?.update(() => ({ by: 'paused' }))).toBeUndefined();
  expect(await stands()).toEqual({ by: 'nobody' });
  expect(await paused?.renew()).toBe(false);
  await paused?.release();
  expect(await hold(TTL_MS)).toBeUndefined();
  expect(await next?.update(() => ({ by: 'next' }))).toEqual({ by: 'next' });
  expect(await stands()).toEqual({ by: 'next' });
});

test('its late write is refused also while nobody else holds it, and after the next one has given it back', async () => {
  const paused = await hold(TTL_MS);
  const next = await holdAfter(10_000);
  await next?.update(() => ({ by: 'next' }));
  await next?.release();
  expect(await paused?.update(() => ({ by: 'paused' }))).toBeUndefined();
  expect(await stands()).toEqual({ by: 'next' });
});

test('an update is held anew from then on', async () => {
  const one = await hold(200);
  for (const by of ['1', '2', '3', '4']) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await one?.update(() => ({ by }))).toEqual({ by });
  }
  expect(await one?.renew()).toBe(true);
});

test('a lease that outlasts what anybody takes was written before Redis’s clock was set back, and holds up nobody', async () => {
  const leases = createLeases(redis.connection);
  const before = await leases.take('x', 1_000);
  const [key] = await redis.connection.keys('*lease:x');
  // What a clock that was set back by an hour makes of it.
  await redis.connection.pexpire(key ?? '', 3_601_000);
  const after = await leases.take('x', 1_000);
  expect(after?.fence).toBeGreaterThan(before?.fence ?? Infinity);
  expect(await before?.renew()).toBe(false);
  expect(await leases.take('x', 1_000)).toBeUndefined();
});
