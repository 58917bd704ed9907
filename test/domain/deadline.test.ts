import { expect, test } from 'vitest';

import { deadlineWords, leftWords, spanWords } from '#src/domain/deadline.ts';

const time = '2026-12-01T12:00:00Z';
const dated = (over: object = {}) => ({ notice: { state: 'sent', deadline: { time } } as const, ...over });

test.each([
  [0, 'under 1 min'],
  [59_000, 'under 1 min'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [3_660_000, '1 h 1 min'],
  [86_400_000 + 60_000, '1 d'],
  [6 * 86_400_000 + 2 * 3_600_000 + 60_000, '6 d 2 h'],
])('%i ms are %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});

test.each([
  ['2026-11-30T10:00:00Z', '1 d 2 h left'],
  ['2026-12-01T12:00:00Z', 'under 1 min left'],
  ['2026-12-01T15:00:00Z', 'overdue by 3 h'],
])('at %s: %s', (now, words) => {
  expect(leftWords(dated(), new Date(now))).toBe(words);
});

test('what is estimated counts where it is known, and nothing is guessed where it is not', () => {
  const now = new Date('2026-12-01T10:00:00Z');
  const due = {
    at: new Date('2026-12-01T11:00:00Z'),
    by: 'height',
    words: 'KMD height 5 (about …)',
  } as const;
  expect(leftWords(dated({ due }), now)).toBe('1 h left');
  expect(deadlineWords(dated({ due }))).toBe('KMD height 5 (about …)');
  expect(leftWords(dated({ due: { by: 'none', words: 'none' } }), now)).toBeUndefined();
  expect(leftWords({ notice: { state: 'closed', deadline: { time } } }, now)).toBeUndefined();
});
