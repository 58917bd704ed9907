import { FINDING_STATES, type FindingState, type Limit, type ServiceHealth, type Unit } from './finding.ts';
import type { ServiceName } from './patrol.ts';

/** Looks are summed up over this time: what happened within it is kept as its extremes. */
export const BUCKET_MS = 5 * 60_000;
const DEFAULT_KEEP_MS = 7 * 86_400_000;

/** How long the figures of a fleet are kept. */
export const keepMsOf = ({ patrol }: { readonly patrol: { readonly keepMs?: number | undefined } }): number =>
  patrol.keepMs ?? DEFAULT_KEEP_MS;

/** The figures of a check within one bucket of time. */
export interface Span {
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** What the looks within one bucket of time saw of a check. */
export interface Bucket {
  /** Its beginning, ms since 1970; it ends BUCKET_MS later. */
  readonly from: number;
  /** The worst of them. */
  readonly state: FindingState;
  /** Absent where none of them measured. */
  readonly span?: Span | undefined;
}

/** How a check went, oldest first. Where there is no bucket nobody looked: that is a gap, not a zero. */
export interface Course {
  readonly check: string;
  readonly unit?: Unit | undefined;
  /** Of the last looks that measured. */
  readonly limits?: readonly Limit[] | undefined;
  readonly buckets: readonly Bucket[];
}

/** The figures of the last days, by service. */
export interface Histories {
  /** Takes down what was seen, of many services in one call; `keepMs` is how long it will be read. */
  add(healths: readonly ServiceHealth[], keepMs: number): Promise<void>;
  /** The courses of each service since then, in the order of the names; none where nothing is kept. Of one check, or of all. */
  read(names: readonly ServiceName[], since: Date, check?: string): Promise<readonly (readonly Course[])[]>;
}

/** The beginning of the bucket that a time, ms since 1970, is in. */
export const bucketOf = (ms: number): number => Math.floor(ms / BUCKET_MS) * BUCKET_MS;

const worse = (a: FindingState, b: FindingState): FindingState =>
  FINDING_STATES.indexOf(a) < FINDING_STATES.indexOf(b) ? b : a;

const widened = (a: Span | undefined, b: Span | undefined): Span | undefined =>
  a && b ? { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), last: b.last } : (b ?? a);

const together = (a: Bucket, b: Bucket): Bucket => ({
  from: a.from,
  state: worse(a.state, b.state),
  span: widened(a.span, b.span),
});

/** Buckets in the order in which they were seen, those of the same time as one; oldest first. */
export function merged(buckets: readonly Bucket[]): readonly Bucket[] {
  const byTime = new Map<number, Bucket>();
  let isSorted = true;
  let latest = -Infinity;
  for (const bucket of buckets) {
    const before = byTime.get(bucket.from);
    byTime.set(bucket.from, before ? together(before, bucket) : bucket);
    isSorted &&= bucket.from >= latest;
    latest = bucket.from;
  }
  const list = [...byTime.values()];
  return isSorted ? list : list.toSorted((a, b) => a.from - b.from);
}

/** A stretch of time, ms since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The buckets of a period put together to at most so many of equal length; undefined where nobody looked. */
export function columnsOf(
  buckets: readonly Bucket[],
  { from, to }: Period,
  most: number,
): readonly (Bucket | undefined)[] {
  const count = Math.max(1, Math.min(most, Math.floor((to - from) / BUCKET_MS)));
  const columns = Array.from<Bucket | undefined>({ length: count });
  for (const bucket of buckets) {
    const index = Math.floor(((bucket.from + BUCKET_MS / 2 - from) / (to - from)) * count);
    if (index < 0 || index >= count) continue;
    const before = columns[index];
    columns[index] = before ? together(before, bucket) : bucket;
  }
  return columns;
}

/** The extremes and the last figure of a course; undefined where nothing was measured. */
export const spanOf = (buckets: readonly Bucket[]): Span | undefined =>
  buckets.reduce<Span | undefined>((span, bucket) => widened(span, bucket.span), undefined);
