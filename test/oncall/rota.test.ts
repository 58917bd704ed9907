import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Turns } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { wallOf } from '#src/domain/wall-clock.ts';
import { turnAt } from '#src/oncall/rota.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const [alice, bob, carol] = ['alice', 'bob', 'carol'] as OperatorId[] as [OperatorId, OperatorId, OperatorId];
const rota = (turns?: Turns, order = [alice, bob, carol]) => ({ team: 'red', order, turns });
const since = Date.parse('2026-01-05T08:00:00Z');
const who = (turns: Turns, at: string) => {
  const { operator, untilMs } = turnAt(rota(turns), Date.parse(at));
  return [operator, untilMs && new Date(untilMs).toISOString()];
};

describe('who has the turn', () => {
  test('without turns it is always the first', () => {
    expect(turnAt(rota(), since)).toEqual({ operator: alice });
  });

  test('one person has all the turns, and nobody takes over', () => {
    expect(turnAt(rota({ shiftMs: DAY_MS, sinceMs: since }, [bob]), since)).toEqual({ operator: bob });
  });

  test.each([
    ['2026-01-05T08:00:00Z', alice, '2026-01-12T08:00:00.000Z'],
    ['2026-01-12T07:59:59.999Z', alice, '2026-01-12T08:00:00.000Z'],
    ['2026-01-12T08:00:00Z', bob, '2026-01-19T08:00:00.000Z'],
    ['2026-01-25T00:00:00Z', carol, '2026-01-26T08:00:00.000Z'],
    ['2026-01-26T08:00:00Z', alice, '2026-02-02T08:00:00.000Z'],
    ['2026-01-05T07:59:59Z', carol, '2026-01-05T08:00:00.000Z'],
    ['2025-12-20T00:00:00Z', alice, '2025-12-22T08:00:00.000Z'],
  ])('by weeks, at %s: %s until %s', (at, operator, until) => {
    expect(who({ shiftMs: 7 * DAY_MS, sinceMs: since }, at)).toEqual([operator, until]);
  });
});

describe('when the clocks change', () => {
  const berlin = { shiftMs: DAY_MS, sinceMs: Date.parse('2026-03-27T08:00:00+01:00'), zone: 'Europe/Berlin' };

  test('with a zone it hands over at the same hour by its clocks, in UTC without one', () => {
    expect(who(berlin, '2026-03-28T12:00:00Z')).toEqual([bob, '2026-03-29T06:00:00.000Z']);
    expect(who({ ...berlin, zone: undefined }, '2026-03-28T12:00:00Z')).toEqual([
      bob,
      '2026-03-29T07:00:00.000Z',
    ]);
  });

  test('at an hour that is skipped it hands over after the gap; at one that comes twice, once', () => {
    const early = { ...berlin, sinceMs: Date.parse('2026-03-28T02:30:00+01:00') };
    expect(who(early, '2026-03-29T01:29:59Z')[0]).toBe(alice);
    expect(who(early, '2026-03-29T01:30:00Z')[0]).toBe(bob);
    const late = { ...berlin, sinceMs: Date.parse('2026-10-24T02:30:00+02:00') };
    const half = [
      '2026-10-25T00:29:59Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:15:00Z',
      '2026-10-25T01:45:00Z',
    ];
    expect(half.map((at) => who(late, at)[0])).toEqual([alice, bob, bob, bob]);
  });
});

test('turns follow each other without a gap, in the order, by the clocks of the zone', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
      fc.integer({ min: 2, max: 14 * 24 }),
      fc.constantFrom(undefined, 'Europe/Berlin', 'Australia/Lord_Howe'),
      (at, hours, zone) => {
        const turns = { shiftMs: hours * HOUR_MS, sinceMs: since, zone };
        const order = [alice, bob, carol];
        const now = turnAt(rota(turns), at);
        const next = turnAt(rota(turns), now.untilMs!);
        expect(now.untilMs).toBeGreaterThan(at);
        expect(turnAt(rota(turns), now.untilMs! - 1).operator).toBe(now.operator);
        expect(order.indexOf(next.operator!)).toBe((order.indexOf(now.operator!) + 1) % 3);
        if (zone === undefined) expect(Math.abs((now.untilMs! - since) % turns.shiftMs)).toBe(0);
        else if (hours === 24) expect(wallOf(now.untilMs!, zone) % DAY_MS).toBe(wallOf(since, zone) % DAY_MS);
      },
    ),
  );
});
