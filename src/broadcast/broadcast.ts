import type { Compose, Delivery } from '#src/domain/delivery.ts';
import type { Broadcast, Notice } from '#src/domain/notice.ts';
import type { SeatId } from '#src/domain/seat.ts';

import { createAnswering } from './answer.ts';
import { refreshEveryMs } from './board.ts';
import { createViews } from './compose.ts';
import { createLife } from './life.ts';
import { createLines, type Lines } from './lines.ts';
import { type BroadcastNeeds, createNotices, type Notices } from './notices.ts';
import { createSender } from './send.ts';

export interface BroadcastDesk extends Broadcast {
  /** A message about a notice arrived. May be repeated. */
  arrived(delivery: Delivery): Promise<void>;
  /** Completes what a crash interrupted, and does what has become due. */
  sweep(): Promise<void>;
  readonly compose: Compose;
  /** Those that were sent and have not ended. */
  readonly open: Notices['open'];
  readonly changeLines: Lines['change'];
}

const LIST_LIMIT = 50;
/** What takes longer than this was interrupted. */
const LATE_MS = 10_000;

/** The mandatory update: announce, confirm, call the roll. */
export function createBroadcast(needs: BroadcastNeeds): BroadcastDesk {
  const { touched, dueOf, reminders, now } = needs;
  const notices = createNotices(needs);
  const sender = createSender(needs);
  const { settle, closeIfProven, ...deeds } = createLife(needs, notices, sender);
  const lines = createLines(needs, sender, closeIfProven);
  const shownAt = new Map<string, number>();

  async function completeInterrupted(): Promise<void> {
    for (const name of await touched.since(LATE_MS)) {
      const [id = '', ...seats] = name.split(' ');
      const notice = await needs.notices.get(id);
      if (notice && seats.length > 0) await sender.refreshFor(notice, seats as SeatId[]);
      else if (notice) await settle(notice);
      await touched.clear(name);
    }
  }

  /** The rooms say how much time is left. */
  async function showTime(notice: Notice): Promise<void> {
    const { at } = await dueOf(notice);
    const time = now();
    if (time.getTime() - (shownAt.get(notice.id) ?? 0) < refreshEveryMs(at, time)) return;
    shownAt.set(notice.id, time.getTime());
    await sender.refreshRooms(notice);
  }

  return {
    ...deeds,
    ...createAnswering(needs, notices, { lines, sender }),
    ...createViews(needs),
    find: (id) => needs.notices.get(id),
    list: (limit = LIST_LIMIT) => needs.notices.list(limit),
    open: notices.open,
    changeLines: lines.change,
    async sweep() {
      await completeInterrupted();
      for (const notice of await notices.open()) {
        if (!notice.announced) await settle(notice);
        else await closeIfProven(notice);
        await showTime(notice);
      }
      await reminders.sweep();
    },
  };
}
