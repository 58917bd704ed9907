import type { Book, Due, Fired } from './book.ts';
import type { Sight } from './eyes.ts';
import { count, OPERATORS } from './stage.ts';

const PLATFORMS = ['discord', 'matrix'] as const;
type Platform = (typeof PLATFORMS)[number];

/** What was promised and is not so, in words; nothing in any list = all is well. */
export interface Verdict {
  readonly accepted: number;
  readonly delivered: Readonly<Record<Platform, number>>;
  /** Over before they could be told, on record so. */
  readonly folded: number;
  readonly lost: readonly string[];
  readonly doubled: Readonly<Record<Platform, readonly string[]>>;
  /** Ends, acknowledgements and counts that are not shown. */
  readonly stale: readonly string[];
}

/**
 * Compares what was accepted with what people see. `leftOut`: `alert:<id>:<episode> <place>` of those on record as over before
 * they could be told, which the digest counts.
 */
export function judge(
  book: Book,
  sights: readonly Sight[],
  leftOut: ReadonlySet<string> = new Set(),
): Verdict {
  let folds = 0;
  const lost: string[] = [];
  const stale: string[] = [];
  const doubled = { discord: [] as string[], matrix: [] as string[] };
  const delivered = { discord: 0, matrix: 0 };
  const byPlace = Map.groupBy(sights, ({ place }) => place);
  const due = book.alerts.flatMap((alert): Due[] =>
    alert.episodes
      .filter(({ acceptedAt }) => acceptedAt !== undefined)
      .map((episode) => ({ alert, episode })),
  );
  const index = new Map([...byPlace].map(([place, list]) => [place, indexOf(list)]));

  for (const alert of book.alerts) {
    const episodes = alert.episodes.filter(({ acceptedAt }) => acceptedAt !== undefined);
    if (episodes.length === 0) continue;
    const places = [`room:${alert.room}`, ...(alert.severity === 'critical' ? [`op:${alert.operator}`] : [])];
    for (const place of places) {
      const found = index.get(place);
      const own = episodes.map(({ token }) => found?.own.get(token) ?? []);
      const rows = found?.rows.get(alert.name) ?? [];
      for (const platform of PLATFORMS) {
        const here = own.map((list) => list.filter((one) => one.platform === platform));
        const rowsHere = rows.filter((row) => row.platform === platform).length;
        const seen = here.reduce((sum, list) => sum + list.length, rowsHere);
        delivered[platform] += seen;
        const twice = here.some((list) => list.length > 1) || seen > alert.episodes.length;
        if (twice)
          doubled[platform].push(`${alert.name} ${alert.id} ${place}: ${seen} of ${episodes.length}`);
      }
      const bundled = Math.max(
        ...PLATFORMS.map((one) => rows.filter(({ platform }) => platform === one).length),
      );
      const unseen = own.flatMap((list, at) => (list.length === 0 ? [episodes[at]] : []));
      const folded = unseen.filter(
        (one) =>
          one?.overAt !== undefined &&
          leftOut.has(`alert:${alert.id}:${one.number} ${place}`) &&
          (found?.hasDigest === true || place.startsWith('op:')),
      ).length;
      folds += folded;
      const missing = unseen.length - bundled - folded;
      if (missing > 0) lost.push(`${alert.name} ${alert.id} ${place}: ${missing} of ${episodes.length}`);
      stale.push(...staleOf(alert, place, own, rows));
    }
  }
  noticed(book, byPlace, { lost, stale, doubled });
  return { accepted: due.length, delivered, lost, doubled, stale, folded: folds };
}

interface Row {
  readonly platform: Platform;
  readonly line: string;
}

function indexOf(sights: readonly Sight[]): {
  readonly own: ReadonlyMap<string, readonly Sight[]>;
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly hasDigest: boolean;
} {
  const own = new Map<string, Sight[]>();
  const rows = new Map<string, Row[]>();
  for (const sight of sights) {
    if (sight.token !== undefined) own.set(sight.token, [...(own.get(sight.token) ?? []), sight]);
    for (const { name, line } of sight.rows)
      rows.set(name, [...(rows.get(name) ?? []), { platform: sight.platform, line }]);
  }
  return { own, rows, hasDigest: sights.some(({ text }) => text.includes('not sent one by one')) };
}

function staleOf(
  alert: Fired,
  place: string,
  own: readonly (readonly Sight[])[],
  rows: readonly Row[],
): string[] {
  const faults: string[] = [];
  const say = (platform: string, what: string): void =>
    void faults.push(`${alert.name} ${alert.id} ${place} ${platform}: ${what}`);
  const accepted = alert.episodes.filter(({ acceptedAt }) => acceptedAt !== undefined);
  for (const [at, episode] of accepted.entries()) {
    for (const { platform, text } of own[at] ?? []) {
      if (episode.overAt !== undefined && !text.includes('Resolved:')) say(platform, 'its end is not shown');
      if (episode.overAt === undefined && text.includes('Resolved:')) say(platform, 'an end that never came');
      const by = episode.acknowledgedBy;
      if (by !== undefined && !new RegExp(`Acknowledged:? *\\n? *${by}\\b`).test(text))
        say(platform, `its acknowledgement by ${by} is not shown`);
    }
  }
  const last = accepted.at(-1);
  for (const { platform, line } of rows) {
    if (last?.overAt !== undefined && !/\bover\b/.test(line))
      say(platform, `its end is not in the bundle: ${line}`);
    const by = last?.overAt === undefined && accepted.length === 1 ? last?.acknowledgedBy : undefined;
    if (by !== undefined && !new RegExp(`\\b${by}\\b`).test(line))
      say(platform, `acknowledged, not so in the bundle: ${line}`);
  }
  return faults;
}

/** One message to each operator, and numbers that are true. */
function noticed(
  { notice }: Book,
  byPlace: ReadonlyMap<string, readonly Sight[]>,
  { lost, stale, doubled }: { lost: string[]; stale: string[]; doubled: Record<Platform, string[]> },
): void {
  if (notice.id === undefined || !notice.sent) {
    stale.push('the notice could not be sent');
    return;
  }
  for (const place of ['room:notaries', ...count(OPERATORS).map((index) => `op:${index}`)]) {
    const shown = (byPlace.get(place) ?? []).filter(({ text }) => text.includes(`notice ${notice.id}`));
    if (shown.length === 0) lost.push(`notice ${place}`);
    for (const platform of PLATFORMS) {
      const times = shown.filter((one) => one.platform === platform).length;
      if (times > 1) doubled[platform].push(`notice ${place}: ${times}`);
    }
    if (place !== 'room:notaries') continue;
    const numbers = `reached ${OPERATORS} · acknowledged ${notice.answered.size}`;
    for (const { platform, text } of shown)
      if (!text.includes(numbers))
        stale.push(`notice ${place} ${platform}: not "${numbers}" but "${/reached[^\n]*/.exec(text)?.[0]}"`);
  }
}
