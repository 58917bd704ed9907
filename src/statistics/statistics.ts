import type { Fleets } from '#src/domain/fleet.ts';
import { sourceName, type StatisticsSource } from '#src/domain/source.ts';
import type { Statistics, StatisticsReading } from '#src/domain/statistics.ts';

import type { StatisticsMemory } from './record.ts';

interface Kept {
  readonly trouble?: { readonly sinceMs: number } | undefined;
  readonly statistics?: StatisticsMemory | undefined;
}

interface StatisticsNeeds {
  readonly fleets: Fleets;
  readonly records: { getMany(names: readonly string[]): Promise<readonly (Kept | undefined)[]> };
  readonly now: () => Date;
}

/** After so many of its intervals what was read says nothing of now. */
const INTERVALS = 3;

/** Reads what the poller has kept. */
export const createStatistics = ({ fleets, records, now }: StatisticsNeeds): Statistics => ({
  async of(seat) {
    const sources = fleets
      .current()
      .sources.filter((source): source is StatisticsSource => source.kind === 'statistics');
    if (sources.length === 0) return [];
    const kept = await records.getMany(sources.map(sourceName));
    return sources.map(({ url, everyMs }, at): StatisticsReading => {
      const { statistics, trouble } = kept[at] ?? {};
      const readAt = statistics && new Date(statistics.readAt);
      return {
        site: new URL(url).host,
        readAt,
        failingSince: trouble && new Date(trouble.sinceMs),
        isOld: readAt !== undefined && now().getTime() - readAt.getTime() > INTERVALS * everyMs,
        said: statistics && Object.hasOwn(statistics.seats, seat) ? statistics.seats[seat] : undefined,
      };
    });
  },
});
