import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDelivery } from '#src/delivery/media.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import type { RoomId } from '#src/domain/room.ts';
import { createLeases } from '#src/store/leases.ts';
import { createLedger, type Ledger } from '#src/store/ledger.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

const sending = (d: Delivery): Delivery => ({ ...d, state: 'sending' });

describe('a delivery in the hands of one process', () => {
  let redis: TestRedis;
  let ledger: Ledger;
  const delivery = openDelivery({
    cause: 'alert:a1:1',
    to: { kind: 'room', room: 'ops' as RoomId },
    urgency: 'critical',
    at: new Date(),
    platform: 'discord',
  });
  beforeEach(async () => {
    redis = await testRedis();
    ledger = createLedger(redis.connection);
    await ledger.open([delivery]);
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  it('is given to one, with its record', async () => {
    const all = await Promise.all([1, 2, 3].map(() => ledger.hold(delivery.id, 10_000)));
    const [held] = all.filter((one) => one !== undefined);
    expect(all.filter((one) => one !== undefined)).toHaveLength(1);
    expect(held!.record).toEqual(delivery);
    await held!.release();
    expect(await ledger.hold(delivery.id, 10_000)).toBeDefined();
  });

  it('is no longer changed by who lost it, and the record stays as the next holder left it', async () => {
    const late = await ledger.hold(delivery.id, 10_000);
    // Its time was over while its process stood still.
    const { fence } = (await createLeases(redis.connection).holder(`delivery:${delivery.id}`))!;
    await createLeases(redis.connection).bury(`delivery:${delivery.id}`, fence);
    const next = await ledger.hold(delivery.id, 10_000);
    expect(await late!.update(sending)).toBeUndefined();
    expect(await late!.update(() => undefined)).toBeUndefined();
    expect(await late!.renew()).toBe(false);
    await late!.release();
    expect((await ledger.get(delivery.id))?.state).toBe('queued');
    expect((await next!.update(sending))?.state).toBe('sending');
  });

  it('is changed as it stands, not as it was read', async () => {
    const held = await ledger.hold(delivery.id, 10_000);
    await ledger.update(delivery.id, (d) => ({ ...d, attempts: 7 }));
    expect(await held!.update(sending)).toMatchObject({ state: 'sending', attempts: 7 });
    expect(await ledger.get(delivery.id)).toMatchObject({ state: 'sending', attempts: 7 });
  });

  it('is held anew with each change', async () => {
    const held = await ledger.hold(delivery.id, 60_000);
    const key = `{tocsin}:lease:delivery:${delivery.id}`;
    await redis.connection.pexpire(key, 1_000);
    await held!.update(sending);
    expect(await redis.connection.pttl(key)).toBeGreaterThan(50_000);
  });

  it('has no record where it was forgotten', async () => {
    const held = await ledger.hold('unknown', 10_000);
    expect(held?.record).toBeUndefined();
    expect(await held?.update(sending)).toBeUndefined();
    expect(await ledger.get('unknown')).toBeUndefined();
  });
});
