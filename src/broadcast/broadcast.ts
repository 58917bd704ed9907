import type { Compose, Delivery } from '#src/domain/delivery.ts';
import type { Broadcast } from '#src/domain/notice.ts';

import { createAnswering } from './answer.ts';
import { createViews } from './compose.ts';
import { createLife } from './life.ts';
import { createLines, type Lines } from './lines.ts';
import { type BroadcastNeeds, createNotices, type Notices } from './notices.ts';
import { createSender } from './send.ts';

export interface BroadcastDesk extends Broadcast {
  /** A message about a notice arrived. May be repeated. */
  arrived(delivery: Delivery): Promise<void>;
  /** Completes what a crash interrupted. */
  sweep(): Promise<void>;
  readonly compose: Compose;
  /** Those that were sent and have not ended. */
  readonly open: Notices['open'];
  readonly changeLines: Lines['change'];
}

const LIST_LIMIT = 50;

/** The mandatory update: announce, confirm, call the roll. */
export function createBroadcast(needs: BroadcastNeeds): BroadcastDesk {
  const notices = createNotices(needs);
  const sender = createSender(needs);
  const lines = createLines(needs, sender);
  const life = createLife(needs, notices, sender);
  const answering = createAnswering(needs, notices, { lines, sender });
  return {
    ...life,
    ...answering,
    ...createViews(needs),
    find: (id) => needs.notices.get(id),
    list: (limit = LIST_LIMIT) => needs.notices.list(limit),
    open: notices.open,
    changeLines: lines.change,
    async sweep() {
      await life.sweep();
      await lines.sweep();
    },
  };
}
