import type { SeatStatistic } from '#src/domain/statistics.ts';

/** What was read of a site last. */
export interface StatisticsMemory {
  readonly readAt: string;
  readonly seats: Readonly<Record<string, SeatStatistic>>;
  /** By address. */
  readonly etags: Readonly<Record<string, string>>;
}
