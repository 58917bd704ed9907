import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { instantOf, isZone, wallOf } from '#src/domain/wall-clock.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
];
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2040, 0) });
const iso = (ms: number): string => new Date(ms).toISOString();
const wall = (text: string): number => Date.parse(`${text}Z`);

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Europe/Nowhere', false],
  ['', false],
])('%s is a zone: %s', (name, is) => {
  expect(isZone(name)).toBe(is);
});

describe('the clocks of Berlin', () => {
  const shown = (text: string): string => iso(instantOf(wall(text), 'Europe/Berlin'));

  test('in winter and in summer', () => {
    expect(shown('2026-01-05T08:00:00')).toBe('2026-01-05T07:00:00.000Z');
    expect(shown('2026-07-05T08:00:00')).toBe('2026-07-05T06:00:00.000Z');
  });

  test('an hour that is skipped is an hour later', () => {
    expect(shown('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
    expect(iso(wallOf(Date.parse('2026-03-29T01:30:00Z'), 'Europe/Berlin'))).toBe('2026-03-29T03:30:00.000Z');
  });

  test('an hour that comes twice is the first of the two', () => {
    expect(shown('2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
  });
});

test('whatever clocks show, they show it at the instant that is found for it', () => {
  fc.assert(
    fc.property(instant, zone, (at, name) => {
      const shown = wallOf(at, name);
      const found = instantOf(shown, name);
      expect(wallOf(found, name)).toBe(shown);
      expect(found).toBeLessThanOrEqual(at);
      expect(at - found).toBeLessThanOrEqual(3_600_000);
    }),
  );
});

test('what clocks skip is found after the gap, never before it', () => {
  fc.assert(
    fc.property(instant, zone, (at, name) => {
      const asked = wallOf(at, 'UTC');
      expect(wallOf(instantOf(asked, name), name)).toBeGreaterThanOrEqual(asked);
    }),
  );
});
