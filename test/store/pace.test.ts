import { afterEach, beforeEach, expect, test } from 'vitest';

import { createPace } from '#src/store/pace.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

test('four processes together get no more places in any window than are allowed', async () => {
  const processes = Array.from({ length: 4 }, () => createPace(redis.connection));
  const limit = { name: 'x', count: 5, perMs: 1_000 };
  const begun = performance.now();
  const places = await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      const { granted, waitMs } = await processes[at % 4]!.reserve([limit], 60_000);
      expect(granted).toBe(true);
      return performance.now() - begun + waitMs;
    }),
  );
  const times = places.toSorted((a, b) => a - b);
  for (let at = 5; at < times.length; at++) expect(times[at]! - times[at - 5]!).toBeGreaterThan(900);
  expect(times.at(-1)).toBeLessThan(7_500);
});

test('what would wait too long takes no place, of none of its limits', async () => {
  const pace = createPace(redis.connection);
  const [tight, wide] = [
    { name: 'tight', count: 1, perMs: 10_000 },
    { name: 'wide', count: 1, perMs: 10_000 },
  ];
  expect(await pace.reserve([tight], 100)).toMatchObject({ granted: true, waitMs: 0 });
  const refused = await pace.reserve([wide, tight], 100);
  expect(refused.granted).toBe(false);
  expect(refused.waitMs).toBeGreaterThan(9_000);
  expect(await pace.reserve([wide], 100)).toMatchObject({ granted: true, waitMs: 0 });
});

test('a call begins with its place when there is nothing to wait for, and only then', async () => {
  const pace = createPace(redis.connection);
  const second = { name: 'calls', count: 2, perMs: 10_000 };
  const once = { name: 'once', count: 1, perMs: 200 };
  const ask = (call: string) => pace.reserve([once], 1_000, { limit: second, call });
  expect(await ask('a')).toMatchObject({ granted: true, waitMs: 0, begun: true });
  const later = await ask('b');
  expect(later).toMatchObject({ granted: true, begun: false });
  expect(later.waitMs).toBeGreaterThan(100);
  expect(await pace.begin(second, 'b')).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, later.waitMs + 210));
  // Two calls are under way: the place is there, the call is not.
  expect(await ask('c')).toMatchObject({ granted: true, waitMs: 0, begun: false });
  expect(await pace.begin(second, 'c')).toBeGreaterThan(0);
  expect(await pace.reserve([{ ...once, perMs: 60_000 }], 100, { limit: second, call: 'd' })).toMatchObject({
    granted: false,
    begun: false,
  });
});

test('a hold counts for everybody', async () => {
  await createPace(redis.connection).hold('x', 5_000);
  const { granted, waitMs } = await createPace(redis.connection).reserve(
    [{ name: 'x', count: 5, perMs: 10 }],
    100,
  );
  expect([granted, waitMs > 4_500]).toEqual([false, true]);
});

test('each has a turn of their own, whatever process asks, and keeps it', async () => {
  const [one, two] = [createPace(redis.connection), createPace(redis.connection)];
  const pace = { burst: 2, everyMs: 10_000 };
  expect([await one.turn('l', 'a', pace), await two.turn('l', 'b', pace)]).toEqual([0, 0]);
  const c = await one.turn('l', 'c', pace);
  const d = await two.turn('l', 'd', pace);
  expect(c).toBeGreaterThan(9_000);
  expect(d - c).toBeGreaterThan(9_000);
  expect(await two.turn('l', 'c', pace)).toBeLessThanOrEqual(c);
  await one.holdTurns('l', 100_000, pace);
  expect(await one.turn('l', 'e', pace)).toBeGreaterThan(90_000);
});

test('a limit that was answered becomes the pace, one at a time', async () => {
  const pace = createPace(redis.connection);
  expect(await pace.slowed('matrix')).toBe(0);
  await pace.slow('matrix', 150);
  const first = await pace.slowed('matrix');
  expect(first).toBeGreaterThan(50);
  await new Promise((resolve) => setTimeout(resolve, first + 5));
  const asked = await Promise.all([pace.slowed('matrix'), pace.slowed('matrix'), pace.slowed('matrix')]);
  expect(asked.filter((waitMs) => waitMs === 0)).toHaveLength(1);
});

test('a second refusal tells the pace that a burst hid from the first', async () => {
  const pace = createPace(redis.connection);
  const turn = async (): Promise<number> => {
    const from = performance.now();
    for (let waitMs = await pace.slowed('rooms'); waitMs > 0; waitMs = await pace.slowed('rooms')) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    return performance.now() - from;
  };
  // A bucket with one place in 400 ms, from which a burst was taken 300 ms ago.
  await pace.slow('rooms', 100);
  await turn();
  expect(await turn()).toBeLessThan(250);
  // The second of them came too early: one passed 100 ms ago, and the next may 300 ms later.
  await pace.slow('rooms', 300);
  await turn();
  const apart = await turn();
  expect(apart).toBeGreaterThan(380);
  expect(apart).toBeLessThan(1_000);
});

test('a refusal after a quiet while, or one out of order, makes no pace of the while', async () => {
  const pace = createPace(redis.connection);
  const every = async (): Promise<number> => {
    const key = (await redis.connection.keys('*slow:rooms'))[0] ?? '';
    return Number(await redis.connection.hget(key, 'every'));
  };
  const turn = async (): Promise<void> => {
    for (let waitMs = 1; waitMs > 0; waitMs = await pace.slowed('rooms')) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  };
  await pace.slow('rooms', 100);
  await turn();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await turn();
  await pace.slow('rooms', 120);
  expect(await every()).toBe(120);
  // One at random after another: it does not grow from time to time.
  for (let at = 0; at < 6; at++) {
    await turn();
    await turn();
    await pace.slow('rooms', 100);
    expect(await every()).toBeLessThanOrEqual(200);
  }
});

test('goes on at the pace for as long as anybody asks', async () => {
  const pace = createPace(redis.connection);
  await pace.slow('rooms', 100);
  const key = (await redis.connection.keys('*slow:rooms'))[0] ?? '';
  await redis.connection.pexpire(key, 5_000);
  await new Promise((resolve) => setTimeout(resolve, 110));
  expect(await pace.slowed('rooms')).toBe(0);
  expect(await redis.connection.pttl(key)).toBeGreaterThan(50_000);
});
