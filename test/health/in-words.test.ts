import { expect, test } from 'vitest';

import { coinsInWords, durationInWords, megabytesInWords } from '#src/health/in-words.ts';

test.each([
  [0, '0 ms'],
  [-5, '0 ms'],
  [49.6, '50 ms'],
  [999.7, '1 s'],
  [1_000, '1 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [90_061_000, '1 d 1 h'],
])('%d ms: %s', (ms, words) => expect(durationInWords(ms)).toBe(words));

test.each([
  [0, '0'],
  [10_000, '0.0001'],
  [1_540_000, '0.0154'],
  [1_234_567_890, '12.35'],
  [123_456_789_012_345, '1,234,568'],
])('%d satoshis: %s', (sats, words) => expect(coinsInWords(sats)).toBe(words));

test('megabytes', () => expect(megabytesInWords(1_449_999)).toBe('1.4 MB'));
