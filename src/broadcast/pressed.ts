import type { RollEntry } from '#src/domain/roll.ts';

/** The end of a promise that is still to come. */
export const promisedUntil = ({ promise }: RollEntry, now: Date): Date | undefined => {
  const until = promise && new Date(promise.until);
  return until && until > now ? until : undefined;
};

/** Time was asked for, it is over, and it is neither done nor seen. */
export const brokePromise = ({ promise, answer, provenAt, contradiction }: RollEntry, now: Date): boolean =>
  promise !== undefined &&
  new Date(promise.until) <= now &&
  provenAt === undefined &&
  (answer !== 'done' || contradiction !== undefined);

/** The line of a seat once its promise is broken; the same line while it is not, and afterwards. */
export function breakPromise(entry: RollEntry, now: Date): RollEntry {
  if (!entry.promise || entry.promise.isBroken || !brokePromise(entry, now)) return entry;
  return { ...entry, promise: { ...entry.promise, isBroken: true }, revision: entry.revision + 1 };
}

/**
 * Whether a seat is reminded: who is missing, and whose *done* is contradicted; past the deadline, whoever is still on it
 * as well. A promise is waited for. Who cannot has said why: that is the coordinators' matter.
 */
export function isPressed(
  entry: RollEntry,
  { now, due }: { readonly now: Date; readonly due?: Date | undefined },
): boolean {
  if (entry.contradiction !== undefined) return true;
  if (entry.provenAt !== undefined || entry.answer === 'done' || entry.answer === 'cannot') return false;
  if (promisedUntil(entry, now)) return false;
  return entry.answer !== 'on-it' || brokePromise(entry, now) || (due !== undefined && due <= now);
}

/** Who said why they cannot is not pressed, and stands on the coordinators' list. */
export const isMatterOfCoordinators = ({ answer, provenAt }: RollEntry): boolean =>
  answer === 'cannot' && provenAt === undefined;

/** What befell a seat by itself, and is told by a message of its own. */
export interface Turn {
  readonly step: 'contradicted' | 'promise';
  readonly since: Date;
  /** When it is told. */
  readonly at: Date;
}

/** Who has just restarted a daemon says done before a patrol saw it. */
const PATIENCE_MS = 5 * 60_000;

export function turnOf(entry: RollEntry, now: Date): Turn | undefined {
  const { contradiction, answeredAt, promise } = entry;
  if (contradiction !== undefined && answeredAt !== undefined) {
    const since = new Date(answeredAt);
    return { step: 'contradicted', since, at: new Date(since.getTime() + PATIENCE_MS) };
  }
  if (!promise || !brokePromise(entry, now)) return undefined;
  const since = new Date(promise.until);
  return { step: 'promise', since, at: since };
}
