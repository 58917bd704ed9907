import type { Logger } from 'pino';

import type { Audit } from '#src/domain/audit.ts';
import type { Due } from '#src/domain/deadline.ts';
import type { Post } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Announcement, Notice, NoticeId } from '#src/domain/notice.ts';
import type { RollOf } from '#src/domain/roll.ts';

import { audienceOf, strangersIn } from './audience.ts';
import type { Ways } from './copies.ts';
import type { Judge } from './judge.ts';
import type { Reminders } from './reminders.ts';

interface Records {
  get(id: string): Promise<Notice | undefined>;
  getMany(ids: readonly string[]): Promise<readonly (Notice | undefined)[]>;
  list(limit: number): Promise<readonly Notice[]>;
  /** Ids of the notices that were sent and have not ended. */
  names(limit: number): Promise<readonly string[]>;
  update(
    id: string,
    change: (current: Notice | undefined) => Notice | undefined,
  ): Promise<Notice | undefined>;
}

/** Remembers what changed until everybody's messages show it. */
export interface Touched {
  set(name: string): Promise<void>;
  clear(name: string): Promise<void>;
  /** Those that have been there for longer. */
  since(ms: number): Promise<readonly string[]>;
}

export interface BroadcastNeeds {
  readonly notices: Records;
  readonly rollOf: RollOf;
  readonly judge: Judge;
  readonly reminders: Pick<Reminders, 'begin' | 'heed' | 'refresh' | 'sweep'>;
  readonly dueOf: (notice: Notice) => Promise<Due>;
  readonly touched: Touched;
  readonly fleets: Fleets;
  readonly post: Post;
  readonly audit: Pick<Audit, 'write'>;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly ways: Ways;
}

/** The notices on record. */
export interface Notices {
  /** Throws UserError when there is none. */
  known(id: string): Promise<Notice>;
  /** Sent, and not ended. */
  open(): Promise<readonly Notice[]>;
  /** A draft; what stands under the id already stays. Throws UserError. */
  draft(
    announcement: Announcement,
    from: Pick<Notice, 'createdBy' | 'postponed'>,
    key: string,
  ): Promise<Notice>;
  /** Compare and set; undefined leaves it as it is. */
  change(id: string, next: (notice: Notice) => Notice | undefined): Promise<Notice>;
}

const MOST_OPEN = 1_000;

/** The id of a notice that is drafted under this key. */
export const noticeId = (key: string): NoticeId => `n${key.slice(0, 7)}` as NoticeId;

export function createNotices({ notices, fleets, now }: BroadcastNeeds): Notices {
  const none = (id: string): UserError =>
    new UserError(`There is no notice ${id}. \`notice list\` shows them.`);

  const known = async (id: string): Promise<Notice> => {
    const notice = await notices.get(id);
    if (!notice) throw none(id);
    return notice;
  };

  return {
    known,
    async open() {
      const found = await notices.getMany(await notices.names(MOST_OPEN));
      return found.flatMap((notice) => (notice?.state === 'sent' ? [notice] : []));
    },
    async draft(announcement, from, key) {
      const fleet = fleets.current();
      const strangers = strangersIn(fleet, announcement.audience);
      if (strangers.length > 0) throw new UserError(`The fleet does not know: ${strangers.join(', ')}.`);
      if (audienceOf(fleet, announcement.audience).length === 0)
        throw new UserError('This audience has no seat.');
      if (announcement.supersedes) await known(announcement.supersedes);
      const id = noticeId(key);
      const fresh: Notice = {
        ...announcement,
        ...from,
        id,
        state: 'draft',
        createdAt: now().toISOString(),
        reminded: [],
        announced: false,
        revision: 1,
      };
      return (await notices.update(id, (current) => current ?? fresh)) ?? fresh;
    },
    async change(id, next) {
      const notice = await notices.update(id, (current) => {
        const changed = current && next(current);
        return changed && current && changed !== current
          ? { ...changed, revision: current.revision + 1 }
          : current;
      });
      if (!notice) throw none(id);
      return notice;
    },
  };
}

/** Why nothing more can be done with a notice, in words. */
export function endedWords(notice: Notice): string {
  if (notice.supersededBy)
    return `Notice ${notice.id} is superseded by ${notice.supersededBy}: answer that one.`;
  if (notice.state === 'sent') return `Notice ${notice.id} was sent at ${notice.sentAt} already.`;
  if (notice.state === 'draft') return `Notice ${notice.id} is a draft: it was not sent yet.`;
  return `Notice ${notice.id} is ${notice.state} since ${notice.endedAt}.`;
}
