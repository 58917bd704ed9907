import { deadlineWords } from '#src/domain/deadline.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Broadcast, Notice, NoticeId } from '#src/domain/notice.ts';
import { hasRole, type Operator } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';

import { type BroadcastNeeds, endedWords, type Notices } from './notices.ts';
import type { Sender } from './send.ts';

type Deeds = Pick<Broadcast, 'draft' | 'announce' | 'confirm' | 'close' | 'supersede' | 'postpone'>;

interface Life extends Deeds {
  /** Sends what was confirmed and not sent out, and closes what every seat was seen running. */
  sweep(): Promise<void>;
}

/** A notice from its draft to its end. */
export function createLife(
  { fleets, rollOf, audit, now }: BroadcastNeeds,
  notices: Notices,
  sender: Sender,
): Life {
  const { known, change } = notices;

  const draft = async (...given: Parameters<Notices['draft']>): Promise<Notice> => {
    const notice = await notices.draft(...given);
    await sender.askFor(notice);
    return notice;
  };

  /** May be repeated until it went through; that it did is on record last. */
  const sendOut = async (notice: Notice): Promise<void> => {
    await sender.send(notice);
    if (notice.supersedes) await supersede(notice.supersedes, notice);
    const sent = await change(notice.id, (current) => ({ ...current, announced: true }));
    await sender.refreshRooms(sent);
  };

  const supersede = async (id: string, by: Notice): Promise<Notice> => {
    const words = by.postponed && `postponed: ${by.postponed.reason}`;
    const notice = await change(id, (current) =>
      current.state === 'draft' || current.state === 'sent'
        ? {
            ...current,
            state: 'superseded',
            supersededBy: by.id,
            endedAt: now().toISOString(),
            ...(words !== undefined && { reason: words }),
          }
        : undefined,
    );
    await sender.refresh(notice);
    return notice;
  };

  const open = async (id: string): Promise<Notice> => {
    const notice = await known(id);
    if (notice.state !== 'draft' && notice.state !== 'sent') throw new UserError(endedWords(notice));
    return notice;
  };

  const closeIfProven = async (notice: Notice): Promise<void> => {
    const { seats, proven } = await rollOf(notice.id).totals();
    if (seats === 0 || proven < seats) return;
    const closed = await change(notice.id, (current) =>
      current.state === 'sent'
        ? {
            ...current,
            state: 'closed',
            endedAt: now().toISOString(),
            reason: 'every seat was seen running it',
          }
        : undefined,
    );
    await audit.write({ who: 'tocsin', what: 'notice.closed', about: notice.id });
    await sender.refresh(closed);
  };

  return {
    draft: (announcement, from, key) =>
      draft(announcement, { createdBy: from }, keyOf('notice', key ?? JSON.stringify(announcement))),
    async announce(announcement, by, cause) {
      requireRole(by, 'coordinator');
      const notice = await draft(announcement, { createdBy: by.id }, keyOf('notice', cause));
      await audit.write({
        who: by.id,
        what: 'notice.drafted',
        about: notice.id,
        detail: { subject: notice.subject },
      });
      return notice;
    },
    async confirm(id, by) {
      requireRole(by, 'coordinator');
      const before = await known(id);
      if (before.createdBy === by.id && hasAnotherCoordinator(fleets.current(), by)) {
        throw new UserError('You drafted this notice: another coordinator has to confirm it.');
      }
      if (before.state !== 'draft' && before.announced) throw new UserError(endedWords(before));
      const notice = await change(id, (current) =>
        current.state === 'draft'
          ? { ...current, state: 'sent', confirmedBy: by.id, sentAt: now().toISOString() }
          : undefined,
      );
      if (notice.state !== 'sent') throw new UserError(endedWords(notice));
      await audit.write({ who: by.id, what: 'notice.confirmed', about: id });
      await sendOut(notice);
      return notice;
    },
    async close(id, by, reason) {
      requireRole(by, 'coordinator');
      await open(id);
      const notice = await change(id, (current) =>
        current.state === 'draft' || current.state === 'sent'
          ? {
              ...current,
              state: current.state === 'draft' ? 'cancelled' : 'closed',
              endedAt: now().toISOString(),
              endedBy: by.id,
              reason,
            }
          : undefined,
      );
      await audit.write({ who: by.id, what: `notice.${notice.state}`, about: id, detail: { reason } });
      await sender.refresh(notice);
      return notice;
    },
    async supersede(id, by, successor) {
      requireRole(by, 'coordinator');
      await open(id);
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
      const kept = { subject, version, commit, parameters, severity, url, text, audience };
      const coin = deadline.coin ?? old.deadline?.coin;
      const announcement = {
        ...kept,
        deadline: { ...deadline, ...(coin !== undefined && { coin }) },
        supersedes: id as NoticeId,
      };
      const postponed = { from: deadlineWords({ notice: old }), reason };
      const notice = await draft(announcement, { createdBy: by.id, postponed }, keyOf('notice', cause));
      await audit.write({
        who: by.id,
        what: 'notice.postponed',
        about: id,
        detail: { by: notice.id, reason },
      });
      return notice;
    },
    async sweep() {
      for (const notice of await notices.open()) {
        if (notice.announced) await closeIfProven(notice);
        else await sendOut(notice);
      }
    },
  };
}

const hasAnotherCoordinator = (fleet: Fleet, than: Operator): boolean =>
  fleet.operators.some((operator) => operator.id !== than.id && hasRole(operator.role, 'coordinator'));
