import { expect, test } from 'vitest';

import { markHeights } from '#src/domain/voice.ts';

test('a young chain is compared at every block of its newest eight, and at its first', () => {
  expect(markHeights(0)).toEqual([0]);
  expect(markHeights(5)).toEqual([5, 4, 3, 2, 1, 0]);
  expect(markHeights(20)).toEqual([20, 19, 18, 17, 16, 15, 14, 13, 8, 0]);
});

test('an old chain is compared at few heights, the first block among them', () => {
  const heights = markHeights(4_771_595);
  expect(heights.length).toBeLessThan(65);
  expect(heights.slice(0, 9)).toEqual([
    ...Array.from({ length: 8 }, (_, down) => 4_771_595 - down),
    4_771_584,
  ]);
  expect(heights.at(-1)).toBe(0);
});

test.each([0, 1, 6, 7, 8, 30, 63, 64, 500, 4_000])(
  'two that are %i blocks apart have recent marks in common',
  (apart) => {
    for (let newest = 100_000; newest < 100_600; newest += 7) {
      const others = new Set(markHeights(newest + apart));
      const common = markHeights(newest).find((height) => others.has(height)) ?? -1;
      expect(newest - common).toBeLessThanOrEqual(8 * Math.max(apart, 1));
    }
  },
);
