import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { filtered, partOf, PARTS, partsOf } from '#src/domain/progress.ts';
import { reportOf } from '#src/domain/report.ts';
import { countsOf, type RollEntry } from '#src/domain/roll.ts';
import { after, seasonRoll, sentNotice } from '#test/broadcast/roll-call.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const Time = fc.integer({ min: 0, max: 10_000 }).map(after);
/** Lines as they may come to be, in any mixture. */
const Entry = fc
  .record({
    reachedAt: maybe(Time),
    reachedOn: fc.constantFrom('discord', 'matrix', 'email'),
    acknowledgedAt: maybe(Time),
    acknowledgedOn: fc.constantFrom('discord', 'matrix'),
    answer: fc.constantFrom('done', 'on-it', 'cannot'),
    provenAt: maybe(Time),
    contradiction: maybe(fc.constant('runs 0.8.2')),
    escalations: fc.array(fc.record({ at: Time, to: fc.constantFrom('backup', 'room') }), { maxLength: 3 }),
  })
  .map(({ reachedOn, acknowledgedOn, answer, ...entry }) => ({
    ...entry,
    region: 'EU',
    revision: 1,
    ...(entry.reachedAt && { reachedOn }),
    ...(entry.acknowledgedAt && { acknowledgedOn, answer }),
  }));
const Entries = fc
  .array(Entry, { maxLength: 80 })
  .map((entries) => entries.map((entry, at) => ({ ...entry, seat: `seat-${at}` }) as unknown as RollEntry));

describe('whatever happened to the seats', () => {
  test('each list of the report adds up to them', () => {
    fc.assert(
      fc.property(Entries, (entries) => {
        const report = reportOf({ notice: sentNotice(), entries });
        const lists = [report.endedAs, report.reachedOn, report.answeredOn].map(sum);
        expect(lists).toEqual([entries.length, entries.length, entries.length]);
        const { seats, missing, proven, contradicted } = countsOf(entries);
        expect([report.seats, report.silent.length]).toEqual([seats, missing]);
        expect(report.contradictions).toHaveLength(contradicted);
        expect(report.endedAs.proven).toBeLessThanOrEqual(proven);
      }),
    );
  });

  test('half come no later than 90 %, and those no later than all; all only when none is left', () => {
    fc.assert(
      fc.property(Entries, (entries) => {
        const report = reportOf({ notice: sentNotice(), entries });
        for (const { to50Ms, to90Ms, to100Ms } of [report.reached, report.answered, report.proven]) {
          if (to90Ms !== undefined) expect(to50Ms).toBeLessThanOrEqual(to90Ms);
          if (to100Ms !== undefined) expect(to90Ms).toBeLessThanOrEqual(to100Ms);
        }
        const isComplete = entries.length > 0 && countsOf(entries).missing === 0;
        expect(report.answered.to100Ms !== undefined).toBe(isComplete);
      }),
    );
  });

  test('a seat is in exactly one part', () => {
    fc.assert(
      fc.property(Entries, (entries) => {
        const counts = partsOf(entries);
        expect(sum(counts)).toBe(entries.length);
        for (const part of PARTS)
          expect(counts[part]).toBe(entries.filter((entry) => partOf(entry) === part).length);
      }),
    );
  });
});

describe('the report of a season', () => {
  const report = reportOf(seasonRoll());

  test('tells how long it took, by which medium, and what went wrong', () => {
    expect(report.reachedOn).toEqual({ discord: 40, matrix: 16, '–': 4, email: 4 });
    expect(report.answeredOn).toEqual({ discord: 32, '–': 16, matrix: 12, email: 4 });
    expect(report.contradictions).toContainEqual({ seat: 'karasugoi_AR', words: 'said done, runs 0.8.2' });
    expect(report.reasons).toHaveLength(4);
    expect(report.escalated).toEqual({ backup: 4 });
    expect(report.silent).toHaveLength(16);
  });

  test('counts time from the sending', () => {
    // 60 of 64 were reached, within nine minutes.
    expect(report.reached).toEqual({ to50Ms: 5 * 60_000, to90Ms: 9 * 60_000, to100Ms: undefined });
    expect(report.answered.to50Ms).toBeGreaterThan(60 * 60_000);
    expect(report.answered.to90Ms).toBeUndefined();
  });
});

describe('a filter', () => {
  const { entries } = seasonRoll();
  test.each([
    [{}, 64],
    [{ show: 'missing' }, 16],
    [{ show: 'reached' }, 60],
    [{ show: 'acknowledged' }, 48],
    [{ show: 'proven' }, 24],
    [{ show: 'contradicted' }, 4],
    [{ show: 'missing', region: 'EU' }, 4],
    [{ coin: 'KMD' }, 0],
  ] as const)('%j leaves %i of 64', (filter, count) => {
    expect(filtered(smallFleet, entries, filter)).toHaveLength(count);
  });

  test('by coin goes by what the nodes of a seat run', () => {
    const own = [{ ...entries[0]!, seat: smallFleet.seats[0]!.id }];
    expect(filtered(smallFleet, own, { coin: 'KMD' })).toHaveLength(1);
    expect(filtered(smallFleet, own, { coin: 'LTC' })).toHaveLength(0);
  });
});
