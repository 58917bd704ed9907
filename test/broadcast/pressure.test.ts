import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Ladder, nextStepAt, reminderOf, stepsUntil, tellingAt } from '#src/broadcast/pressure.ts';
import { quietEnd } from '#src/broadcast/quiet.ts';
import { DEFAULT_NOTICE_RULES as rules } from '#src/domain/notice-rules.ts';

const HOUR_MS = 3_600_000;
const due = new Date('2026-02-10T12:00:00Z');
const before = (hours: number): Date => new Date(due.getTime() - hours * HOUR_MS);
const ladder = (hours: number, more: Partial<Ladder> = {}): Ladder => ({
  severity: 'mandatory',
  sentAt: before(hours),
  due,
  rules,
  ...more,
});

/** Every step of a notice up to some hours after its deadline, with when it comes, in hours before. */
function timetable(of: Ladder, hoursAfter: number): readonly string[] {
  const found: string[] = [];
  for (let at = nextStepAt(of, of.sentAt); at && at <= before(-hoursAfter); at = nextStepAt(of, at)) {
    const now = at;
    const fresh = stepsUntil(of, now).filter((step) => step.at.getTime() === now.getTime());
    const hours = ((of.due ?? now).getTime() - now.getTime()) / HOUR_MS;
    found.push(...fresh.map(({ kind, name }) => `${hours} ${kind === name ? kind : `${kind} ${name}`}`));
  }
  return found;
}

describe('the pressure rises', () => {
  it('over ten days', () => {
    expect(timetable(ladder(240), 3)).toEqual([
      '239.75 personal',
      '168 reminder 7d',
      '72 reminder 3d',
      '24 reminder 24h',
      '24 backup',
      '6 reminder 6h',
      '6 coordinators',
      '1 reminder 1h',
      '1 room',
      '-1 reminder overdue-1',
      '-2 reminder overdue-2',
      '-3 reminder overdue-3',
    ]);
  });

  it('no two reminders have one name', () => {
    const short = { ...rules, remindersMs: [100_000, 90_000, 60_000, 30_000] };
    const names = stepsUntil(ladder(1, { rules: short }), due).filter(({ kind }) => kind === 'reminder');
    expect(names.map(({ name }) => name)).toEqual(['100s', '90s', '1m', '30s']);
  });

  it('over a day: nobody is called in before half of it is over', () => {
    expect(timetable(ladder(24), 1)).toEqual([
      '23.75 personal',
      '12 backup',
      '6 reminder 6h',
      '6 coordinators',
      '1 reminder 1h',
      '1 room',
      '-1 reminder overdue-1',
    ]);
  });

  it('at once where the deadline has passed before it was sent', () => {
    expect(timetable(ladder(-5), 7)).toEqual([
      '-5.25 personal',
      '-5.25 backup',
      '-5.25 coordinators',
      '-5.25 room',
      '-6 reminder overdue-1',
      '-7 reminder overdue-2',
    ]);
  });

  it('for what is recommended by reminders only, and ends with the deadline', () => {
    expect(timetable(ladder(240, { severity: 'recommended' }), 100)).toEqual([
      '168 reminder 7d',
      '72 reminder 3d',
      '24 reminder 24h',
      '6 reminder 6h',
      '1 reminder 1h',
    ]);
  });

  it('not at all for what is only said', () => {
    expect(nextStepAt(ladder(240, { severity: 'info' }), before(240))).toBeUndefined();
  });

  it('only to personal media while nobody can tell when it is due', () => {
    const open = ladder(240, { due: undefined });
    expect(stepsUntil(open, before(0)).map(({ name }) => name)).toEqual(['personal']);
    expect(nextStepAt(open, before(0))).toBeUndefined();
  });

  it('one reminder counts where several are due', () => {
    expect(reminderOf(stepsUntil(ladder(240), before(5)))?.name).toBe('6h');
    expect(reminderOf(stepsUntil(ladder(240), before(-100.5)))?.name).toBe('overdue-100');
    expect(reminderOf(stepsUntil(ladder(240), before(200)))).toBeUndefined();
  });
});

const hoursMs = fc.integer({ min: 60_000, max: 400 * HOUR_MS });
const anyLadder: fc.Arbitrary<Ladder> = fc
  .record({
    severity: fc.constantFrom('mandatory', 'recommended', 'info'),
    left: fc.option(fc.integer({ min: -100 * HOUR_MS, max: 1_000 * HOUR_MS })),
    remindersMs: fc.uniqueArray(
      hoursMs.map((ms) => ms - (ms % 60_000)),
      { minLength: 0, maxLength: 6 },
    ),
    overdueEveryMs: fc.integer({ min: 600_000, max: 48 * HOUR_MS }),
    personalAfterMs: hoursMs,
    backupsMs: hoursMs,
    coordinatorsMs: hoursMs,
    roomMs: hoursMs,
  })
  .map(({ severity, left, ...more }) => ({
    severity,
    sentAt: due,
    due: left === null ? undefined : new Date(due.getTime() + left),
    rules: { ...rules, ...more },
  }));
const moment = fc.integer({ min: 0, max: 1_500 * HOUR_MS }).map((ms) => new Date(due.getTime() + ms));

describe('for every ladder', () => {
  it('steps come after the sending, in order, each under a name of its own', () => {
    fc.assert(
      fc.property(anyLadder, moment, (of, now) => {
        const steps = stepsUntil(of, now);
        const times = steps.map(({ at }) => at.getTime());
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        for (const time of times) {
          expect(time).toBeGreaterThan(of.sentAt.getTime());
          expect(time).toBeLessThanOrEqual(now.getTime());
        }
        const names = steps.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('nothing happens before the next step, and something does at it', () => {
    fc.assert(
      fc.property(anyLadder, moment, (of, now) => {
        const names = (at: Date) => stepsUntil(of, at).map(({ name }) => name);
        const next = nextStepAt(of, now);
        if (!next) {
          expect(names(new Date(now.getTime() + 10_000 * HOUR_MS))).toEqual(names(now));
          return;
        }
        expect(next.getTime()).toBeGreaterThan(now.getTime());
        expect(names(new Date(next.getTime() - 1))).toEqual(names(now));
        expect(names(next)).not.toEqual(names(now));
      }),
    );
  });

  it('a step keeps its time and its name, whenever it is asked for', () => {
    fc.assert(
      fc.property(anyLadder, moment, moment, (of, a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        const later = new Map(stepsUntil(of, late).map((step) => [step.name, step.at.getTime()]));
        for (const { name, at } of stepsUntil(of, early)) {
          if (!name.startsWith('overdue-')) expect(later.get(name)).toBe(at.getTime());
        }
      }),
    );
  });
});

describe('quiet hours', () => {
  const quiet = { from: '23:00', to: '07:00', zone: 'UTC' };
  const night = (hour: number): Date => new Date(Date.UTC(2026, 1, 9, hour));
  it('hold back until their end', () => {
    expect(tellingAt(night(2), { quiet, due: night(30), rules })).toEqual(night(7));
    expect(tellingAt(night(12), { quiet, due: night(30), rules })).toEqual(night(12));
  });
  it('but not longer than time is left', () => {
    expect(tellingAt(night(2), { quiet, due: night(12), rules })).toEqual(night(6));
    expect(tellingAt(night(2), { quiet, due: night(7), rules })).toEqual(night(2));
  });

  it('for all hours: never earlier, never in the quiet while enough time is left, never later than their end', () => {
    const hours = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:00`);
    fc.assert(
      fc.property(hours, hours, moment, moment, (from, to, at, by) => {
        const of = { quiet: { from, to, zone: 'Europe/Berlin' }, due: by, rules };
        const told = tellingAt(at, of);
        const leftMs = by.getTime() - told.getTime();
        expect(told.getTime()).toBeGreaterThanOrEqual(at.getTime());
        expect(told.getTime()).toBeLessThanOrEqual((quietEnd(of.quiet, at) ?? at).getTime());
        if (leftMs > rules.quietUntilMs) expect(quietEnd(of.quiet, told)).toBeUndefined();
      }),
    );
  });
});
