import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { documents } from '#src/store/documents.ts';
import { createLeases } from '#src/store/leases.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

describe('records in Redis', () => {
  let redis: TestRedis;
  let clock: number;
  beforeEach(async () => {
    redis = await testRedis();
    clock = 1_000;
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const open = (keep = 100) =>
    documents<{ n: number }>(redis.connection, 'things', { keep, now: () => clock++ });

  it('loses no update when many write at once', async () => {
    const things = open();
    await Promise.all(
      Array.from({ length: 100 }, () => things.update('a', (current) => ({ n: (current?.n ?? 0) + 1 }))),
    );
    expect(await things.get('a')).toEqual({ n: 100 });
  });

  it('writes nothing when nothing changes', async () => {
    const things = open();
    await things.update('a', () => ({ n: 1 }));
    await things.update('b', () => ({ n: 2 }));
    expect(await things.update('a', (current) => current)).toEqual({ n: 1 });
    expect(await things.update('c', () => undefined)).toBeUndefined();
    expect(await things.list(10)).toEqual([{ n: 2 }, { n: 1 }]);
  });

  it('takes a record that is known for what stands there, and what stands there where it is not', async () => {
    const things = open();
    const [one, two] = [(await things.update('a', () => ({ n: 1 })))!, { n: 2 }];
    const seen: unknown[] = [];
    const add = (current: { n: number } | undefined): { n: number } => {
      seen.push(current?.n);
      return { n: (current?.n ?? 0) + 10 };
    };
    expect(await things.update('a', add, one)).toEqual({ n: 11 });
    expect(await things.update('a', add, one)).toEqual({ n: 21 });
    expect(await things.update('b', add, two)).toEqual({ n: 10 });
    expect(seen).toEqual([1, 1, 11, 2, undefined]);
    const known = new Map([['a', { n: 0 }]]);
    expect(await things.updateAll(['a', 'b', 'c'], (_, current) => add(current), known)).toEqual(
      new Map(Object.entries({ a: { n: 31 }, b: { n: 20 }, c: { n: 10 } })),
    );
  });

  it('drops what was not changed for the longest time, beyond the bound', async () => {
    const things = open(3);
    for (const n of [1, 2, 3]) await things.update(`t${n}`, () => ({ n }));
    await things.update('t1', () => ({ n: 10 }));
    await things.update('t4', () => ({ n: 4 }));
    expect(await things.list(10)).toEqual([{ n: 4 }, { n: 10 }, { n: 3 }]);
    expect(await things.get('t2')).toBeUndefined();
  });

  it('adds only what is not there yet, and says which', async () => {
    const things = open();
    await things.update('a', () => ({ n: 1 }));
    expect(
      await things.addAll([
        ['a', { n: 9 }],
        ['b', { n: 2 }],
      ]),
    ).toEqual(['b']);
    expect(await things.getMany(['a', 'b', 'c'])).toEqual([{ n: 1 }, { n: 2 }, undefined]);
  });

  it('lists as many as asked for', async () => {
    const things = open();
    expect(await things.list(0)).toEqual([]);
    for (const n of [1, 2, 3]) await things.update(`t${n}`, () => ({ n }));
    expect(await things.list(2)).toEqual([{ n: 3 }, { n: 2 }]);
  });

  it('leases a thing to one at a time; a lost lease cannot be renewed or given back', async () => {
    const leases = createLeases(redis.connection);
    const taken = await Promise.all([1, 2, 3].map(() => leases.take('x', 10_000)));
    const [mine] = taken.filter((lease) => lease !== undefined);
    expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
    expect(await mine!.renew()).toBe(true);
    await redis.connection.set('{tocsin}:lease:x', 'somebody else');
    expect(await mine!.renew()).toBe(false);
    await mine!.release();
    expect(await redis.connection.get('{tocsin}:lease:x')).toBe('somebody else');
  });
});
