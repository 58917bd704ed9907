import { expect, test } from 'vitest';

import { type Bucket, BUCKET_MS, bucketOf, columnsOf, merged, spanOf } from '#src/domain/history.ts';

const bucket = (index: number, value: number, state: Bucket['state'] = 'up'): Bucket => ({
  from: index * BUCKET_MS,
  state,
  span: { min: value, max: value, last: value },
});

test('a time is in the bucket that began before it', () => {
  expect([0, 1, BUCKET_MS - 1, BUCKET_MS].map(bucketOf)).toEqual([0, 0, 0, BUCKET_MS]);
});

test('buckets of the same time become one, in whatever order they come', () => {
  const late = bucket(0, 9, 'degraded');
  expect(merged([bucket(0, 4), bucket(1, 5), late])).toEqual([
    { from: 0, state: 'degraded', span: { min: 4, max: 9, last: 9 } },
    bucket(1, 5),
  ]);
  expect(merged([bucket(1, 5), bucket(0, 4)])).toEqual([bucket(0, 4), bucket(1, 5)]);
});

test('one that saw nothing leaves the figures of the other, and its state where that is worse', () => {
  const unseen: Bucket = { from: 0, state: 'unknown' };
  expect(merged([bucket(0, 4), unseen])).toEqual([{ ...bucket(0, 4), state: 'unknown' }]);
  expect(merged([unseen, bucket(0, 4, 'down')])).toEqual([bucket(0, 4, 'down')]);
});

test('columns are as many as asked for, never shorter than a bucket, and empty where nobody looked', () => {
  const buckets = [bucket(0, 1), bucket(1, 2), bucket(4, 3), bucket(99, 4)];
  const period = { from: 0, to: 6 * BUCKET_MS };
  expect(columnsOf(buckets, period, 3).map((column) => column?.span)).toEqual([
    { min: 1, max: 2, last: 2 },
    undefined,
    { min: 3, max: 3, last: 3 },
  ]);
  expect(columnsOf(buckets, period, 500)).toHaveLength(6);
});

test('a course has the extremes of all of it, and the figure that was measured last', () => {
  expect(spanOf([bucket(0, 5), bucket(1, 2), { from: 2, state: 'unknown' }])).toEqual({
    min: 2,
    max: 5,
    last: 2,
  });
  expect(spanOf([{ from: 2, state: 'unknown' }])).toBeUndefined();
});
