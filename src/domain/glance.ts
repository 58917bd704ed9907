import { FINDING_STATES, type FindingState, type ServiceHealth, worst } from './finding.ts';
import type { Fleet } from './fleet.ts';
import type { Target } from './node.ts';
import { NO_REGION } from './roll.ts';
import { type Score, scoreOfWeighed, type Weighed, weighed } from './score.ts';
import type { Seat } from './seat.ts';

/** After so many of its intervals a look is not the present any more. */
const INTERVALS = 3;
/** A look and its turn take some time, however short the interval. */
const LEAST_MS = 30_000;

interface At {
  /** The fleet's interval, where a service has none of its own. */
  readonly everyMs: number;
  readonly now: Date;
}

/** Whether a look is too old to say how a service stands now. */
export const isStale = (
  { service }: Target,
  { at }: Pick<ServiceHealth, 'at'>,
  { everyMs, now }: At,
): boolean => now.getTime() - Date.parse(at) > Math.max(LEAST_MS, INTERVALS * (service.everyMs ?? everyMs));

/** Services by state; they add up to all there are. */
export type Counts = Readonly<Record<FindingState, number>>;

/** One service name of a seat, over all nodes that run it. */
export interface Cell {
  readonly state: FindingState;
  readonly score: Score;
}

export interface SeatGlance {
  readonly seat: Seat;
  readonly counts: Counts;
  readonly score: Score;
  /** By service id. */
  readonly cells: ReadonlyMap<string, Cell>;
}

export interface RegionGlance {
  readonly region: string;
  readonly counts: Counts;
  readonly score: Score;
  readonly seats: readonly SeatGlance[];
}

/** The fleet at a glance, as the patrol saw it last. */
export interface Glance {
  readonly network: string;
  readonly at: Date;
  /** Ids of services, those without a coin first, then in the order of the fleet file's coins. */
  readonly services: readonly string[];
  readonly regions: readonly RegionGlance[];
  readonly counts: Counts;
  readonly score: Score;
  /** Services whose last look is too old: they count as unknown. */
  readonly stale: number;
}

interface Seen {
  readonly target: Target;
  readonly state: FindingState;
  readonly weighed: Weighed;
}

/** `latest` beside `targets`; of seats without a service only those in `seats` are shown. */
export function glanceOf(
  fleet: Fleet,
  now: Date,
  {
    seats,
    targets,
    latest,
  }: {
    readonly seats: readonly Seat[];
    readonly targets: readonly Target[];
    readonly latest: readonly (ServiceHealth | undefined)[];
  },
): Glance {
  const at = { everyMs: fleet.patrol.everyMs, now };
  let stale = 0;
  const seen = targets.map((target, index): Seen => {
    const last = latest[index];
    const isOld = last !== undefined && isStale(target, last, at);
    if (isOld) stale++;
    const health = isOld ? undefined : last;
    return { target, state: health?.state ?? 'unknown', weighed: weighed(health) };
  });
  const bySeat = Map.groupBy(seen, ({ target }) => target.node.seat);
  const rows = seats.map((seat) => seatGlance(seat, bySeat.get(seat.id) ?? []));
  const regions = [...Map.groupBy(rows, ({ seat }) => seat.region ?? NO_REGION)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([region, inRegion]): RegionGlance => {
      const ofRegion = inRegion.flatMap(({ seat }) => bySeat.get(seat.id) ?? []);
      return { region, seats: inRegion, ...sums(ofRegion) };
    });
  return {
    network: fleet.network,
    at: now,
    services: serviceOrder(fleet, targets),
    regions,
    ...sums(seen),
    stale,
  };
}

const sums = (seen: readonly Seen[]): { readonly counts: Counts; readonly score: Score } => ({
  counts: countsOf(seen.map(({ state }) => state)),
  score: scoreOfWeighed(seen.map((one) => one.weighed)),
});

function countsOf(states: readonly FindingState[]): Counts {
  const counts = Object.fromEntries(FINDING_STATES.map((state) => [state, 0])) as Record<
    FindingState,
    number
  >;
  for (const state of states) counts[state]++;
  return counts;
}

function seatGlance(seat: Seat, seen: readonly Seen[]): SeatGlance {
  const byService = Map.groupBy(seen, ({ target }) => target.service.id as string);
  const cells = [...byService].map(([id, some]): readonly [string, Cell] => [
    id,
    { state: worst(some.map(({ state }) => state)), score: scoreOfWeighed(some.map((one) => one.weighed)) },
  ]);
  return { seat, cells: new Map(cells), ...sums(seen) };
}

function serviceOrder(fleet: Fleet, targets: readonly Target[]): readonly string[] {
  const places = new Map(fleet.coins.map(({ id }, place) => [id, place]));
  const placeOf = ({ service }: Target): number =>
    service.coin === undefined ? -1 : (places.get(service.coin) ?? places.size);
  const sorted = targets.toSorted((one, other) => placeOf(one) - placeOf(other));
  return [...new Set(sorted.map(({ service }) => service.id as string))];
}

const SICKNESS: readonly FindingState[] = ['down', 'degraded', 'unknown'];

/** Those that need somebody first: by what is down, then degraded, then unknown. */
export const sickestFirst = <T extends { readonly counts: Counts }>(some: readonly T[]): readonly T[] =>
  some.toSorted((one, other) => {
    const differing = SICKNESS.find((state) => one.counts[state] !== other.counts[state]);
    return differing ? other.counts[differing] - one.counts[differing] : 0;
  });

/** Whether all of it is seen to be fine. */
export const isFine = ({ counts }: { readonly counts: Counts }): boolean =>
  SICKNESS.every((state) => counts[state] === 0);

/** How a state is called where states are counted. */
export const STATE_WORDS: Readonly<Record<FindingState, string>> = {
  up: 'healthy',
  degraded: 'degraded',
  down: 'down',
  unknown: 'unknown',
};

/** In the order in which they are shown. */
export const SHOWN_STATES = ['up', 'degraded', 'down', 'unknown'] as const satisfies readonly FindingState[];

/** `2431 healthy, 60 degraded, 12 down, 57 unknown`. */
export const countWords = (counts: Counts): string =>
  SHOWN_STATES.map((state) => `${counts[state]} ${STATE_WORDS[state]}`).join(', ');
