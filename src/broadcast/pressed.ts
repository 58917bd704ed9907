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
