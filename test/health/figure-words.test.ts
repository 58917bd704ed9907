import { expect, test } from 'vitest';

import { figureWords } from '#src/health/figure-words.ts';

test.each([
  [0, 'seconds', '0 s'],
  [0.0124, 'seconds', '12 ms'],
  [0.0004, 'seconds', '0.4 ms'],
  [45, 'seconds', '45 s'],
  [250, 'seconds', '4.2 min'],
  [9_000, 'seconds', '2.5 h'],
  [259_200, 'seconds', '3 d'],
  [4_321_987, 'bytes', '4.3 MB'],
  [12, 'bytes', '12 B'],
  [0.0836, 'coins', '0.0836'],
  [1_234.5, 'coins', '1,235'],
  [0.413, 'ratio', '41 %'],
  [0.042, 'ratio', '4.2 %'],
  [1_001, 'count', '1,001'],
  [3, 'blocks', '3'],
  [-2, 'blocks', '-2'],
] as const)('%d %s is %s', (value, unit, words) => {
  expect(figureWords(value, unit)).toBe(words);
});
