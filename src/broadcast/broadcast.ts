import type { Logger } from 'pino';

import type { Audit } from '#src/domain/audit.ts';
import type { Cause, Compose, Delivery, Post } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Fleet, type Fleets, ROOM_NOTARIES, ROOM_OPS } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Announcement, Broadcast, Notice, NoticeId, RollCall, RollEntry } from '#src/domain/notice.ts';
import { hasRole, type Operator, type OperatorId } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';
import type { Place } from '#src/domain/room.ts';

import { audienceOf, strangersIn } from './audience.ts';
import { boardCard, directCard, roomCard } from './card.ts';
import { acknowledge, openEntry, reach } from './roll.ts';

interface Records<T> {
  get(id: string): Promise<T | undefined>;
  list(limit: number): Promise<readonly T[]>;
  update(id: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined>;
  addAll(records: readonly (readonly [string, T])[]): Promise<readonly string[]>;
}

interface BroadcastNeeds {
  readonly notices: Records<Notice>;
  /** The roll of a notice, a record per seat. */
  readonly rollOf: (notice: NoticeId) => Records<RollEntry>;
  readonly fleets: Fleets;
  readonly post: Post;
  readonly audit: Audit;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Platforms that can be written to, to tell in the preview who cannot be reached. */
  readonly platforms: readonly string[];
}

interface BroadcastDesk extends Broadcast {
  /** A message about a notice arrived. May be repeated. */
  arrived(delivery: Delivery): Promise<void>;
  /** Completes what a crash interrupted. */
  sweep(): Promise<void>;
  readonly compose: Compose;
}

const LIST_LIMIT = 50;
const MOST_SEATS = 100_000;
const noticeCause = (id: string): Cause => `notice:${id}`;
const boardCause = (id: string): Cause => `board:${id}`;
const OPS: Place = { kind: 'room', room: ROOM_OPS };
const NOTARIES: Place = { kind: 'room', room: ROOM_NOTARIES };

export function createBroadcast(needs: BroadcastNeeds): BroadcastDesk {
  const { notices, rollOf, fleets, post, audit, logger, now } = needs;

  const opsRoom = (fleet: Fleet): Place => (fleet.room(ROOM_OPS) ? OPS : NOTARIES);

  const known = async (id: string): Promise<Notice> => {
    const notice = await notices.get(id);
    if (!notice) throw new UserError(`There is no notice ${id}. \`notice list\` shows them.`);
    return notice;
  };

  /** A draft's roll is what it would be if sent now; a sent one's is on record. */
  const entriesOf = async (notice: Notice): Promise<readonly RollEntry[]> => {
    if (notice.state === 'draft') return audienceOf(fleets.current(), notice.audience).map(openEntry);
    const entries = await rollOf(notice.id).list(MOST_SEATS);
    return entries.toSorted((a, b) => (a.seat < b.seat ? -1 : 1));
  };

  const rollCall = async (id: string): Promise<RollCall | undefined> => {
    const notice = await notices.get(id);
    return notice && { notice, entries: await entriesOf(notice) };
  };

  const change = async (id: string, next: (notice: Notice) => Notice | undefined): Promise<Notice> => {
    const notice = await notices.update(id, (current) => {
      const changed = current && next(current);
      return changed && current && changed !== current
        ? { ...changed, revision: current.revision + 1 }
        : current;
    });
    if (!notice) throw new UserError(`There is no notice ${id} any more.`);
    return notice;
  };

  const refreshAll = async (id: string, only?: readonly Place[]): Promise<void> => {
    await post.refresh(noticeCause(id), only);
    await post.refresh(boardCause(id));
  };

  const draft = async (announcement: Announcement, createdBy: string, key: string): Promise<Notice> => {
    const fleet = fleets.current();
    const strangers = strangersIn(fleet, announcement.audience);
    if (strangers.length > 0) throw new UserError(`The fleet does not know: ${strangers.join(', ')}.`);
    if (audienceOf(fleet, announcement.audience).length === 0)
      throw new UserError('This audience has no seat.');
    if (announcement.supersedes) await known(announcement.supersedes);
    const id = `n${key.slice(0, 7)}` as NoticeId;
    const fresh: Notice = {
      ...announcement,
      id,
      state: 'draft',
      createdBy,
      createdAt: now().toISOString(),
      reminded: [],
      announced: false,
      revision: 1,
    };
    const notice = (await notices.update(id, (current) => current ?? fresh)) ?? fresh;
    await post.send(boardCause(id), [opsRoom(fleet)], notice.severity === 'mandatory' ? 'mandatory' : 'info');
    return notice;
  };

  /** Roll and deliveries on record; may be repeated until it went through. */
  const sendOut = async (notice: Notice): Promise<void> => {
    const fleet = fleets.current();
    const seats = audienceOf(fleet, notice.audience);
    await rollOf(notice.id).addAll(seats.map((seat) => [seat.id, openEntry(seat)]));
    const operators = seats.flatMap((seat) => fleet.operatorsOf(seat.id));
    const direct =
      notice.severity === 'info' ? [] : operators.map(({ id }): Place => ({ kind: 'direct', operator: id }));
    const urgency = notice.severity === 'mandatory' ? 'mandatory' : 'warning';
    await post.send(noticeCause(notice.id), [NOTARIES, ...direct], urgency);
    await notices.update(notice.id, (current) => current && { ...current, announced: true });
    await post.refresh(boardCause(notice.id));
    logger.info({ notice: notice.id, seats: seats.length, operators: direct.length }, 'notice sent');
    if (notice.supersedes) await markSuperseded(notice.supersedes, notice.id);
  };

  const markSuperseded = async (id: string, by: NoticeId): Promise<Notice> => {
    const notice = await change(id, (current) =>
      current.state === 'draft' || current.state === 'sent'
        ? { ...current, state: 'superseded', supersededBy: by, endedAt: now().toISOString() }
        : undefined,
    );
    await refreshAll(id);
    return notice;
  };

  return {
    rollCall,
    list: (limit = LIST_LIMIT) => notices.list(limit),
    draft: (announcement, from) => draft(announcement, from, keyOf('notice', JSON.stringify(announcement))),
    async announce(announcement, by, cause) {
      requireRole(by, 'coordinator');
      const notice = await draft(announcement, by.id, keyOf('notice', cause));
      await audit.write({
        who: by.id,
        what: 'notice.drafted',
        about: notice.id,
        detail: { subject: notice.subject },
      });
      return { notice, entries: await entriesOf(notice) };
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
      await audit.write({ who: by.id, what: 'notice.confirmed', about: id });
      await sendOut(notice);
      return notice;
    },
    async close(id, by, reason) {
      requireRole(by, 'coordinator');
      const before = await known(id);
      if (before.state !== 'draft' && before.state !== 'sent') throw new UserError(endedWords(before));
      const notice = await change(id, (current) => ({
        ...current,
        state: current.state === 'draft' ? 'cancelled' : 'closed',
        endedAt: now().toISOString(),
        endedBy: by.id,
        reason,
      }));
      await audit.write({ who: by.id, what: `notice.${notice.state}`, about: id, detail: { reason } });
      await refreshAll(id);
      return notice;
    },
    async supersede(id, by, successor) {
      requireRole(by, 'coordinator');
      await known(id);
      const next = await known(successor);
      if (next.id === id) throw new UserError('A notice cannot supersede itself.');
      const notice = await markSuperseded(id, next.id);
      await audit.write({ who: by.id, what: 'notice.superseded', about: id, detail: { by: next.id } });
      return notice;
    },
    async acknowledge(id, by, answer, on, reason) {
      requireRole(by, 'notary');
      const notice = await known(id);
      if (notice.state !== 'sent') throw new UserError(endedWords(notice));
      const own = await ownEntries(notice, by.id);
      if (own.length === 0) throw new UserError(`You hold no seat that notice ${id} is for.`);
      const at = now();
      for (const { seat } of own) {
        await rollOf(notice.id).update(
          seat,
          (entry) => entry && acknowledge(entry, { by: by.id, on, answer, reason, at }),
        );
      }
      await audit.write({ who: by.id, what: `notice.acknowledged`, about: id, detail: { answer } });
      const fleet = fleets.current();
      const colleagues = own.flatMap(({ seat }) => fleet.operatorsOf(seat));
      await refreshAll(id, [
        NOTARIES,
        ...colleagues.map(({ id: operator }): Place => ({ kind: 'direct', operator })),
      ]);
      return notice;
    },
    async arrived({ cause, to, platform, deliveredAt }) {
      if (to.kind !== 'direct' || !cause.startsWith('notice:')) return;
      const notice = await notices.get(cause.slice('notice:'.length));
      if (!notice) return;
      let isNews = false;
      for (const { seat, reachedAt } of await ownEntries(notice, to.operator)) {
        if (reachedAt) continue;
        isNews = true;
        const at = new Date(deliveredAt ?? now());
        await rollOf(notice.id).update(seat, (entry) => entry && reach(entry, to.operator, platform, at));
      }
      if (isNews) await refreshAll(notice.id, [NOTARIES]);
    },
    async sweep() {
      for (const notice of await notices.list(LIST_LIMIT)) {
        if (notice.state === 'sent' && !notice.announced) await sendOut(notice);
      }
    },
    async compose(cause, to) {
      const [kind, id = ''] = cause.split(':');
      const roll = await rollCall(id);
      if (!roll) return undefined;
      const revision = roll.entries.reduce((sum, entry) => sum + entry.revision, roll.notice.revision);
      if (kind === 'board') return { message: boardCard(roll, unreachableOf(roll.entries)), revision };
      if (to.kind === 'room') return { message: roomCard(roll), revision };
      const seats = new Set(
        fleets
          .current()
          .seatsOf(to.operator)
          .map((seat) => seat.id),
      );
      return {
        message: directCard(
          roll,
          roll.entries.filter((entry) => seats.has(entry.seat)),
        ),
        revision,
      };
    },
  };

  async function ownEntries(notice: Notice, operator: OperatorId): Promise<readonly RollEntry[]> {
    const seats = fleets.current().seatsOf(operator);
    const roll = rollOf(notice.id);
    const found = await Promise.all(seats.map((seat) => roll.get(seat.id)));
    return found.filter((entry) => entry !== undefined);
  }

  function unreachableOf(entries: readonly RollEntry[]): readonly string[] {
    const fleet = fleets.current();
    const canHear = (operator: Operator) =>
      needs.platforms.some((platform) => operator.handles[platform] !== undefined);
    return entries.filter(({ seat }) => !fleet.operatorsOf(seat).some(canHear)).map(({ seat }) => seat);
  }
}

const hasAnotherCoordinator = (fleet: Fleet, than: Operator): boolean =>
  fleet.operators.some((operator) => operator.id !== than.id && hasRole(operator.role, 'coordinator'));

const endedWords = (notice: Notice): string => {
  if (notice.supersededBy)
    return `Notice ${notice.id} is superseded by ${notice.supersededBy}: answer that one.`;
  if (notice.state === 'sent') return `Notice ${notice.id} was sent at ${notice.sentAt} already.`;
  if (notice.state === 'draft') return `Notice ${notice.id} is a draft: it was not sent yet.`;
  return `Notice ${notice.id} is ${notice.state} since ${notice.endedAt}.`;
};
