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
});
