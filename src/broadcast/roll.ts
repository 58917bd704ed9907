import type { Fleet } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Answer, Roll, RollEntry } from '#src/domain/roll.ts';
import type { Seat } from '#src/domain/seat.ts';

/** The lines of the seats that an operator holds. */
export const ownLines = (
  roll: Pick<Roll, 'of'>,
  fleet: Fleet,
  operator: OperatorId,
): Promise<readonly RollEntry[]> => roll.of(fleet.seatsOf(operator).map(({ id }) => id));

/** The line of a seat before anything happened. */
export const openEntry = (seat: Seat): RollEntry => ({
  seat: seat.id,
  ...(seat.region !== undefined && { region: seat.region }),
  escalations: [],
  revision: 1,
});

const changed = (entry: RollEntry): RollEntry => ({ ...entry, revision: entry.revision + 1 });

/** The first operator reached counts for the seat. */
export function reach(entry: RollEntry, by: OperatorId, on: string, at: Date): RollEntry {
  if (entry.reachedAt) return entry;
  return changed({ ...entry, reachedBy: by, reachedOn: on, reachedAt: at.toISOString() });
}

interface Acknowledging {
  readonly by: OperatorId;
  readonly on: string;
  readonly answer: Answer;
  readonly reason?: string | undefined;
  readonly at: Date;
}

/**
 * Who acknowledged first stays; the answer may still move on (*on it* → *done*, *cannot* → *on it*), but *done* is not
 * taken back by another press of *on it*, unless the node was seen to say otherwise.
 */
export function acknowledge(entry: RollEntry, { by, on, answer, reason, at }: Acknowledging): RollEntry {
  const isSame = entry.answer === answer && entry.reason === reason;
  const isBehind = entry.answer === 'done' && answer === 'on-it' && entry.contradiction === undefined;
  if (entry.acknowledgedAt && (isSame || isBehind)) return entry;
  // Who answers was reached, whatever came of the messages.
  const { reason: _, contradiction: __, ...rest } = reach(entry, by, on, at);
  const time = at.toISOString();
  const first = { acknowledgedBy: by, acknowledgedOn: on, acknowledgedAt: time };
  return changed({
    ...rest,
    ...(entry.acknowledgedAt === undefined && first),
    answer,
    answeredBy: by,
    answeredAt: time,
    ...(reason !== undefined && { reason }),
  });
}

/** What a reader of the own lines sees changes with every revision, but for the one that told that they were reached. */
export const shownRevision = (entries: readonly RollEntry[]): number =>
  entries.reduce((sum, { revision, reachedAt }) => sum + revision - (reachedAt === undefined ? 0 : 1), 0);

/** A promise is given once: a later one changes nothing. */
export function promise(entry: RollEntry, by: OperatorId, until: Date): RollEntry {
  if (entry.promise) return entry;
  return changed({ ...entry, promise: { until: until.toISOString(), by } });
}
