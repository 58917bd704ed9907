import type { Notice } from '#src/domain/notice.ts';
import type { RollEntry } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';

import type { BroadcastNeeds } from './notices.ts';
import type { Sender } from './send.ts';

/** Changes lines of a roll, and shows it to whom it concerns. */
export interface Lines {
  /**
   * Resolves with the lines as they then stand. Killed anywhere between, it is shown all the same: by `sweep`.
   */
  change(
    notice: Notice,
    seats: readonly SeatId[],
    change: (entry: RollEntry) => RollEntry | undefined,
  ): Promise<readonly RollEntry[]>;
  /** Shows what a killed process had changed and not shown. */
  sweep(): Promise<void>;
}

/** What takes longer than this was interrupted. */
const LATE_MS = 10_000;

export function createLines({ notices, rollOf, touched }: BroadcastNeeds, sender: Sender): Lines {
  return {
    async change(notice, seats, change) {
      if (seats.length === 0) return [];
      const name = `${notice.id} ${seats.join(' ')}`;
      await touched.set(name);
      const entries = await rollOf(notice.id).update(seats, change);
      await sender.refreshFor(notice, seats);
      await touched.clear(name);
      return entries;
    },
    async sweep() {
      for (const name of await touched.since(LATE_MS)) {
        const [id = '', ...seats] = name.split(' ');
        const notice = await notices.get(id);
        if (notice) await sender.refreshFor(notice, seats as SeatId[]);
        await touched.clear(name);
      }
    },
  };
}
