import fc from 'fast-check';
import { expect, test } from 'vitest';

import { FINDING_STATES, UNITS } from '#src/domain/finding.ts';
import { BUCKET_MS, type Bucket, type Course } from '#src/domain/history.ts';
import {
  chunkCourses,
  chunkOf,
  type Columns,
  coursesOf,
  rowOf,
  rowsOf,
  textOf,
} from '#src/store/history-form.ts';
import { lifeOf } from '#test/health/days.ts';
import { health, result } from '#test/health/seen.ts';

const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const span = fc
  .tuple(value, value, value)
  .map((values) => values.toSorted((a, b) => a - b))
  .chain(([min = 0, last = 0, max = 0]) =>
    fc.constantFrom(last, min, max).map((shown) => ({ min, max, last: shown })),
  );
const bucket = fc.record({
  state: fc.constantFrom(...FINDING_STATES),
  span: fc.option(span, { nil: undefined }),
});
const course = fc
  .tuple(
    fc.constantFrom(...UNITS, undefined),
    fc.array(fc.option(bucket, { nil: undefined }), { minLength: 1, maxLength: 40 }),
  )
  .map(([unit, buckets]): Omit<Course, 'check'> => ({
    unit,
    buckets: buckets.flatMap((seen, index): readonly Bucket[] =>
      seen ? [{ from: (5_888_000 + index) * BUCKET_MS, ...seen }] : [],
    ),
  }))
  .filter(({ buckets }) => buckets.length > 0);
const courses = fc
  .array(course, { maxLength: 6 })
  .map((list) => list.map((one, index): Course => ({ check: `check ${index}`, ...one })));

test('a chunk says what it was made from, gaps and all', () => {
  fc.assert(
    fc.property(courses, (made) => {
      expect(chunkCourses(chunkOf(made))).toEqual(made);
    }),
  );
});

test('rows with other checks than the first are understood among those with the same', () => {
  const at = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:30.000Z', '2026-01-01T00:01:00.000Z'];
  const limits = [{ at: 4, severity: 'warning', bad: 'below' }] as const;
  const figure = { value: 7, unit: 'count', limits } as const;
  const known: Columns = new Map();
  const [first, second, third] = [
    rowOf(health([result('peers', 'up', { figure })], { at: at[0]! }), known),
    rowOf(health([result('look', 'unknown')], { at: at[1]! }), known),
    rowOf(health([result('peers', 'unknown')], { at: at[2]! }), known),
  ];
  // What was not measured has the unit that it would have been measured in: the columns stay the same.
  expect(third.columns).toBe(first.columns);
  const texts = [textOf(first), textOf(second), textOf({ ...third, columns: '' })];
  expect(coursesOf(rowsOf(texts))).toEqual([
    {
      check: 'peers',
      unit: 'count',
      limits,
      buckets: [{ from: Date.parse(at[0]!), state: 'unknown', span: { min: 7, max: 7, last: 7 } }],
    },
    {
      check: 'look',
      unit: undefined,
      limits: undefined,
      buckets: [{ from: Date.parse(at[0]!), state: 'unknown', span: undefined }],
    },
  ]);
});

test('two hours of fourteen checks fit into a kilobyte', () => {
  const begins = new Date('2026-01-01T00:00:00.000Z');
  const life = lifeOf({ node: 'n', service: 'KMD', seed: 3, begins });
  const known: Columns = new Map();
  const rows = Array.from({ length: 240 }, (_, index) =>
    rowOf(life(new Date(begins.getTime() + index * 30_000)), known),
  );
  const chunk = chunkOf(coursesOf(rows));
  expect(chunkCourses(chunk)).toHaveLength(14);
  expect(chunk.length).toBeLessThan(1_024);
});
