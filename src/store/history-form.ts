import { deflateRawSync, inflateRawSync } from 'node:zlib';

import type { Figure, FindingState, Limit, ServiceHealth, Unit } from '#src/domain/finding.ts';
import { type Bucket, BUCKET_MS, bucketOf, type Course, merged, type Span } from '#src/domain/history.ts';

/** How a history is written down: looks as rows of text, whole hours of them as chunks, compressed. */

/** A check, and what its figure is like where it has one. */
type Column = readonly [check: string, unit?: Unit, limits?: readonly Limit[]];
/** What the checks of a service were like when they last measured. */
export type Columns = Map<string, Column>;

/** A look: when it was, and what it saw of each column. */
export interface Row {
  /** Seconds since 1970. */
  readonly at: number;
  /** Of the row, or of the first row of its list where the two are the same. */
  readonly columns: string;
  readonly cells: string;
}

const LETTER = { up: 'U', unknown: 'N', degraded: 'G', down: 'D' } as const satisfies Record<
  FindingState,
  string
>;
const STATE: Readonly<Record<string, FindingState>> = { U: 'up', N: 'unknown', G: 'degraded', D: 'down' };

/** More digits than a chart can show; numbers of things are exact up to ten million. */
const DIGITS: Readonly<Record<Unit, number>> = {
  blocks: 7,
  bytes: 4,
  coins: 4,
  count: 7,
  ratio: 4,
  seconds: 3,
};
const rounded = ({ value, unit }: Figure): string => String(Number(value.toPrecision(DIGITS[unit])));

/** The row of a look. What could not be measured keeps the column that it has in `known`, which takes up what was. */
export function rowOf({ at, results }: ServiceHealth, known: Columns): Row {
  const columns = results.map(({ check, figure }): Column => {
    if (figure) {
      const { unit, limits } = figure;
      known.set(check, limits ? [check, unit, limits] : [check, unit]);
    }
    return known.get(check) ?? [check];
  });
  const cells = results.map(({ finding, figure }) => {
    const measured = figure !== undefined && Number.isFinite(figure.value);
    return `${LETTER[finding.state]}${measured ? rounded(figure) : ''}`;
  });
  return {
    at: Math.floor(Date.parse(at) / 1_000),
    columns: JSON.stringify(columns),
    cells: cells.join(';'),
  };
}

export const textOf = ({ at, columns, cells }: Row): string => `${at}\n${columns}\n${cells}`;

/** Rows as they stand in their list. */
export function rowsOf(texts: readonly string[]): readonly Row[] {
  let first = '';
  return texts.map((text, index) => {
    const [at = '', own = '', cells = ''] = text.split('\n');
    if (index === 0) first = own;
    return { at: Number(at), columns: own || first, cells };
  });
}

export const bucketOfRow = ({ at }: Row): number => bucketOf(at * 1_000);

/** What the rows say of each check. */
export function coursesOf(rows: readonly Row[]): readonly Course[] {
  const seen = new Map<string, { column: Column; readonly buckets: Bucket[] }>();
  for (const row of rows) {
    const from = bucketOfRow(row);
    const cells = row.cells.split(';');
    for (const [index, column] of (JSON.parse(row.columns) as readonly Column[]).entries()) {
      const [letter = '', figure = ''] = [cells[index]?.slice(0, 1), cells[index]?.slice(1)];
      const course = seen.get(column[0]) ?? { column, buckets: [] };
      if (column.length > 1) course.column = column;
      const value = Number(figure);
      const span = figure === '' ? undefined : { min: value, max: value, last: value };
      course.buckets.push({ from, state: STATE[letter] ?? 'unknown', span });
      seen.set(column[0], course);
    }
  }
  return Array.from(seen.values(), ({ column: [check, unit, limits], buckets }) => ({
    check,
    unit,
    limits,
    buckets: merged(buckets),
  }));
}

/** Of each check: a letter per bucket from the first on, blank where nobody looked, and the spans of those that have one. */
type Folded = readonly [check: string, unit: Unit | '', states: string, spans: string];
type Chunk = readonly [first: number, ...columns: Folded[]];

const spanText = ({ min, max, last }: Span): string =>
  min === max ? `${last}` : `${min},${max}${last === max ? '' : `,${last}`}`;

function spanOf(text: string): Span {
  const [first = '', second, third] = text.split(',');
  const min = Number(first);
  const max = second === undefined ? min : Number(second);
  return { min, max, last: third === undefined ? max : Number(third) };
}

/** Compressed; courses of nothing are nothing. */
export function chunkOf(courses: readonly Course[]): Buffer {
  const times = courses.flatMap(({ buckets }) => buckets.map(({ from }) => from));
  const [first, end] = [Math.min(...times), Math.max(...times)];
  const columns = courses.map(({ check, unit, buckets }): Folded => {
    const at = new Map(buckets.map((bucket) => [bucket.from, bucket]));
    let states = '';
    for (let from = first; from <= end; from += BUCKET_MS) {
      const bucket = at.get(from);
      const letter = bucket ? LETTER[bucket.state] : ' ';
      states += bucket?.span ? letter : letter.toLowerCase();
    }
    const spans = buckets.flatMap(({ span }) => (span ? [spanText(span)] : []));
    return [check, unit ?? '', states.trimEnd(), spans.join(';')];
  });
  return deflateRawSync(JSON.stringify([first / BUCKET_MS, ...columns] satisfies Chunk), { level: 9 });
}

/** Of one check, or of all. */
export function chunkCourses(chunk: Buffer, only?: string): readonly Course[] {
  const [first, ...columns] = JSON.parse(inflateRawSync(chunk).toString()) as Chunk;
  const wanted = only === undefined ? columns : columns.filter(([check]) => check === only);
  return wanted.map(([check, unit, states, spans]) => {
    const left = spans.split(';').values();
    const buckets: Bucket[] = [];
    for (let index = 0; index < states.length; index++) {
      const letter = states.charAt(index);
      if (letter === ' ') continue;
      const upper = letter.toUpperCase();
      const span = letter === upper ? spanOf(left.next().value ?? '') : undefined;
      buckets.push({ from: (first + index) * BUCKET_MS, state: STATE[upper] ?? 'unknown', span });
    }
    return { check, unit: unit === '' ? undefined : unit, buckets };
  });
}
