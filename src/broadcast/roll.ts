import type { Answer, RollEntry } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Seat } from '#src/domain/seat.ts';

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

const FINAL_ANSWER: Answer = 'done';

/**
 * Who acknowledged first stays; the answer may still move on (*on it* → *done*, *cannot* → *on it*),
 * but *done* is not taken back by another press of *on it*.
 */
export function acknowledge(entry: RollEntry, { by, on, answer, reason, at }: Acknowledging): RollEntry {
  const sameAnswer = entry.answer === answer && entry.reason === reason;
  if (entry.acknowledgedAt && (sameAnswer || (entry.answer === FINAL_ANSWER && answer === 'on-it')))
    return entry;
  const { reason: _, ...rest } = entry;
  const first = { acknowledgedBy: by, acknowledgedOn: on, acknowledgedAt: at.toISOString() };
  return changed({
    ...rest,
    ...(entry.acknowledgedAt === undefined && first),
    answer,
    ...(reason !== undefined && { reason }),
  });
}
