import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dueOf, expectedAt, isPlaceholder, type Tip } from '#src/broadcast/estimate.ts';

const now = new Date('2026-01-01T00:00:00Z');
const MINUTE_MS = 60_000;
const blockMs = MINUTE_MS;
const tip = (height: number, at = now): Tip => ({ height, at });
const rules = { dueMs: 24 * 60 * MINUTE_MS };
const sentAt = '2025-12-31T22:00:00.000Z';
const known = { now, rules, blockMs, tips: [tip(4_000_000)] };
const mandatory = { severity: 'mandatory', sentAt } as const;

describe('the earlier of a time and a height', () => {
  const height = 4_000_000 + 600;
  const heightAt = '2026-01-01T10:00:00.000Z';
  it.each([
    ['the time', '2026-01-01T09:00:00Z', '2026-01-01T09:00:00.000Z', 'time'],
    ['the height', '2026-01-01T11:00:00Z', heightAt, 'height'],
    ['the time, when both are the same', heightAt, heightAt, 'time'],
  ])('%s', (_, time, at, by) => {
    const due = dueOf({ ...mandatory, deadline: { time, height, coin: 'KMD' } }, known);
    expect({ at: due.at?.toISOString(), by: due.by }).toEqual({ at, by });
    expect(due.words).toContain('or KMD height 4000600 (about 2026-01-01 10:00 UTC, an estimate)');
  });

  it('is the time when nobody tells the height', () => {
    const due = dueOf(
      { ...mandatory, deadline: { time: '2026-01-01T11:00:00Z', height } },
      { ...known, tips: [] },
    );
    expect(due).toMatchObject({ at: new Date('2026-01-01T11:00:00Z'), by: 'time' });
    expect(due.words).toContain('nobody can tell');
  });

  it('is not guessed from a height of which nobody tells', () => {
    const due = dueOf({ ...mandatory, deadline: { height } }, { ...known, tips: [] });
    expect(due).toMatchObject({ by: 'none' });
    expect(due.at).toBeUndefined();
  });

  it('says when the height has passed', () => {
    const due = dueOf({ ...mandatory, deadline: { height: 3_999_940, coin: 'KMD' } }, known);
    expect(due.at?.toISOString()).toBe('2025-12-31T23:00:00.000Z');
    expect(due.words).toContain('passed about 2025-12-31 23:00 UTC');
  });
});

describe('without any deadline', () => {
  it('what is mandatory is due a day after it was sent, by the rule', () => {
    expect(dueOf(mandatory, known)).toEqual({
      at: new Date('2026-01-01T22:00:00Z'),
      by: 'rule',
      words: '2026-01-01 22:00 UTC, 24 h after it was sent, as nothing else is set',
    });
  });

  it('a draft has no time yet', () => {
    const due = dueOf({ severity: 'mandatory' }, known);
    expect(due.at).toBeUndefined();
    expect(due.by).toBe('rule');
  });

  it('what is not mandatory has none', () => {
    expect(dueOf({ severity: 'recommended', sentAt }, known)).toEqual({ by: 'none', words: 'none' });
  });

  it('a placeholder is none, and is said to be one', () => {
    const due = dueOf({ ...mandatory, deadline: { height: 777_333_777_333, coin: 'KMD' } }, known);
    expect(due).toMatchObject({ by: 'rule', at: new Date('2026-01-01T22:00:00Z') });
    expect(due.words).toContain('KMD height 777333777333 is a placeholder: not set yet');
  });
});

describe('a placeholder', () => {
  const years = (count: number): number => Math.round((count * 365.25 * 86_400_000) / blockMs);
  it.each([
    ['the usual one', 777_333_777_333, known, true],
    ['51 years away', 4_000_000 + years(51), known, true],
    ['49 years away', 4_000_000 + years(49), known, false],
    ['what nobody knows the height of', 4_771_595, { tips: [], blockMs }, false],
    ['what no chain can have reached', years(71), { tips: [], blockMs }, true],
    ['a great number, when nothing is known', 9_999_999_999, { tips: [] }, true],
    ['a usual number, when nothing is known', 4_771_595, { tips: [] }, false],
  ])('%s', (_, height, pace, expected) => expect(isPlaceholder(height, pace, now)).toBe(expected));
});

const heights = fc.integer({ min: 1, max: 10_000_000 });
const tips = fc.array(
  fc.record({
    height: heights,
    at: fc.date({ min: new Date('2025-12-01'), max: now, noInvalidDate: true }),
  }),
  { minLength: 1, maxLength: 20 },
);

describe('for all tips and heights', () => {
  it('a later height comes later, by the time of the blocks between them', () => {
    fc.assert(
      fc.property(tips, heights, heights, (seen, a, b) => {
        const [first, second] = [a, b].map(
          (height) => expectedAt(height, { tips: seen, blockMs })?.getTime() ?? 0,
        );
        expect((second ?? 0) - (first ?? 0)).toBe((b - a) * blockMs);
      }),
    );
  });

  it('the order in which nodes tell does not matter', () => {
    fc.assert(
      fc.property(tips, heights, (seen, height) => {
        expect(expectedAt(height, { tips: seen.toReversed(), blockMs })).toEqual(
          expectedAt(height, { tips: seen, blockMs }),
        );
      }),
    );
  });

  it('a node that stands still, or still catches up, does not move it', () => {
    fc.assert(
      fc.property(tips, heights, heights, (behind, at, height) => {
        const old = behind.map((one) => ({ ...one, at: new Date(one.at.getTime() - 25 * blockMs) }));
        expect(expectedAt(height, { tips: [...old, tip(at)], blockMs })).toEqual(
          expectedAt(height, { tips: [tip(at)], blockMs }),
        );
      }),
    );
  });

  it('nodes that agree are believed, whatever fewer others say', () => {
    fc.assert(
      fc.property(tips, heights, heights, (liars, at, height) => {
        const honest = Array.from({ length: liars.length + 1 }, () => tip(at));
        const expected = now.getTime() + (height - at) * blockMs;
        expect(expectedAt(height, { tips: [...liars, ...honest], blockMs })?.getTime()).toBe(expected);
      }),
    );
  });

  it('the deadline is never later than any part of it', () => {
    fc.assert(
      fc.property(
        tips,
        heights,
        fc.date({ min: now, max: new Date('2030-01-01'), noInvalidDate: true }),
        (seen, height, time) => {
          const due = dueOf(
            { ...mandatory, deadline: { height, time: time.toISOString() } },
            { ...known, tips: seen },
          );
          expect(due.at?.getTime()).toBe(
            Math.min(time.getTime(), expectedAt(height, { tips: seen, blockMs })?.getTime() ?? Infinity),
          );
        },
      ),
    );
  });
});
