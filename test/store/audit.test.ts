import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Link } from '#src/domain/audit.ts';
import { createAudit } from '#src/store/audit.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

const KEY = '{tocsin}:audit';
const NOW = new Date('2026-01-01T00:00:00Z');

describe('the audit', () => {
  let redis: TestRedis;
  beforeEach(async () => void (redis = await testRedis()));
  afterEach(() => redis[Symbol.asyncDispose]());

  const open = (keep?: number) => createAudit(redis.connection, () => NOW, keep);
  const written = async (count: number, keep?: number) => {
    const audit = open(keep);
    for (let at = 1; at <= count; at++) await audit.write({ who: 'alice', what: 'was.done', about: `${at}` });
    return audit;
  };
  const rows = () => redis.connection.xrange(KEY, '-', '+') as Promise<[string, [string, string]][]>;
  /** Writes the stream anew, as somebody with a hand in Redis would. */
  const forge = async (change: (lines: string[]) => string[]): Promise<void> => {
    const lines = (await rows()).map(([, [, line]]) => line);
    await redis.connection.del(KEY);
    for (const line of change(lines)) await redis.connection.xadd(KEY, '*', 'entry', line);
  };

  it('is whole, whoever wrote it and however many at once', async () => {
    const audits = [open(), open(), open()];
    await Promise.all(
      audits.flatMap((audit, who) =>
        Array.from({ length: 20 }, (_, at) =>
          audit.write({ who: `${who}`, what: 'was.done', about: `${at}` }),
        ),
      ),
    );
    const { entries, head, faults } = await open().verify();
    expect({ entries, number: head?.number, faults }).toEqual({ entries: 60, number: 60, faults: [] });
    const abouts = (await open().list(60)).map(({ who, about }) => `${who} ${about}`);
    expect(new Set(abouts).size).toBe(60);
  });

  it('has nothing twice when the answer to a write was lost', async () => {
    const audit = open();
    const { connection } = redis;
    const lossy = new Proxy(connection, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name, target);
        if (name !== 'tocsinAudit' || typeof found !== 'function') return found;
        // As a client does that asks again after its connection broke.
        return async (...words: unknown[]): Promise<unknown> => {
          await Reflect.apply(found, target, words);
          return Reflect.apply(found, target, words) as unknown;
        };
      },
    });
    await audit.write({ who: 'alice', what: 'first' });
    await createAudit(lossy, () => NOW).write({ who: 'bob', what: 'second' });
    expect((await audit.list(10)).map(({ what }) => what)).toEqual(['second', 'first']);
    expect((await audit.verify()).faults).toEqual([]);
  });

  it.each<[string, (lines: string[]) => string[], string]>([
    ['a flipped byte', (lines) => lines.with(2, lines[2]!.replace('alice', 'alicf')), 'Entry 3 was changed'],
    [
      'a flipped byte in the last',
      (lines) => lines.with(5, lines[5]!.replace('"6"', '"7"')),
      'Entry 6, the last',
    ],
    ['a broken line', (lines) => lines.with(2, lines[2]!.slice(1)), 'cannot be read'],
    ['one taken out', (lines) => lines.toSpliced(2, 1), 'Entry 3 was taken out'],
    ['the first taken out', (lines) => lines.slice(2), 'Entries 1 to 2 were taken out'],
    ['the last taken out', (lines) => lines.slice(0, -2), 'Entries 5 to 6 were taken out'],
    ['all taken out', () => [], 'All entries up to 6'],
    [
      'two in another order',
      (lines) => [...lines.slice(0, 2), lines[3]!, lines[2]!, ...lines.slice(4)],
      'Entry 3 stands after entry 4',
    ],
    ['one written twice', (lines) => [...lines, lines[5]!], 'Entry 6 stands after entry 6'],
  ])('%s is found and named', async (_, change, words) => {
    const audit = await written(6);
    expect((await audit.verify()).faults).toEqual([]);
    await forge(change);
    expect((await audit.verify()).faults.join('\n')).toContain(words);
  });

  it('tells by a head that was noted that all of it was written anew', async () => {
    const noted = (await (await written(4)).verify()).head as Link;
    await redis.connection.del(KEY, `${KEY}:head`);
    const forged = await written(6);
    await forge((lines) => lines);
    expect((await forged.verify()).faults).toEqual([]);
    expect((await forged.verify({ ...noted, hash: noted.hash.slice(0, 16) })).faults).toEqual([]);
    await redis.connection.del(KEY, `${KEY}:head`);
    const other = open();
    for (let at = 1; at <= 6; at++) await other.write({ who: 'mallory', what: 'was.done', about: `${at}` });
    expect((await other.verify(noted)).faults).toEqual([
      'Entry 4 is not the one that was noted: what stands here was rewritten.',
    ]);
  });

  it('lets the oldest fall out, and entries from before the chain stand', async () => {
    await redis.connection.xadd(KEY, '*', 'entry', JSON.stringify({ who: 'alice', what: 'long.ago' }));
    const audit = await written(3);
    expect(await audit.verify()).toMatchObject({ entries: 3, faults: [] });
    const short = await written(1_200, 300);
    const { entries, head, faults } = await short.verify();
    expect(entries).toBeLessThan(1_200);
    expect(head?.number).toBe(1_203);
    expect(faults).toEqual([]);
  });
});
