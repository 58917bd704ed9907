import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createLeadership, type Leadership, type Term } from '#src/gateway/leadership.ts';
import type { Leases } from '#src/domain/lease.ts';
import { createFollowed } from '#src/store/followed.ts';
import { createLeases } from '#src/store/leases.ts';
import { createOnce } from '#src/store/once.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

const PACE = { leaseMs: 600, renewMs: 100, marginMs: 200, tryMs: 50 };
const WAIT = { timeout: 5_000, interval: 10 };

let redis: TestRedis;
let leases: Leases;
let running: Leadership[];
beforeEach(async () => {
  redis = await testRedis();
  leases = createLeases(redis.connection);
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
  await redis[Symbol.asyncDispose]();
});

/** A process that would lead; `cut` takes Redis away from it. */
function candidate(note = '', hasEnded: (note: string) => boolean = () => false) {
  const terms: (Term & { readonly began: number; ended?: number })[] = [];
  let away = false;
  const cut = <T>(deed: () => Promise<T>): Promise<T> =>
    away ? new Promise<never>(() => undefined) : deed();
  const mine: Leases = {
    take: async (...of) => {
      const lease = await cut(() => leases.take(...of));
      return lease && { ...lease, renew: () => cut(lease.renew), release: () => cut(lease.release) };
    },
    holder: (name) => cut(() => leases.holder(name)),
    bury: (...of) => cut(() => leases.bury(...of)),
  };
  const leadership = createLeadership({
    leases: mine,
    name: 'gateway',
    note,
    hasEnded,
    lead: (term) => {
      const kept = { ...term, began: Date.now() } as (typeof terms)[number];
      terms.push(kept);
      term.over.addEventListener('abort', () => (kept.ended = Date.now()));
    },
    logger: pino({ level: 'silent' }),
    pace: PACE,
  });
  running.push(leadership);
  return { leadership, terms, cut: (cutOff: boolean) => (away = cutOff) };
}

test('one leads, the other stands by; a clean end hands over at once, with a greater fence', async () => {
  const first = candidate();
  await first.leadership.settled();
  const second = candidate();
  await second.leadership.settled();
  expect([first.leadership.leads(), second.leadership.leads()]).toEqual([true, false]);

  const began = Date.now();
  await first.leadership[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(second.leadership.leads()).toBe(true), WAIT);
  expect(Date.now() - began).toBeLessThan(PACE.leaseMs / 2);
  expect(second.terms[0]?.fence).toBeGreaterThan(first.terms[0]?.fence ?? Infinity);
  expect(first.terms[0]?.over.aborted).toBe(true);
});

test('who cannot renew has stopped before another begins', async () => {
  const first = candidate();
  await first.leadership.settled();
  const second = candidate();
  first.cut(true);
  await vi.waitFor(() => expect(second.leadership.leads()).toBe(true), WAIT);
  expect(first.leadership.leads()).toBe(false);
  expect(first.terms[0]?.ended).toBeLessThan(second.terms[0]?.began ?? 0);
});

test('who lost the lease behind its back stops, and stands by', async () => {
  const first = candidate();
  await first.leadership.settled();
  await leases.bury('gateway', first.terms[0]?.fence ?? 0);
  const other = await leases.take('gateway', 60_000);
  await vi.waitFor(() => expect(first.leadership.leads()).toBe(false), WAIT);
  await other?.release();
  await vi.waitFor(() => expect(first.leadership.leads()).toBe(true), WAIT);
  expect(first.terms).toHaveLength(2);
});

test('a holder that is known to be dead is not waited for, and only that one', async () => {
  await leases.take('gateway', 60_000, 'dead');
  const patient = candidate('', (note) => note === 'other');
  await patient.leadership.settled();
  expect(patient.leadership.leads()).toBe(false);
  const heir = candidate('', (note) => note === 'dead');
  await heir.leadership.settled();
  expect(heir.leadership.leads()).toBe(true);
});

test('an event is worked on by the one who leads at that moment; for others it stays free', async () => {
  const once = createOnce(redis.connection);
  const old = await leases.take('gateway', 60_000);
  const fence = old?.fence ?? 0;
  expect(await once.begin('gateway', fence, 'a')).toBe(true);
  expect(await once.begin('gateway', fence, 'a')).toBe(false);
  await old?.release();
  expect(await once.begin('gateway', fence, 'b')).toBe(false);
  const next = await leases.take('gateway', 60_000);
  expect(await once.begin('gateway', fence, 'b')).toBe(false);
  expect(await once.begin('gateway', next?.fence ?? 0, 'b')).toBe(true);
});

test('what was begun by one who led before, and not done, is begun again; what was done is not', async () => {
  const once = createOnce(redis.connection);
  const old = await leases.take('gateway', 60_000);
  const before = old?.fence ?? 0;
  for (const id of ['cut off', 'answered']) expect(await once.begin('gateway', before, id)).toBe(true);
  await once.done('answered');
  await old?.release();
  const fence = (await leases.take('gateway', 60_000))?.fence ?? 0;
  const again = await Promise.all([1, 2, 3].map(() => once.begin('gateway', fence, 'cut off')));
  expect(again.filter(Boolean)).toHaveLength(1);
  expect(await once.begin('gateway', fence, 'answered')).toBe(false);
});

test('how far an account was followed is never taken back by one who led before', async () => {
  const followed = createFollowed(redis.connection);
  expect(await followed.load('a')).toBeUndefined();
  await followed.save('a', { token: 'two', savedAtMs: 2 }, 2);
  await followed.save('a', { token: 'one', savedAtMs: 3 }, 1);
  expect(await followed.load('a')).toEqual({ token: 'two', savedAtMs: 2 });
  await followed.save('a', { token: 'three', savedAtMs: 4 }, 2);
  expect(await followed.load('a')).toEqual({ token: 'three', savedAtMs: 4 });
  expect(await followed.load('b')).toBeUndefined();
});
