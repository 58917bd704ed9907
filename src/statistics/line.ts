import type { ServiceHealth } from '#src/domain/finding.ts';
import { type Block, text } from '#src/domain/message.ts';
import type { SeatStatistic, Statistics, StatisticsReading } from '#src/domain/statistics.ts';
import { inMinutes } from '#src/domain/time.ts';
import { durationInWords } from '#src/health/in-words.ts';

/** By so much a site may be behind the node before its word is taken for wrong. */
const BEHIND_MS = 2.5 * 3_600_000;
/** What a node and a site see of the same transaction may lie apart by a block or two. */
const APART_MS = 10 * 60_000;

/** What the seat's own nodes know of their notarisations, by coin. */
export type Own = ReadonlyMap<string, { readonly at: Date; readonly askedAt: Date }>;

/** The latest of each coin, from the check of that name. */
export function ownOf(healths: readonly (ServiceHealth | undefined)[]): Own {
  const own = new Map<string, { readonly at: Date; readonly askedAt: Date }>();
  for (const health of healths) {
    const finding = health?.results.find(({ check }) => check === 'last-notarisation')?.finding;
    if (!health?.coin || !finding || !('facts' in finding)) continue;
    const at = new Date(String(finding.facts['at']));
    const askedAt = new Date(String(finding.facts['askedAt'] ?? health.at));
    const known = own.get(health.coin);
    if (!Number.isNaN(at.getTime()) && (!known || known.at < at)) own.set(health.coin, { at, askedAt });
  }
  return own;
}

/** A site's word on a seat in a line: `stats.kmd.io, 12 min ago: last notarisation 14 min ago (KMD)`. */
export function statisticsLine(reading: StatisticsReading, own: Own, now: Date): string {
  const { site, readAt, failingSince, isOld, said } = reading;
  const failing = failingSince ? `it cannot be read since ${inMinutes(failingSince.toISOString())}` : '';
  if (!readAt) return `${site}: unknown, ${failing || 'it was not read yet'}`;
  const head = `${site}, ${agoWords(readAt, now)}`;
  if (isOld) return `${head}: unknown, that is too long ago${failing && `; ${failing}`}`;
  if (!said) return `${head}: unknown, it does not tell of this seat`;
  const wrong = contradiction(said.lastNotarisation, own, now);
  if (wrong) return `${head}: not believed, ${wrong}`;
  const { lastNotarisation: last, score, rank } = said;
  const words = [
    last
      ? `last notarisation ${agoWords(new Date(last.at), now)} (${last.coin})`
      : 'last notarisation unknown',
    ...(score === undefined ? [] : [`score ${Number(score.toFixed(2))}`]),
    ...(rank === undefined ? [] : [`rank ${rank} of its region`]),
  ];
  return `${head}: ${words.join(', ')}`;
}

function agoWords(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  return ms < 1_000 ? 'just now' : `${durationInWords(ms)} ago`;
}

/** A node knows better what it did itself. */
function contradiction(last: SeatStatistic['lastNotarisation'], own: Own, now: Date): string | undefined {
  if (!last) return undefined;
  const at = new Date(last.at);
  const words = `it says the last notarisation was ${agoWords(at, now)} (${last.coin})`;
  const newer = [...own].find(([, made]) => made.at.getTime() - at.getTime() > BEHIND_MS);
  if (newer) return `${words}, the seat's own node made one ${agoWords(newer[1].at, now)} (${newer[0]})`;
  const same = own.get(last.coin);
  if (same && at.getTime() - same.at.getTime() > APART_MS && same.askedAt.getTime() - at.getTime() > APART_MS)
    return `${words}, the seat's own node knows of none since ${agoWords(same.at, now)}`;
  return undefined;
}

/** What public sites say of a seat, beside what its own nodes know. */
export async function statisticsBlocks(
  statistics: Statistics,
  seat: string,
  { healths, now }: { readonly healths: readonly (ServiceHealth | undefined)[]; readonly now: Date },
): Promise<readonly Block[]> {
  const readings = await statistics.of(seat);
  const own = ownOf(healths);
  return readings.length === 0
    ? []
    : [text(readings.map((reading) => statisticsLine(reading, own, now)).join('\n'))];
}
