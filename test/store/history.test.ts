import { expect, onTestFinished, test } from 'vitest';

import type { CheckResult, FindingState, ServiceHealth } from '#src/domain/finding.ts';
import { BUCKET_MS, type Course } from '#src/domain/history.ts';
import { createHistories } from '#src/store/history.ts';
import { lifeOf } from '#test/health/days.ts';
import { health, result } from '#test/health/seen.ts';
import { testRedis } from '#test/real/keyspace.ts';

const BEGINS = new Date('2026-01-01T00:00:00.000Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KMD = { node: 'red-1', service: 'KMD' };

const after = (ms: number): Date => new Date(BEGINS.getTime() + ms);
const peers = (state: FindingState, value?: number): CheckResult =>
  result('peers', state, value === undefined ? {} : { figure: { value, unit: 'count' } });
const look = (ms: number, ...results: readonly CheckResult[]): ServiceHealth =>
  health(results, { at: after(ms).toISOString() });

async function kept() {
  const redis = await testRedis();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  let clock = BEGINS;
  const now = (): Date => clock;
  const histories = createHistories(redis.connection, now);
  const other = createHistories(redis.connection, now);
  const { connection } = redis;
  const keys = (): Promise<readonly string[]> => connection.keys('*history*');
  const length = async (kind: string): Promise<number> => {
    const key = (await keys()).find((one) => one.includes(kind));
    return key === undefined ? 0 : await connection.llen(key);
  };
  return {
    histories,
    other,
    connection,
    keys,
    length,
    pass: (ms: number): void => void (clock = new Date(clock.getTime() + ms)),
    read: async (since = BEGINS): Promise<readonly Course[]> => (await histories.read([KMD], since))[0] ?? [],
    /** Looks every 30 s from the last one on. */
    async live(seen: (at: Date) => ServiceHealth, forMs: number, keepMs = 7 * DAY_MS) {
      const end = clock.getTime() + forMs;
      const looks: ServiceHealth[] = [];
      for (; clock.getTime() < end; clock = new Date(clock.getTime() + 30_000)) looks.push(seen(clock));
      // By tens, as several that came within a second.
      for (let from = 0; from < looks.length; from += 10)
        await histories.add(looks.slice(from, from + 10), keepMs);
      return looks;
    },
  };
}

test('a bucket has the extremes and the last of its figures, and the worst of its states', async () => {
  const { histories, read } = await kept();
  const looks = [look(0, peers('up', 8)), look(30_000, peers('degraded', 2)), look(60_000, peers('up', 5))];
  await histories.add([...looks, look(BUCKET_MS, peers('up', 6))], DAY_MS);
  expect(await read()).toEqual([
    {
      check: 'peers',
      unit: 'count',
      buckets: [
        { from: BEGINS.getTime(), state: 'degraded', span: { min: 2, max: 8, last: 5 } },
        { from: BEGINS.getTime() + BUCKET_MS, state: 'up', span: { min: 6, max: 6, last: 6 } },
      ],
    },
  ]);
});

test('where nobody looked there is nothing, and what could not be seen is not a figure', async () => {
  const { histories, read } = await kept();
  await histories.add([look(0, peers('up', 8)), look(4 * BUCKET_MS, peers('unknown'))], DAY_MS);
  const [course] = await read();
  expect(course?.buckets).toEqual([
    { from: BEGINS.getTime(), state: 'up', span: { min: 8, max: 8, last: 8 } },
    { from: BEGINS.getTime() + 4 * BUCKET_MS, state: 'unknown', span: undefined },
  ]);
});

test('rows become chunks, and what is read is the same as if they had not', async () => {
  const { live, read, length } = await kept();
  const looks = await live(lifeOf({ ...KMD, seed: 4, begins: BEGINS }), 5 * HOUR_MS);
  expect(await length('chunks')).toBe(2);
  expect(await length('rows')).toBeLessThan(2 * 240);
  const [tip] = (await read()).filter(({ check }) => check === 'tip-age');
  const figures = looks.flatMap(
    ({ results }) => results.find(({ check }) => check === 'tip-age')?.figure ?? [],
  );
  expect(tip?.buckets.map(({ from }) => from)).toEqual(
    Array.from({ length: 60 }, (_, index) => BEGINS.getTime() + index * BUCKET_MS),
  );
  const shown = (value: number): number => Number(value.toPrecision(3));
  expect(tip?.buckets.map(({ span }) => span?.max)).toEqual(
    Array.from({ length: 60 }, (_, index) =>
      shown(Math.max(...figures.slice(index * 10, index * 10 + 10).map(({ value }) => value))),
    ),
  );
});

test('no more is kept than was asked for, and it goes by itself when nobody looks any more', async () => {
  const { live, read, length, keys, connection } = await kept();
  const keepMs = 6 * HOUR_MS;
  await live(lifeOf({ ...KMD, seed: 1, begins: BEGINS }), 18 * HOUR_MS, keepMs);
  expect(await length('chunks')).toBe(keepMs / (24 * BUCKET_MS) + 1);
  const [first] = await read();
  expect(first?.buckets[0]?.from).toBeGreaterThanOrEqual(
    BEGINS.getTime() + 18 * HOUR_MS - keepMs - 4 * HOUR_MS,
  );
  expect(await keys()).toHaveLength(2);
  for (const key of await keys()) {
    const left = await connection.pttl(key);
    expect(left).toBeGreaterThan(keepMs - 60_000);
    expect(left).toBeLessThanOrEqual(keepMs);
  }
});

test('only what was asked for is read, to the bucket', async () => {
  const { live, read } = await kept();
  await live(lifeOf({ ...KMD, seed: 1, begins: BEGINS }), 12 * HOUR_MS);
  const since = after(7 * HOUR_MS);
  const courses = await read(since);
  expect(courses).toHaveLength(14);
  for (const { buckets } of courses) {
    expect(buckets[0]?.from).toBe(since.getTime());
    expect(buckets).toHaveLength(60);
  }
});

test('one check alone is the same as it is among the others', async () => {
  const { live, read, histories } = await kept();
  await live(lifeOf({ ...KMD, seed: 1, begins: BEGINS }), 5 * HOUR_MS);
  const all = await read();
  expect(await histories.read([KMD], BEGINS, 'peers')).toEqual([
    all.filter(({ check }) => check === 'peers'),
  ]);
});

test('two processes that write down the same service lose and double nothing', async () => {
  const { histories, other, read, length, pass } = await kept();
  const count = (5 * HOUR_MS) / 30_000;
  for (let index = 0; index < count; index += 2) {
    const [one, two] = [index, index + 1].map((turn) => look(turn * 30_000, peers('up', turn)));
    await Promise.all([histories.add([one!], DAY_MS), other.add([two!], DAY_MS)]);
  }
  pass(5 * HOUR_MS);
  expect(await length('chunks')).toBeGreaterThan(0);
  const [course] = await read();
  expect(course?.buckets.map(({ span }) => [span?.min, span?.max])).toEqual(
    Array.from({ length: count / 10 }, (_, index) => [index * 10, index * 10 + 9]),
  );
});

test('a service that could not be looked at as a whole for a while is one with a gap', async () => {
  const { histories, read, pass } = await kept();
  const looks = Array.from({ length: 720 }, (_, index) =>
    index >= 240 && index < 480
      ? look(index * 30_000, result('look', 'unknown'))
      : look(index * 30_000, peers('up', 3)),
  );
  for (const one of looks) await histories.add([one], DAY_MS);
  pass(6 * HOUR_MS);
  const [seen, blind] = await read();
  expect(seen?.buckets).toHaveLength(48);
  expect(blind).toMatchObject({ check: 'look', unit: undefined });
  expect(blind?.buckets).toHaveLength(24);
});

test('a clock that was set back cannot make it grow without end', async () => {
  const { histories, length } = await kept();
  await histories.add([look(365 * DAY_MS, peers('up', 1))], DAY_MS);
  const looks = Array.from({ length: 14_400 }, (_, index) => look(index, peers('up', 1)));
  await histories.add(looks, DAY_MS);
  expect(await length('rows')).toBeLessThan(14_400);
});

test('services are apart, and come in the order of their names', async () => {
  const { histories } = await kept();
  const named = Array.from({ length: 40 }, (_, index) => ({ node: `n-${index}`, service: 'K' }));
  await histories.add(
    named.map((one, index) => health([peers('up', index)], { ...one, at: BEGINS.toISOString() })),
    DAY_MS,
  );
  const read = await histories.read([...named, { node: 'other', service: 'K' }], BEGINS);
  expect(read.map(([course]) => course?.buckets[0]?.span?.last)).toEqual([...named.keys(), undefined]);
});
