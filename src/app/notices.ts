import { createBroadcast } from '#src/broadcast/broadcast.ts';
import { createDeadlines } from '#src/broadcast/deadlines.ts';
import { createJudge } from '#src/broadcast/judge.ts';
import { createMandates } from '#src/broadcast/mandates.ts';
import { createProof } from '#src/broadcast/proof.ts';
import { createReminders } from '#src/broadcast/reminders.ts';
import { createReports } from '#src/broadcast/report.ts';
import type { Post } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Oncalls } from '#src/domain/oncall.ts';

import type { Base } from './base.ts';
import type { Media } from './media.ts';

interface NoticeParts {
  readonly fleets: Fleets;
  readonly media: Media;
  readonly post: Post;
  readonly oncalls: Oncalls;
}

/** The mandatory update with all that hangs on it: proof by patrol, reminders, reports. */
export function openNotices(base: Base, { fleets, media, post, oncalls }: NoticeParts) {
  const { logger, now, pictures, stores } = base;
  const { notices, rollOf, audit } = stores;
  const platforms = [...media.all].map(([id, { platform }]) => ({ id, hears: platform.can.hear }));
  const ways = {
    chat: platforms.filter(({ hears }) => hears).map(({ id }) => id),
    personal: platforms.filter(({ hears }) => !hears).map(({ id }) => id),
  };
  const shared = { notices, rollOf, fleets, post, ways, logger, now };
  const { latest } = stores.patrolMemory;
  const judge = createJudge({ fleets, rollOf, latest });
  const { dueOf } = createDeadlines({ fleets, latest, now });
  const reminders = createReminders({
    ...shared,
    dueOf,
    agenda: stores.reminders,
    oncalls,
    deliveries: stores.ledger,
  });
  const broadcast = createBroadcast({
    ...shared,
    judge,
    reminders,
    dueOf,
    touched: stores.touchedRolls,
    audit,
  });
  const watcher = createProof({
    fleets,
    open: broadcast.open,
    rollOf,
    judge: judge.judge,
    change: broadcast.changeLines,
    heed: reminders.heed,
    now,
  });
  const mandates = createMandates({ fleets, open: broadcast.open, dueOf, now });
  const composers = {
    notice: broadcast.compose,
    board: broadcast.compose,
    withdrawal: broadcast.compose,
    reminder: reminders.compose,
    report: createReports({ broadcast, pictures }),
  };
  return { broadcast, composers, mandates, watcher };
}
