import { pino } from 'pino';
import { expect, test, vi } from 'vitest';

import type { ServiceHealth } from '#src/domain/finding.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { createRecord } from '#src/health/record.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { health } from './seen.ts';

const DAY_MS = 86_400_000;
const target = targetOf();
const look = (service: string): ServiceHealth => health([], { service });

function recorded({ fails = false, keepMs }: { fails?: boolean; keepMs?: number } = {}) {
  const calls: (readonly string[])[] = [];
  const kept: number[] = [];
  const log: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void log.push(line) });
  const fleet = fleetOf({ ...smallFleet, patrol: { everyMs: 30_000, ...(keepMs && { keepMs }) } });
  const record = createRecord({
    histories: {
      async add(healths, forMs) {
        if (fails) throw new Error('Redis is away');
        calls.push(healths.map(({ service }) => service));
        kept.push(forMs);
      },
    },
    fleets: fixedFleets(fleet),
    logger,
    everyMs: 5,
  });
  return { record, calls, kept, log };
}

test('the looks of a moment are written by one call, in their order', async () => {
  const { record, calls, kept } = recorded();
  for (const service of ['a', 'b', 'c']) await record.saw(target, look(service));
  expect(calls).toEqual([]);
  await vi.waitFor(() => expect(calls).toEqual([['a', 'b', 'c']]));
  await record.saw(target, look('d'));
  await vi.waitFor(() => expect(calls).toEqual([['a', 'b', 'c'], ['d']]));
  expect(kept).toEqual([7 * DAY_MS, 7 * DAY_MS]);
});

test('what is left is written at the end', async () => {
  const { record, calls, kept } = recorded({ keepMs: 2 * DAY_MS });
  await record.saw(target, look('a'));
  await record[Symbol.asyncDispose]();
  expect([calls, kept]).toEqual([[['a']], [2 * DAY_MS]]);
});

test('a history that cannot be written is said so, and fails no patrol', async () => {
  const { record, log } = recorded({ fails: true });
  await record.saw(target, look('a'));
  await record[Symbol.asyncDispose]();
  expect(log).toHaveLength(1);
  expect(log[0]).toContain('looks are missing in the history');
});
