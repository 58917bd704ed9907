import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { acknowledge, openEntry, reach } from '#src/broadcast/roll.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { ANSWERS, countsOf, type RollEntry } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { createRoll } from '#src/store/roll.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

const REGIONS = ['EU', 'NA', 'South East Asia', undefined];
const seats = Array.from({ length: 12 }, (_, at) => ({
  id: `seat${String(at).padStart(2, '0')}` as SeatId,
  region: REGIONS[at % REGIONS.length],
  team: 't',
}));
const at = new Date('2026-01-01T00:00:00Z');
const alice = 'alice' as OperatorId;

describe('a roll on record', () => {
  let redis: TestRedis;
  let round = 0;
  const fresh = async () => {
    const roll = createRoll(redis.connection, `n${round++}`);
    await roll.add(seats.map(openEntry));
    return roll;
  };
  beforeEach(async () => {
    redis = await testRedis();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  it('keeps totals and the missing in step with its lines, whatever is done to them', async () => {
    const deed = fc.oneof(
      fc.record({ kind: fc.constant('reach' as const), on: fc.constantFrom('discord', 'matrix') }),
      fc.record({ kind: fc.constant('answer' as const), answer: fc.constantFrom(...ANSWERS) }),
      fc.record({ kind: fc.constant('prove' as const), proven: fc.boolean() }),
      fc.record({ kind: fc.constant('contradict' as const), seen: fc.constantFrom('0.8.2', undefined) }),
    );
    const some = fc.subarray(seats.map(({ id }) => id));
    const deeds = fc.array(fc.tuple(some, deed), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(deeds, async (list) => {
        const roll = await fresh();
        for (const [which, done] of list) {
          await roll.update(which, (entry): RollEntry => {
            const revision = entry.revision + 1;
            if (done.kind === 'reach') return reach(entry, alice, done.on, at);
            if (done.kind === 'answer')
              return acknowledge(entry, { by: alice, on: 'discord', answer: done.answer, at });
            if (done.kind === 'prove')
              return { ...entry, provenAt: done.proven ? at.toISOString() : undefined, revision };
            return { ...entry, contradiction: done.seen, revision };
          });
        }
        const lines = await roll.all();
        expect(lines.map(({ seat }) => seat)).toEqual(seats.map(({ id }) => id));
        expect(await roll.totals()).toEqual(countsOf(lines));
        const missing = lines.filter((line) => !line.acknowledgedAt && !line.provenAt);
        const named = await roll.missing(100);
        expect(new Set(named.map(({ id, region }) => `${region} ${id}`))).toEqual(
          new Set(missing.map(({ seat, region }) => `${region} ${seat}`)),
        );
        expect(named.map(({ region }) => region ?? '–')).toEqual(
          named.map(({ region }) => region ?? '–').toSorted(),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('counts a line that many change at once as often as it changed', async () => {
    const roll = await fresh();
    await Promise.all(
      Array.from({ length: 20 }, (_, round) =>
        roll.update([seats[0]!.id], (entry) =>
          round % 2
            ? reach(entry, alice, 'matrix', at)
            : acknowledge(entry, { by: alice, on: 'matrix', answer: 'on-it', at }),
        ),
      ),
    );
    expect(await roll.totals()).toMatchObject({ reached: 1, acknowledged: 1, missing: 11, revision: 14 });
  });

  it('begins again without doing anything twice', async () => {
    const roll = await fresh();
    await roll.update([seats[0]!.id], (entry) => reach(entry, alice, 'matrix', at));
    await roll.add(seats.map(openEntry));
    expect(await roll.totals()).toMatchObject({ seats: 12, reached: 1, reachedOn: { matrix: 1 } });
  });

  it('knows nothing of seats it was not begun with', async () => {
    const roll = await fresh();
    expect(await roll.update(['nobody' as SeatId], (entry) => entry)).toEqual([]);
    expect(await roll.of(['nobody' as SeatId, seats[1]!.id])).toHaveLength(1);
    expect((await roll.totals()).seats).toBe(12);
  });
});
