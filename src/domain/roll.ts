import type { NodeId, ServiceId } from './node.ts';
import type { Due } from './deadline.ts';
import type { Notice } from './notice.ts';
import type { OperatorId } from './operator.ts';
import type { Seat, SeatId } from './seat.ts';
import type { Standing } from './version.ts';

export const ANSWERS = ['on-it', 'done', 'cannot'] as const;
export type Answer = (typeof ANSWERS)[number];

/** What a service that the notice is about was last seen running. */
export interface Running {
  readonly node: NodeId;
  readonly service: ServiceId;
  /** In words: a version, a commit, a hash. */
  readonly seen: string;
  readonly standing: Standing;
  readonly at: string;
}

/** Time that was asked for, until it is done. */
export interface PromisedTime {
  readonly until: string;
  readonly by: OperatorId;
  /** It was neither done nor seen running by then. */
  readonly isBroken?: boolean | undefined;
}

/** One line of the roll call. */
export interface RollEntry {
  readonly seat: SeatId;
  readonly region?: string | undefined;
  /** First operator reached, and how. */
  readonly reachedBy?: OperatorId | undefined;
  readonly reachedOn?: string | undefined;
  readonly reachedAt?: string | undefined;
  /** Who answered first; a later answer moves on `answer` and `reason` only. */
  readonly acknowledgedBy?: OperatorId | undefined;
  readonly acknowledgedOn?: string | undefined;
  readonly acknowledgedAt?: string | undefined;
  readonly answer?: Answer | undefined;
  readonly answeredBy?: OperatorId | undefined;
  readonly answeredAt?: string | undefined;
  readonly reason?: string | undefined;
  /** "In 3 h": given once, and remembered. */
  readonly promise?: PromisedTime | undefined;
  /** By service, as far as it was seen since the notice was sent. */
  readonly running?: readonly Running[] | undefined;
  /** Seen running what the notice asks for. */
  readonly provenAt?: string | undefined;
  /** Said done, but seen running something else: what was seen. */
  readonly contradiction?: string | undefined;
  readonly escalations: readonly { readonly at: string; readonly to: string }[];
  readonly revision: number;
}

/** How far a seat has come; the later stage wins. */
export const STAGES = ['open', 'reached', 'acknowledged', 'proven', 'contradicted'] as const;
export type Stage = (typeof STAGES)[number];

export const stageOf = (entry: RollEntry): Stage =>
  entry.contradiction !== undefined
    ? 'contradicted'
    : entry.provenAt !== undefined
      ? 'proven'
      : entry.acknowledgedAt !== undefined
        ? 'acknowledged'
        : entry.reachedAt !== undefined
          ? 'reached'
          : 'open';

/** Neither answered nor proven. */
export const isMissing = ({ acknowledgedAt, provenAt }: RollEntry): boolean =>
  acknowledgedAt === undefined && provenAt === undefined;

/** Nothing is left to be told its operators: somebody is on it, has done it, or it was seen running. */
export const isSettled = ({ answer, provenAt, contradiction }: RollEntry): boolean =>
  contradiction === undefined && (provenAt !== undefined || answer === 'on-it' || answer === 'done');

export interface Counts {
  readonly seats: number;
  readonly reached: number;
  readonly acknowledged: number;
  readonly proven: number;
  readonly contradicted: number;
  /** Neither acknowledged nor proven. */
  readonly missing: number;
}

/** The numbers of a roll, kept beside it: reading them costs the same for any number of seats. */
export interface Totals extends Counts {
  /** By region; a seat without one stands under `–`. */
  readonly missingIn: Readonly<Record<string, number>>;
  /** By the platform on which a seat's first operator was reached. */
  readonly reachedOn: Readonly<Record<string, number>>;
  /** Seats of which somebody asked for time that is over, and which still have not done it. */
  readonly promisesBroken: number;
  /** Grows with every change of a line. */
  readonly revision: number;
}

export const NO_REGION = '–';

/** What a line adds to the totals. */
export function tallyOf(entry: RollEntry): Readonly<Record<string, number>> {
  const { reachedAt, reachedOn, acknowledgedAt, provenAt, contradiction, region = NO_REGION } = entry;
  const isDone = provenAt !== undefined || (entry.answer === 'done' && contradiction === undefined);
  return {
    seats: 1,
    revision: entry.revision,
    ...(reachedAt !== undefined && { reached: 1, [`reached:${reachedOn ?? NO_REGION}`]: 1 }),
    ...(acknowledgedAt !== undefined && { acknowledged: 1 }),
    ...(provenAt !== undefined && { proven: 1 }),
    ...(contradiction !== undefined && { contradicted: 1 }),
    ...(entry.promise?.isBroken && !isDone && { promisesBroken: 1 }),
    ...(isMissing(entry) && { missing: 1, [`missing:${region}`]: 1 }),
  };
}

/** The totals that were summed up. */
export function totalsOf(sums: Readonly<Record<string, number>>): Totals {
  const under = (head: string): Readonly<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(sums)
        .flatMap(([name, count]) =>
          name.startsWith(head) && count > 0 ? [[name.slice(head.length), count]] : [],
        )
        .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
  const of = (name: string): number => sums[name] ?? 0;
  return {
    seats: of('seats'),
    reached: of('reached'),
    acknowledged: of('acknowledged'),
    proven: of('proven'),
    contradicted: of('contradicted'),
    missing: of('missing'),
    missingIn: under('missing:'),
    reachedOn: under('reached:'),
    promisesBroken: of('promisesBroken'),
    revision: of('revision'),
  };
}

/** The totals of lines that are at hand. */
export function countsOf(entries: readonly RollEntry[]): Totals {
  const sums: Record<string, number> = {};
  for (const entry of entries)
    for (const [name, count] of Object.entries(tallyOf(entry))) sums[name] = (sums[name] ?? 0) + count;
  return totalsOf(sums);
}

/** A notice with the lines of its roll: all, or those that are spoken of. */
export interface RollCall {
  readonly notice: Notice;
  readonly entries: readonly RollEntry[];
  readonly due?: Due | undefined;
  /** How the nodes prove it, or why they cannot, in words. */
  readonly proof?: string | undefined;
}

export type Missing = Pick<Seat, 'id' | 'region'>;

/** A notice and how its roll stands, without the lines: costs the same for any number of seats. */
export interface RollSummary {
  readonly notice: Notice;
  readonly totals: Totals;
  /** The first of the missing, by region: as many as can be named in a message. */
  readonly missing: readonly Missing[];
  readonly due?: Due | undefined;
  /** How the nodes prove it, or why they cannot, in words. */
  readonly proof?: string | undefined;
}

/** The roll of one notice, on record. */
export interface Roll {
  /** Adds the lines that are not there yet. */
  add(entries: readonly RollEntry[]): Promise<void>;
  /** The lines of these seats, without those that have none. */
  of(seats: readonly SeatId[]): Promise<readonly RollEntry[]>;
  /** Every line, by seat: costs more the more seats there are. */
  all(): Promise<readonly RollEntry[]>;
  /**
   * Compare and set of the lines of these seats, with the totals in the same step. `change` may be called again when
   * another writer was faster; the same line, or undefined, changes nothing. Resolves with the lines as they then stand.
   */
  update(
    seats: readonly SeatId[],
    change: (entry: RollEntry) => RollEntry | undefined,
  ): Promise<readonly RollEntry[]>;
  totals(): Promise<Totals>;
  missing(limit: number): Promise<readonly Missing[]>;
}

export type RollOf = (notice: Notice['id']) => Roll;
