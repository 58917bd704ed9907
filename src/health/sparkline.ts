import type { Limit } from '#src/domain/finding.ts';
import { type Bucket, columnsOf, type Period } from '#src/domain/history.ts';

const HEIGHTS = '▁▂▃▄▅▆▇█';
/** Nobody looked, or it could not be seen: not a height. */
const GAP = '·';
const CELLS = 12;

/** A course as a line of text, as high as the worse end of each part of the period is: the way that is bad decides which. */
export function sparkline(buckets: readonly Bucket[], period: Period, limits: readonly Limit[] = []): string {
  const end = limits.length === 0 ? 'last' : limits[0]?.bad === 'below' ? 'min' : 'max';
  const values = columnsOf(buckets, period, CELLS).map((column) => column?.span?.[end]);
  const seen = values.filter((value) => value !== undefined);
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const heightOf = (value: number): number =>
    most === least ? 0 : Math.round(((value - least) / (most - least)) * (HEIGHTS.length - 1));
  return values.map((value) => (value === undefined ? GAP : HEIGHTS.charAt(heightOf(value)))).join('');
}
