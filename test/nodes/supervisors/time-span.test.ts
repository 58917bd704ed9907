import { expect, test } from 'vitest';

import { timeSpanMs } from '#src/nodes/supervisors/time-span.ts';

test.each([
  ['1min 30s', 90_000],
  ['15min', 900_000],
  ['2h 5min', 7_500_000],
  ['500ms', 500],
  ['1.5s', 1_500],
  ['0', 0],
  ['infinity', Infinity],
])('%s, as systemd prints it', (words, ms) => {
  expect(timeSpanMs(words)).toBe(ms);
});

test.each(['', 'soon', '90', '1min30s', '5 min', '-1s', '1min x'])('%j is none', (words) => {
  expect(timeSpanMs(words)).toBeUndefined();
});
