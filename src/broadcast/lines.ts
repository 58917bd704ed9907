import type { Notice } from '#src/domain/notice.ts';
import type { RollEntry } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';

import type { BroadcastNeeds } from './notices.ts';
import type { Sender } from './send.ts';

/** Changes lines of a roll, and shows it to whom it concerns. */
export interface Lines {
  /** Resolves with the lines as they then stand. What a kill keeps from being shown is in `touched`. */
  change(
    notice: Notice,
    seats: readonly SeatId[],
    change: (entry: RollEntry) => RollEntry | undefined,
  ): Promise<readonly RollEntry[]>;
}

export function createLines(
  { rollOf, touched }: BroadcastNeeds,
  sender: Sender,
  /** What follows from a change of the roll. */
  follow: (notice: Notice) => Promise<void>,
): Lines {
  return {
    async change(notice, seats, change) {
      if (seats.length === 0) return [];
      const name = [notice.id, ...seats].join(' ');
      await touched.set(name);
      const entries = await rollOf(notice.id).update(seats, change);
      await sender.refreshFor(notice, seats);
      await follow(notice);
      await touched.clear(name);
      return entries;
    },
  };
}
