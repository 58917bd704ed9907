import type { Fleet } from './fleet.ts';
import { isMissing, type RollEntry, stageOf } from './roll.ts';

/** Where seats stand, in parts that do not overlap: every seat is in exactly one. */
export const PARTS = ['proven', 'answered', 'cannot', 'contradicted', 'reached', 'open'] as const;
export type Part = (typeof PARTS)[number];

export const PART_WORDS: Readonly<Record<Part, string>> = {
  proven: 'proven',
  answered: 'answered',
  cannot: 'cannot',
  contradicted: 'contradicted',
  reached: 'reached only',
  open: 'not reached',
};

export function partOf(entry: RollEntry): Part {
  const stage = stageOf(entry);
  if (stage !== 'acknowledged') return stage;
  return entry.answer === 'cannot' ? 'cannot' : 'answered';
}

/** How many seats are in each part; together they are all of them. */
export function partsOf(entries: readonly RollEntry[]): Readonly<Record<Part, number>> {
  const counts: Record<Part, number> = {
    proven: 0,
    answered: 0,
    cannot: 0,
    contradicted: 0,
    reached: 0,
    open: 0,
  };
  for (const entry of entries) counts[partOf(entry)]++;
  return counts;
}

/** Which seats are asked for; unlike parts, these overlap: who acknowledged was reached, too. */
export const SHOWS = ['all', 'missing', 'reached', 'acknowledged', 'proven', 'contradicted'] as const;
export type Show = (typeof SHOWS)[number];

const SHOWN: Readonly<Record<Show, (entry: RollEntry) => boolean>> = {
  all: () => true,
  missing: isMissing,
  reached: ({ reachedAt }) => reachedAt !== undefined,
  acknowledged: ({ acknowledgedAt }) => acknowledgedAt !== undefined,
  proven: ({ provenAt }) => provenAt !== undefined,
  contradicted: ({ contradiction }) => contradiction !== undefined,
};

export interface RollFilter {
  readonly show?: Show | undefined;
  readonly region?: string | undefined;
  /** Seats that run this coin. */
  readonly coin?: string | undefined;
}

/** The seats that the filter lets through. */
export function filtered(
  fleet: Pick<Fleet, 'nodes'>,
  entries: readonly RollEntry[],
  { show = 'all', region, coin }: RollFilter,
): readonly RollEntry[] {
  const running = coin === undefined ? undefined : seatsRunning(fleet, coin);
  return entries.filter(
    (entry) =>
      SHOWN[show](entry) &&
      (region === undefined || entry.region === region) &&
      (running === undefined || running.has(entry.seat)),
  );
}

const seatsRunning = ({ nodes }: Pick<Fleet, 'nodes'>, coin: string): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ seat, services }) => (services.some((one) => one.coin === coin) ? [seat] : [])));

/** The coins that any of these seats runs. */
export function coinsAmong(
  { nodes }: Pick<Fleet, 'nodes'>,
  entries: readonly RollEntry[],
): readonly string[] {
  const seats = new Set(entries.map(({ seat }) => seat));
  const coins = nodes.flatMap(({ seat, services }) =>
    seats.has(seat) ? services.flatMap(({ coin }) => coin ?? []) : [],
  );
  return [...new Set(coins)].toSorted();
}
