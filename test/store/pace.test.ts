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

const HOUR_MS = 3_600_000;

/** As if Redis's clock, as the pace saw it last, had been set so far. */
async function setClock(byMs: number): Promise<void> {
  const key = (await redis.connection.keys('*pace:clock'))[0] ?? '';
  const seen = Number(await redis.connection.hget(key, 'seen'));
  await redis.connection.hset(key, 'seen', String(seen - byMs));
  // What was written was written by the clock as it was then.
  for (const one of await redis.connection.keys('*pace:*')) {
    if (one === key) continue;
    const shift = (text: string): string => (Number(text) > 1e12 ? String(Number(text) - byMs) : text);
    const kind = await redis.connection.type(one);
    if (kind === 'string') {
      const text = (await redis.connection.get(one)) ?? '';
      await redis.connection.set(one, shift(text), 'KEEPTTL');
    } else if (kind === 'hash') {
      for (const [field, text] of Object.entries(await redis.connection.hgetall(one)))
        await redis.connection.hset(one, field, shift(text));
    } else if (kind === 'list') {
      for (const [at, text] of (await redis.connection.lrange(one, 0, -1)).entries())
        await redis.connection.lset(one, at, shift(text));
    } else {
      for (const member of await redis.connection.zrange(one, '0', '-1'))
        await redis.connection.zincrby(one, String(-byMs), member);
    }
  }
}

test.each([-HOUR_MS, HOUR_MS])(
  'Redis’s clock jumps by %i ms: nobody is held up, or let through, for an hour',
  async (byMs) => {
    const pace = createPace(redis.connection);
    const limit = { name: 'x', count: 2, perMs: 2_000 };
    const turns = { burst: 1, everyMs: 2_000 };
    for (let at = 0; at < 2; at++) {
      await pace.reserve([limit], 10_000);
      await pace.begin(limit, `c${at}`);
      await pace.end(limit, `c${at}`);
      await pace.turn('l', `p${at}`, turns);
    }
    await pace.hold('held', 2_000);
    await pace.slow('s', 2_000);
    await setClock(byMs);
    const waits = async (): Promise<readonly number[]> => [
      (await pace.reserve([limit], 0)).waitMs,
      await pace.begin(limit, 'next'),
      await pace.turn('l', 'p1', turns),
      (await pace.reserve([{ name: 'held', count: 1, perMs: 1 }], 0)).waitMs,
      await pace.slowed('s'),
    ];
    const found = await waits();
    expect(Math.max(...found)).toBeLessThanOrEqual(2_100);
    // Set back, it goes on as if nothing had happened; set forward, what was waited for is over.
    expect(found.every((waitMs) => (byMs < 0 ? waitMs > 0 : waitMs === 0))).toBe(true);
  },
);

test('goes on at the pace for as long as anybody asks', async () => {
  const pace = createPace(redis.connection);
  await pace.slow('rooms', 100);
  const key = (await redis.connection.keys('*slow:rooms'))[0] ?? '';
  await redis.connection.pexpire(key, 5_000);
  await new Promise((resolve) => setTimeout(resolve, 110));
  expect(await pace.slowed('rooms')).toBe(0);
  expect(await redis.connection.pttl(key)).toBeGreaterThan(50_000);
});
