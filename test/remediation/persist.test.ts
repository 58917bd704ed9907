import type * as Timers from 'node:timers/promises';

import { expect, test, vi } from 'vitest';

import { OutsideError, type Reason } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import { persist } from '#src/remediation/persist.ts';

const pauses = vi.hoisted((): number[] => []);
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof Timers>();
  const setTimeout: typeof real.setTimeout = (ms = 0, ...more) => {
    pauses.push(ms);
    return real.setTimeout(ms, ...more);
  };
  return { ...real, setTimeout };
});

const there = { id: 'ssh', reach: () => Promise.resolve() } as unknown as Executor;
const here = { id: 'local' } as unknown as Executor;
const broken = (system = 'ssh', reason: Reason = 'unavailable') =>
  new OutsideError(system, reason, 'the connection broke off');

interface Trial {
  readonly pauseMs?: { readonly least: number; readonly most: number };
  readonly executor?: Executor;
  readonly patienceMs?: number;
  readonly place?: () => number;
  readonly signal?: AbortSignal;
  readonly away?: (why: string) => Promise<void>;
}

const tried = <T>(work: () => Promise<T>, trial: Trial = {}): Promise<T> =>
  persist(work, {
    executor: there,
    pauseMs: { least: 1, most: 1 },
    patienceMs: 60_000,
    place: () => 0,
    signal: new AbortController().signal,
    away: () => Promise.resolve(),
    ...trial,
  });

test('work whose connection breaks off is taken up again, and each break is told', async () => {
  let times = 0;
  const told: string[] = [];
  const work = async (): Promise<string> => {
    if (++times < 4) throw broken();
    return 'done';
  };
  expect(await tried(work, { away: async (why) => void told.push(why) })).toBe('done');
  expect(told).toEqual(Array.from({ length: 3 }, () => 'the connection broke off'));
});

test.each([
  ['a daemon that does not answer', broken('daemon'), there],
  ['a program that is not there', broken('ssh', 'not-found'), there],
  ['a host that is not who it must be', broken('ssh', 'untrusted'), there],
  ['a fault of our own', new TypeError('none'), there],
  ['this machine', broken('local'), here],
])('%s is not waited for', async (_what, error, executor) => {
  let times = 0;
  const work = (): Promise<never> => {
    times++;
    return Promise.reject(error);
  };
  await expect(tried(work, { executor })).rejects.toBe(error);
  expect(times).toBe(1);
});

test('patience ends, but begins anew whenever the work got on', async () => {
  let times = 0;
  let place = 0;
  const work = (): Promise<never> => {
    times++;
    if (times <= 3) place++;
    return Promise.reject(broken());
  };
  await expect(tried(work, { patienceMs: 0, place: () => place })).rejects.toMatchObject({ system: 'ssh' });
  expect(times).toBe(1);
  times = 0;
  await expect(tried(work, { patienceMs: 20, place: () => place })).rejects.toMatchObject({ system: 'ssh' });
  expect(times).toBeGreaterThan(3);
});

test('patience begins anew when there was a way for a while, though the work is in the same step', async () => {
  let times = 0;
  const began = performance.now();
  const work = async (): Promise<string> => {
    if (++times === 5) return 'done';
    // A long wait of the work itself, which the break ends.
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    throw broken();
  };
  expect(await tried(work, { patienceMs: 30 })).toBe('done');
  expect(performance.now() - began).toBeGreaterThan(60);
});

test('waits longer each time, up to a bound, until the work gets on', async () => {
  pauses.length = 0;
  let place = 0;
  let times = 0;
  const work = async (): Promise<string> => {
    if (++times === 6) place++;
    if (times === 8) return 'done';
    throw broken();
  };
  await tried(work, { pauseMs: { least: 1, most: 8 }, place: () => place });
  expect(pauses).toEqual([1, 2, 4, 8, 8, 1, 2]);
});

test('whoever is told to stop tries no more', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const away = async (): Promise<void> => stop.abort(reason);
  await expect(tried(() => Promise.reject(broken()), { signal: stop.signal, away })).rejects.toThrow();
  const work = (): Promise<never> => Promise.reject(broken());
  await expect(tried(work, { signal: stop.signal })).rejects.toBe(reason);
});
