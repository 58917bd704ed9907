import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDelivery } from '#src/delivery/media.ts';
import type { Cause } from '#src/domain/delivery.ts';
import type { Place, RoomId } from '#src/domain/room.ts';
import { createLedger } from '#src/store/ledger.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

const OPS: Place = { kind: 'room', room: 'ops' as RoomId };
const CAUSE: Cause = 'alert:a1:1';
const opened = (platform: string) =>
  openDelivery({ cause: CAUSE, to: OPS, urgency: 'critical', at: new Date(), platform });

describe('the ledger', () => {
  let redis: TestRedis;
  beforeEach(async () => void (redis = await testRedis()));
  afterEach(() => redis[Symbol.asyncDispose]());

  it('has the record of whatever it has claimed, wherever the process was killed', async () => {
    const { connection } = redis;
    const calls: string[] = [];
    // Killed after its first call that writes: no later one is made.
    const dying = new Proxy(connection, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== 'function') return found;
        return (...words: unknown[]): unknown => {
          if (String(name).startsWith('tocsin') && calls.push(String(name)) > 1)
            return Promise.reject(new Error('killed'));
          return Reflect.apply(found, target, words);
        };
      },
    });
    await createLedger(dying)
      .open([opened('discord')])
      .catch(() => undefined);
    expect(calls.length).toBeGreaterThan(0);
    // Started again, it finds Discord not connected yet and would go another way.
    const ledger = createLedger(connection);
    await ledger.open([opened('matrix')]);
    expect((await ledger.of(CAUSE)).map(({ platform }) => platform)).toEqual(['discord']);
    expect((await ledger.due(10)).map(({ platform }) => platform)).toEqual(['discord']);
  });

  it('drops the oldest beyond its bound, and never one that is still due', async () => {
    const ledger = createLedger(redis.connection, { keep: 3 });
    const open = async (alert: number) => {
      const cause: Cause = `alert:a${alert}:1`;
      const delivery = openDelivery({
        cause,
        to: OPS,
        urgency: 'critical',
        at: new Date(),
        platform: 'discord',
      });
      await ledger.open([delivery]);
      return delivery.id;
    };
    const due = await open(0);
    const parked = await open(1);
    await ledger.settle([parked]);
    await ledger.park(parked);
    const settled: (typeof due)[] = [];
    for (const alert of [2, 3, 4]) {
      const id = await open(alert);
      await ledger.settle([id]);
      settled.push(id);
    }
    const last = await open(5);
    const there = async (id: string) => (await ledger.get(id)) !== undefined;
    expect(await Promise.all([due, parked, ...settled, last].map(there))).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(await ledger.unsettled()).toBe(3);
    await ledger.settle([due, parked, last]);
    await open(6);
    const left = (await Promise.all([due, parked, last].map(there))).filter(Boolean);
    expect(left).toHaveLength(2);
  });
});
