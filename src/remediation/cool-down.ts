import type { Request } from '#src/domain/remedy.ts';

/** What was last proposed of a remedy for a service; kept when its request is long over. */
export interface Proposal {
  readonly at: string;
  /** Tells the attempts of several processes apart. */
  readonly attempt: string;
  /** What came of it: left out while it is being asked for, or when the process ended in the middle. */
  readonly outcome?: 'requested' | 'refused' | undefined;
}

/** A remedy for a service. */
export type Cure = Pick<Request, 'remedy' | 'node' | 'service'>;

/** What could not be done is asked for again after this: the node may be looked at then, or be ready. */
const REFUSED_MS = 10 * 60_000;
/** An attempt takes as long as a plan: after this its process has ended. */
const INTERRUPTED_MS = 60_000;

export const isCure = (one: Cure, { remedy, node, service }: Cure): boolean =>
  one.remedy === remedy && one.node === node && one.service === service;

/**
 * Before this nothing is proposed again: counted from the last run, whoever asked for it, and from the last proposal, whatever
 * became of it. Milliseconds since 1970.
 */
export function coolUntil(
  last: Proposal | undefined,
  runs: readonly Pick<Request, 'startedAt' | 'endedAt'>[],
  coolDownMs: number,
): number {
  const wait = { requested: coolDownMs, refused: REFUSED_MS, none: INTERRUPTED_MS }[last?.outcome ?? 'none'];
  const proposed = last ? Date.parse(last.at) + wait : -Infinity;
  const ran = runs.flatMap(({ startedAt, endedAt }) =>
    startedAt === undefined ? [] : [Date.parse(endedAt ?? startedAt) + coolDownMs],
  );
  return Math.max(proposed, ...ran);
}
