import { expect, test } from 'vitest';

import { limitsOf } from '#src/domain/finding.ts';
import { type Bucket, BUCKET_MS } from '#src/domain/history.ts';
import { sparkline } from '#src/health/sparkline.ts';

const bucket = (index: number, min: number, max = min): Bucket => ({
  from: index * BUCKET_MS,
  state: 'up',
  span: { min, max, last: min },
});
const period = { from: 0, to: 12 * BUCKET_MS };

test('as high as the figures are, from the least to the most', () => {
  const buckets = Array.from({ length: 12 }, (_, index) => bucket(index, Math.min(index, 7)));
  expect(sparkline(buckets, period)).toBe('▁▂▃▄▅▆▇█████');
});

test('a gap is not a height, whether nobody looked or it could not be seen', () => {
  const unseen: Bucket = { from: 3 * BUCKET_MS, state: 'unknown' };
  expect(sparkline([bucket(0, 0), unseen, bucket(11, 5)], period)).toBe('▁··········█');
});

test('the end of each part that is worse is shown', () => {
  const buckets = [bucket(0, 0), bucket(1, 0, 8), bucket(2, 8)];
  const three = { from: 0, to: 3 * BUCKET_MS };
  expect(sparkline(buckets, three, limitsOf({ warn: 9 }, 'above'))).toBe('▁██');
  expect(sparkline(buckets, three, limitsOf({ warn: 1 }, 'below'))).toBe('▁▁█');
});

test('what never moves is flat, and nothing is nothing', () => {
  expect(sparkline([bucket(0, 7), bucket(11, 7)], period)).toBe('▁··········▁');
  expect(sparkline([], period)).toBe('············');
});
