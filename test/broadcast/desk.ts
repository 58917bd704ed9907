import type { Redis } from 'ioredis';
import { pino } from 'pino';

import { type BroadcastDesk, createBroadcast } from '#src/broadcast/broadcast.ts';
import { createDeadlines } from '#src/broadcast/deadlines.ts';
import { createJudge } from '#src/broadcast/judge.ts';
import { createReminders } from '#src/broadcast/reminders.ts';
import type { Post } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { createStores } from '#src/store/stores.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

interface DeskParts {
  readonly post: Post;
  readonly now: () => Date;
  readonly fleets?: Fleets;
}

/** The desk of notices over a Redis, as the app wires it, with everything but the post real. */
export function noticeDesk(redis: Redis, { post, now, fleets = fixedFleets() }: DeskParts): BroadcastDesk {
  const stores = createStores(redis, now);
  const { latest } = stores.patrolMemory;
  const { dueOf } = createDeadlines({ fleets, latest, now });
  const shared = {
    ...stores,
    fleets,
    post,
    dueOf,
    now,
    logger: pino({ level: 'silent' }),
    ways: { chat: ['discord', 'matrix'], personal: ['email'] },
  };
  const reminders = createReminders({
    ...shared,
    agenda: stores.reminders,
    deliveries: stores.ledger,
    oncalls: { firsts: (asked) => Promise.resolve(asked.map(() => undefined)) },
  });
  const judge = createJudge({ ...shared, latest });
  return createBroadcast({ ...shared, judge, reminders, touched: stores.touchedRolls });
}
