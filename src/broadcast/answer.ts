import type { Delivery } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Broadcast, Notice } from '#src/domain/notice.ts';
import type { Operator, OperatorId } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';
import type { RollEntry } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { inMinutes } from '#src/domain/time.ts';

import type { Lines } from './lines.ts';
import { type BroadcastNeeds, endedWords, type Notices } from './notices.ts';
import { acknowledge, ownLines, promise, reach } from './roll.ts';
import type { Sender } from './send.ts';

interface Answering extends Pick<Broadcast, 'acknowledge' | 'snooze'> {
  /** A message about a notice arrived. May be repeated. */
  arrived(delivery: Delivery): Promise<void>;
}

/** What people do with a notice that was sent: it reaches them, they answer, they ask for time. */
export function createAnswering(
  { notices, rollOf, judge, reminders, fleets, audit, now }: BroadcastNeeds,
  { known }: Notices,
  { lines, sender }: { readonly lines: Lines; readonly sender: Sender },
): Answering {
  const own = (notice: Notice, operator: OperatorId): Promise<readonly RollEntry[]> =>
    ownLines(rollOf(notice.id), fleets.current(), operator);

  async function answerable(id: string, by: Operator): Promise<readonly [Notice, readonly RollEntry[]]> {
    requireRole(by, 'notary');
    const notice = await known(id);
    if (notice.state !== 'sent') throw new UserError(endedWords(notice));
    const lines = await own(notice, by.id);
    if (lines.length === 0) throw new UserError(`You hold no seat that notice ${id} is for.`);
    return [notice, lines];
  }

  const seatsOf = (entries: readonly RollEntry[]): readonly SeatId[] => entries.map(({ seat }) => seat);

  return {
    async acknowledge(id, by, answer, on, reason) {
      const [notice, held] = await answerable(id, by);
      const at = now();
      const entries = await lines.change(notice, seatsOf(held), (entry) =>
        judge.judge(notice, acknowledge(entry, { by: by.id, on, answer, reason, at })),
      );
      await reminders.heed(notice, entries);
      await audit.write({ who: by.id, what: 'notice.acknowledged', about: id, detail: { answer } });
      return { notice, entries };
    },
    async snooze(id, by, forMs) {
      const [notice, held] = await answerable(id, by);
      const given = held.find((entry) => entry.promise)?.promise;
      if (given)
        throw new UserError(
          `${given.by === by.id ? 'You' : given.by} asked for time until ${inMinutes(given.until)}: a seat may do so once.`,
        );
      const until = new Date(now().getTime() + forMs);
      const entries = await lines.change(notice, seatsOf(held), (entry) => promise(entry, by.id, until));
      await reminders.heed(notice, entries);
      await audit.write({
        who: by.id,
        what: 'notice.snoozed',
        about: id,
        detail: { until: until.toISOString() },
      });
      return { notice, entries };
    },
    async arrived({ cause, to, platform, deliveredAt }) {
      if (to.kind !== 'direct' || !/^(notice|reminder):/.test(cause)) return;
      const [, id = ''] = cause.split(':');
      const notice = await notices.get(id);
      if (!notice) return;
      // Told again after a crash, what it changed may not have been shown.
      const concerned = (await own(notice, to.operator)).filter(
        (entry) => !entry.reachedAt || (entry.reachedBy === to.operator && entry.reachedOn === platform),
      );
      if (concerned.length === 0) return;
      const at = new Date(deliveredAt ?? now());
      await rollOf(notice.id).update(seatsOf(concerned), (entry) => reach(entry, to.operator, platform, at));
      await sender.refreshRooms(notice);
    },
  };
}
