import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Broadcast, Notice, NoticeState } from '#src/domain/notice.ts';
import { hasRole, type Operator } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';

import { type BroadcastNeeds, endedWords, noticeId, type Notices } from './notices.ts';
import type { Sender } from './send.ts';

type Deeds = Pick<
  Broadcast,
  'draft' | 'announce' | 'confirm' | 'close' | 'cancel' | 'supersede' | 'postpone'
>;

interface Life extends Deeds {
  /** Does what follows from the state a notice is in. May be repeated until it went through. */
  settle(notice: Notice): Promise<void>;
  /** Closes a notice that every seat was seen to follow. */
  closeIfProven(notice: Notice): Promise<void>;
}

const isOpen = ({ state }: Notice): boolean => state === 'draft' || state === 'sent';

/** A notice from its draft to its end. */
export function createLife(
  { fleets, rollOf, reminders, dueOf, touched, audit, now }: BroadcastNeeds,
  notices: Notices,
  sender: Sender,
): Life {
  const { known, change } = notices;

  /** Whatever a kill interrupts between the record and what follows from it, is found by its mark and completed. */
  async function settled(id: string, record: () => Promise<Notice>): Promise<Notice> {
    await touched.set(id);
    const notice = await record();
    await settle(notice);
    await touched.clear(id);
    return notice;
  }

  async function settle(notice: Notice): Promise<void> {
    if (notice.state === 'draft') return await sender.askFor(notice);
    if (notice.state === 'sent' && !notice.announced) return await sendOut(notice);
    await sender.refresh(notice);
    if (notice.state === 'sent' || notice.sentAt === undefined) return;
    if (notice.state === 'cancelled') await sender.withdraw(notice);
    await sender.report(notice);
  }

  /** That it went out is on record last. */
  async function sendOut(notice: Notice): Promise<void> {
    await sender.send(notice);
    await reminders.begin(notice);
    if (notice.supersedes !== undefined) await supersede(notice.supersedes, notice);
    const sent = await change(notice.id, (current) =>
      current.announced ? undefined : { ...current, announced: true },
    );
    await sender.refreshRooms(sent);
  }

  const end = (id: string, how: (notice: Notice) => Partial<Notice>): Promise<Notice> =>
    settled(id, () =>
      change(id, (current) =>
        isOpen(current) ? { ...current, endedAt: now().toISOString(), ...how(current) } : undefined,
      ),
    );

  const supersede = (id: string, by: Notice): Promise<Notice> =>
    end(id, () => ({
      state: 'superseded',
      supersededBy: by.id,
      ...(by.postponed && { reason: `postponed: ${by.postponed.reason}` }),
    }));

  const openOne = async (id: string): Promise<Notice> => {
    const notice = await known(id);
    if (!isOpen(notice)) throw new UserError(endedWords(notice));
    return notice;
  };

  async function endBy(id: string, by: Operator, how: (notice: Notice) => Partial<Notice>): Promise<Notice> {
    requireRole(by, 'coordinator');
    await openOne(id);
    const notice = await end(id, how);
    const detail = { reason: notice.reason ?? '' };
    await audit.write({ who: by.id, what: `notice.${notice.state}`, about: id, detail });
    return notice;
  }

  async function draft(...[announcement, from, key]: Parameters<Notices['draft']>): Promise<Notice> {
    return await settled(noticeId(key), () => notices.draft(announcement, from, key));
  }

  return {
    settle,
    draft: (announcement, from, key) =>
      draft(announcement, { createdBy: from }, keyOf('notice', key ?? JSON.stringify(announcement))),
    async announce(announcement, by, cause) {
      requireRole(by, 'coordinator');
      const notice = await draft(announcement, { createdBy: by.id }, keyOf('notice', cause));
      const detail = { subject: notice.subject };
      await audit.write({ who: by.id, what: 'notice.drafted', about: notice.id, detail });
      return notice;
    },
    async confirm(id, by) {
      requireRole(by, 'coordinator');
      const before = await known(id);
      if (before.createdBy === by.id && hasAnotherCoordinator(fleets.current(), by)) {
        throw new UserError('You drafted this notice: another coordinator has to confirm it.');
      }
      if (before.state !== 'draft' && before.announced) throw new UserError(endedWords(before));
      return await settled(id, async () => {
        const notice = await change(id, (current) =>
          current.state === 'draft'
            ? { ...current, state: 'sent', confirmedBy: by.id, sentAt: now().toISOString() }
            : undefined,
        );
        if (notice.state !== 'sent') throw new UserError(endedWords(notice));
        await audit.write({ who: by.id, what: 'notice.confirmed', about: id });
        return notice;
      });
    },
    close: (id, by, reason) => endBy(id, by, ({ state }) => ({ ...endOf(state), endedBy: by.id, reason })),
    cancel: (id, by, reason) => endBy(id, by, () => ({ state: 'cancelled', endedBy: by.id, reason })),
    async supersede(id, by, successor) {
      requireRole(by, 'coordinator');
      await openOne(id);
      const next = await known(successor);
      if (next.id === id) throw new UserError('A notice cannot supersede itself.');
      const notice = await supersede(id, next);
      await audit.write({ who: by.id, what: 'notice.superseded', about: id, detail: { by: next.id } });
      return notice;
    },
    async postpone(id, by, { deadline, reason }, cause) {
      requireRole(by, 'coordinator');
      const old = await known(id);
      if (old.state !== 'sent') throw new UserError(endedWords(old));
      if (deadline.time === undefined && deadline.height === undefined)
        throw new UserError('Say until when: time=2026-12-01T12:00:00Z, height=4771595, or both.');
      const { subject, version, commit, parameters, severity, url, text, audience } = old;
      const coin = deadline.coin ?? old.deadline?.coin;
      const same = { subject, version, commit, parameters, severity, url, text, audience };
      const successor = {
        ...same,
        deadline: { ...deadline, ...(coin !== undefined && { coin }) },
        supersedes: old.id,
      };
      const { words: from } = await dueOf(old);
      const postponed = { from, reason };
      const notice = await draft(successor, { createdBy: by.id, postponed }, keyOf('notice', cause));
      const detail = { by: notice.id, reason };
      await audit.write({ who: by.id, what: 'notice.postponed', about: id, detail });
      return notice;
    },
    async closeIfProven(notice) {
      const { seats, proven } = await rollOf(notice.id).totals();
      if (seats === 0 || proven < seats || notice.state !== 'sent') return;
      await audit.write({ who: 'tocsin', what: 'notice.closed', about: notice.id });
      await end(notice.id, () => ({ state: 'closed', reason: ALL_PROVEN }));
    },
  };
}

/** A draft that is closed was never sent. */
const endOf = (state: NoticeState): Pick<Notice, 'state'> => ({
  state: state === 'draft' ? 'cancelled' : 'closed',
});

const ALL_PROVEN = 'every seat was seen running it';

const hasAnotherCoordinator = (fleet: Fleet, than: Operator): boolean =>
  fleet.operators.some((operator) => operator.id !== than.id && hasRole(operator.role, 'coordinator'));
