import type { Target, Threshold } from './node.ts';

export type Facts = Readonly<Record<string, string | number | boolean>>;

/** What a check saw. `unknown` = it could not look: never a guess. */
export type Finding =
  | { readonly state: 'up'; readonly facts: Facts }
  | { readonly state: 'degraded' | 'down'; readonly why: string; readonly facts: Facts }
  | { readonly state: 'unknown'; readonly why: string };

export type FindingState = Finding['state'];

/** From best to worst, `unknown` between fine and degraded: it must be seen, it must not alarm. */
export const FINDING_STATES = [
  'up',
  'unknown',
  'degraded',
  'down',
] as const satisfies readonly FindingState[];

export const worst = (states: Iterable<FindingState>): FindingState => {
  let found = 0;
  for (const state of states) found = Math.max(found, FINDING_STATES.indexOf(state));
  return FINDING_STATES[found] ?? 'up';
};

/** What a figure is measured in: base units, as Prometheus asks for. */
export const UNITS = ['blocks', 'bytes', 'coins', 'count', 'ratio', 'seconds'] as const;
export type Unit = (typeof UNITS)[number];

/** The figure behind a finding, for histories and metrics. */
export interface Figure {
  readonly value: number;
  readonly unit: Unit;
  /** From where on it is not well; a check that has no thresholds leaves them out. */
  readonly limits?: readonly Limit[] | undefined;
}

/** A threshold in the unit of its figure. */
export interface Limit {
  readonly at: number;
  readonly severity: 'warning' | 'critical';
  readonly bad: 'above' | 'below';
}

/** The limits that a threshold sets; `scale` = how many of the figure's unit make one of the threshold's. */
export const limitsOf = ({ warn, critical }: Threshold, bad: Limit['bad'], scale = 1): readonly Limit[] => [
  ...(warn === undefined ? [] : [{ at: warn * scale, severity: 'warning', bad } as const]),
  ...(critical === undefined ? [] : [{ at: critical * scale, severity: 'critical', bad } as const]),
];

/** What it costs while a check is not well, the dearest first: what the score weighs. */
export const COSTS = [
  /** Every notarisation of its node: iguana is down. */
  'node',
  /** The notarisations of its service: the daemon is down, on a fork, without UTXOs. */
  'notarisations',
  /** Notarisations before long, unless somebody acts: the balance, the disk, an update that is due. */
  'soon',
  /** Nothing yet but time: a wallet that grew large, a slow call. */
  'time',
] as const;
export type Cost = (typeof COSTS)[number];

/** One row of a health table. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly finding: Finding;
  /** The figure as a person reads it ("12 of 20", "3 min"). */
  readonly shown: string;
  /** The same as a number, of checks that measure one; left out when it was not measured. */
  readonly figure?: Figure | undefined;
  /** `soon` where the check does not say. */
  readonly costs?: Cost | undefined;
  /** Not of this service but of its whole node, the same from each of its services: raised once. */
  readonly of?: 'node' | undefined;
  /**
   * Where the look did not get to the service: `refused` = the machine is there, and nothing listens; `unreachable` = the
   * machine gave no sign (no connection in time, no route). Left out = it got there, or that cannot be told.
   */
  readonly contact?: 'refused' | 'unreachable' | undefined;
  /** The service is starting or catching up: figures of such a look raise nothing. */
  readonly settling?: boolean | undefined;
  /** Nothing is missing that the service could have: what is unknown here does not make the whole of it unknown. */
  readonly aside?: boolean | undefined;
  /** The alert this check raises. */
  readonly alertname: string;
  /** The remedy to propose when it is not up. */
  readonly remedy?: string | undefined;
  /** Of the node, where it is for another service than the one that was looked at. */
  readonly remedyService?: string | undefined;
  /** What it is asked for with. */
  readonly remedyArguments?: Readonly<Record<string, string>> | undefined;
  /** What a person does about it, in a sentence. */
  readonly advice?: string | undefined;
}

/** One service, looked at once. */
export interface ServiceHealth {
  readonly node: string;
  readonly service: string;
  readonly coin?: string | undefined;
  readonly state: FindingState;
  readonly results: readonly CheckResult[];
  readonly at: string;
  readonly tookMs: number;
}

/** Looks now. */
export interface Examiner {
  /** In parallel, each look bounded in time; never rejects for a daemon's sake. */
  examine(targets: readonly Target[]): Promise<readonly ServiceHealth[]>;
  /** What the last patrol saw, without looking. */
  latest(targets: readonly Target[]): Promise<readonly (ServiceHealth | undefined)[]>;
}
