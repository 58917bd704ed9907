import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { quietEnd } from '#src/broadcast/quiet.ts';
import { wallOf } from '#src/domain/wall-clock.ts';

const NIGHT = { from: '23:00', to: '07:00', zone: 'Europe/Berlin' };
const endOf = (iso: string, quiet = NIGHT): string | undefined =>
  quietEnd(quiet, new Date(iso))?.toISOString().slice(0, 16);

describe('quiet hours', () => {
  it.each([
    ['in winter, before midnight', '2026-01-10T22:30Z', '2026-01-11T06:00'],
    ['in winter, after midnight', '2026-01-10T23:30Z', '2026-01-11T06:00'],
    ['in summer', '2026-07-10T21:30Z', '2026-07-11T05:00'],
    ['from the first minute', '2026-01-10T22:00Z', '2026-01-11T06:00'],
    ['until the last, not beyond', '2026-01-11T06:00Z', undefined],
    ['not by day', '2026-01-11T12:00Z', undefined],
    ['the night the clocks go forward', '2026-03-28T22:30Z', '2026-03-29T05:00'],
    ['the night the clocks go back', '2026-10-24T22:30Z', '2026-10-25T06:00'],
  ])('%s', (_, at, end) => expect(endOf(at)).toBe(end));

  it('may lie within a day', () => {
    const noon = { from: '12:00', to: '14:00', zone: 'UTC' };
    expect(endOf('2026-01-10T13:00Z', noon)).toBe('2026-01-10T14:00');
    expect(endOf('2026-01-10T14:00Z', noon)).toBeUndefined();
  });

  it('that begin when they end are none', () => {
    expect(endOf('2026-01-10T07:00Z', { from: '07:00', to: '07:00', zone: 'UTC' })).toBeUndefined();
  });
});

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const quiet = fc.record({
  from: clock,
  to: clock,
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
});
const moment = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

describe('for all hours, zones and moments', () => {
  it('the end is later, within a day and the hour that a clock moves, and outside of the quiet', () => {
    fc.assert(
      fc.property(quiet, moment, (hours, at) => {
        const end = quietEnd(hours, at);
        if (!end) return;
        expect(end.getTime()).toBeGreaterThan(at.getTime());
        expect(end.getTime() - at.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
        expect(quietEnd(hours, end)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('it is quiet exactly while the clock on the wall says so, but in the hour that comes twice', () => {
    fc.assert(
      fc.property(quiet, moment, (hours, at) => {
        const minute = Math.floor((wallOf(at.getTime(), hours.zone) % 86_400_000) / 60_000);
        const [from, to] = [hours.from, hours.to].map((words) => {
          const [h = 0, m = 0] = words.split(':').map(Number);
          return h * 60 + m;
        }) as [number, number];
        const isNight = from > to ? minute >= from || minute < to : minute >= from && minute < to;
        if (!isNight) expect(quietEnd(hours, at)).toBeUndefined();
        const movesBack =
          wallOf(at.getTime() - 7_200_000, hours.zone) + 7_200_000 > wallOf(at.getTime(), hours.zone);
        if (isNight && !movesBack) expect(quietEnd(hours, at)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});
