import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import type { StatisticsSource } from '#src/domain/source.ts';
import type { SeatStatistic } from '#src/domain/statistics.ts';
import { ask, statusError } from '#src/sources/http.ts';

import type { StatisticsMemory } from '../record.ts';
import type { StatisticsSite } from '../site.ts';

/** A block's clock may run ahead of ours by this much; what claims more is made up. */
const AHEAD_MS = 2 * 3_600_000;
/** A season has 64 seats, each with some 40 coins; more is not read. */
const MOST_ROWS = 20_000;

const Seat = z.string().min(1).max(64);

/** One row per seat and coin. */
const LastNotarisations = z.object({
  results: z
    .array(
      z.object({
        notary: Seat,
        coin: z.string().min(1).max(32),
        kmd_ntx_blocktime: z.int().min(0).max(1e11),
      }),
    )
    .max(MOST_ROWS),
});

/** By region. */
const SeasonScores = z.object({
  results: z.record(
    z.string(),
    z
      .array(z.object({ notary: Seat, score: z.number().min(0).max(1e9), rank: z.int().min(1).max(1_000) }))
      .max(1_000),
  ),
});

/** https://github.com/smk762/kmd_ntx_stats_docker, which runs stats.kmd.io: last notarisations and scores of a season. */
export const kmdStats: StatisticsSite = {
  id: 'kmd-stats',
  async read(source, before, now, signal) {
    const notarised = await read(source, 'table/notary_last_ntx', LastNotarisations, before, signal);
    const scored = await read(source, 'ntx/season_stats', SeasonScores, before, signal);
    const etags = { ...notarised.etags, ...scored.etags };
    const last = notarised.found && lastOf(notarised.found.results, now);
    const scores = scored.found && scoresOf(scored.found.results);
    const names = new Set([
      ...Object.keys(before?.seats ?? {}),
      ...(last?.keys() ?? []),
      ...(scores?.keys() ?? []),
    ]);
    const seats = [...names].map((seat): readonly [string, SeatStatistic] => {
      const known = before?.seats[seat];
      // What has not changed since is said once more.
      return [
        seat,
        {
          lastNotarisation: last ? last.get(seat) : known?.lastNotarisation,
          ...(scores ? scores.get(seat) : { score: known?.score, rank: known?.rank }),
        },
      ];
    });
    return { readAt: now.toISOString(), seats: Object.fromEntries(seats), etags };
  },
};

/** The latest of each seat over its coins; times that have not come yet say nothing. */
function lastOf(
  rows: z.infer<typeof LastNotarisations>['results'],
  now: Date,
): ReadonlyMap<string, NonNullable<SeatStatistic['lastNotarisation']>> {
  const latest = new Map<string, { readonly coin: string; readonly at: string }>();
  for (const { notary, coin, kmd_ntx_blocktime: seconds } of rows) {
    const ms = seconds * 1_000;
    if (ms === 0 || ms > now.getTime() + AHEAD_MS) continue;
    const known = latest.get(notary);
    if (!known || Date.parse(known.at) < ms) latest.set(notary, { coin, at: new Date(ms).toISOString() });
  }
  return latest;
}

const scoresOf = (
  regions: z.infer<typeof SeasonScores>['results'],
): ReadonlyMap<string, Pick<SeatStatistic, 'score' | 'rank'>> =>
  new Map(
    Object.values(regions)
      .flat()
      .map(({ notary, score, rank }) => [notary, { score, rank }]),
  );

/** Nothing is found where it has not changed since. Throws OutsideError. */
async function read<T>(
  { url, season, site }: StatisticsSource,
  path: string,
  shape: z.ZodType<T>,
  before: StatisticsMemory | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly found?: T; readonly etags: Readonly<Record<string, string>> }> {
  const address = `${url.replace(/\/+$/, '')}/api/${path}/?season=${encodeURIComponent(season)}`;
  const etag = before?.etags[address];
  const headers = { accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag }) };
  const answer = await ask(site, address, { headers, maxRedirects: 3, signal });
  if (answer.status === 304 && etag !== undefined) return { etags: { [address]: etag } };
  if (answer.status !== 200) throw statusError(site, address, answer.status);
  const parsed = shape.safeParse(jsonOf(answer.text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue ? `${issue.path.join('.')}: ${issue.message}` : 'it is something else';
    throw new OutsideError(site, 'unreadable', `${address} is not what ${site} used to answer (${where}).`);
  }
  const fresh = answer.header('etag');
  return { found: parsed.data, etags: fresh === undefined ? {} : { [address]: fresh } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
