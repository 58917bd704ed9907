import { durationInWords } from '#src/health/in-words.ts';

/** When workers poll, ms since 1970, and how they should. */
export interface Spacing {
  readonly pollSeconds: number;
  /** So far apart, where the interval has room for it. */
  readonly apartSeconds: number;
  /** Of all workers. */
  readonly count: number;
}

/** More than this they cannot be apart, all of them, and leave each other room to choose; whole, so that sums are exact. */
const leastMs = ({ pollSeconds, apartSeconds, count }: Spacing): number =>
  Math.floor(Math.min(apartSeconds, pollSeconds / count / 2) * 1_000);

/** How far two times are apart within the interval. */
function apartMs(a: number, b: number, pollSeconds: number): number {
  const interval = pollSeconds * 1_000;
  const between = (((a - b) % interval) + interval) % interval;
  return Math.min(between, interval - between);
}

/** How long to wait with a start, ms, so that its polls do not coincide with those of workers that started before. */
export function waitMs(now: number, started: readonly number[], spacing: Spacing): number {
  const { pollSeconds } = spacing;
  const least = leastMs(spacing);
  if (pollSeconds <= 0 || least <= 0) return 0;
  const isFree = (at: number): boolean => started.every((one) => apartMs(at, one, pollSeconds) >= least);
  if (isFree(now)) return 0;
  // The first free time is where one of those that started before leaves room.
  const interval = pollSeconds * 1_000;
  const waits = started
    .map((one) => (((one + least - now) % interval) + interval) % interval)
    .filter((wait) => isFree(now + wait));
  return waits.length > 0 ? Math.min(...waits) : 0;
}

export interface PollsOf {
  readonly id: string;
  readonly at: number;
}

/** The two whose polls coincide most, in words; undefined when none do. */
export function coincide(polls: readonly PollsOf[], spacing: Spacing): string | undefined {
  const least = leastMs(spacing);
  if (spacing.pollSeconds <= 0) return undefined;
  const [closest] = polls
    .flatMap((one, index) =>
      polls.slice(index + 1).map((other) => ({
        ids: [one.id, other.id],
        ms: apartMs(one.at, other.at, spacing.pollSeconds),
      })),
    )
    .toSorted((a, b) => a.ms - b.ms);
  if (!closest || closest.ms >= least) return undefined;
  return `${closest.ids.join(' and ')} poll the network map within ${durationInWords(closest.ms)} of each other: they end at once`;
}
