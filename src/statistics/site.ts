import type { StatisticsSource } from '#src/domain/source.ts';

import type { StatisticsMemory } from './record.ts';

/** A public site that tells of seats. */
export interface StatisticsSite {
  /** The `kind` in the fleet file. */
  readonly id: string;
  /**
   * All that it says now, in bounded time and bytes. Throws OutsideError; what is not as it has always been
   * is not taken at all.
   */
  read(
    source: StatisticsSource,
    before: StatisticsMemory | undefined,
    now: Date,
    signal: AbortSignal | undefined,
  ): Promise<StatisticsMemory>;
}
