import type { Audit } from '#src/domain/audit.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { type AccountLink, type AccountLinks, accountName } from '#src/domain/linking.ts';
import { type Message, table, text } from '#src/domain/message.ts';
import { TOCSIN } from '#src/domain/operator.ts';
import { inMinutes } from '#src/domain/time.ts';

import { conflictOf } from './merge.ts';

/** When a process of Tocsin last had the fleet file before it. */
export interface Looked {
  readonly at: string;
}

interface Options {
  readonly records: {
    get(id: string): Promise<Looked | undefined>;
    update(id: string, change: () => Looked): Promise<unknown>;
  };
  readonly links: Pick<AccountLinks, 'standing'>;
  /** When the fleet file was last written or put in place; undefined where that cannot be had. */
  readonly writtenAt: () => Promise<Date | undefined>;
  readonly audit: Pick<Audit, 'write'>;
  /** Says something in room ops, once per key. */
  readonly note: (key: readonly string[], message: Message) => Promise<void>;
  readonly now: () => Date;
}

const ID = 'looked';

/**
 * A fleet file that was written while nobody looked may have dropped somebody and taken them back: the file as it stands does not
 * tell. Ending every link then would silence people who are woken by them; so they stay, and it is put on record and told which.
 */
export function createAbsence({ records, links, writtenAt, audit, note, now }: Options) {
  return {
    looked: (): Promise<unknown> => records.update(ID, () => ({ at: now().toISOString() })),
    /** At the start, before the first `looked`; killed in the middle, the next start tells of it again. */
    async tell(file: Fleet): Promise<void> {
      const [last, written] = await Promise.all([records.get(ID), writtenAt()]);
      if (!last || !written || written.getTime() < Date.parse(last.at)) return;
      const kept = (await links.standing()).filter((link) => conflictOf(file, link) === undefined);
      if (kept.length === 0) return;
      const times = { since: last.at, written: written.toISOString() };
      for (const link of kept) {
        const { operator, approvedBy = '' } = link;
        const detail = { operator, account: accountOf(link), approvedBy, ...times };
        await audit.write({ who: TOCSIN.id, what: 'link.unwatched', about: link.id, detail });
      }
      await note(['unwatched', times.since, times.written], message(kept, times.since, now()));
    },
  };
}

const accountOf = ({ platform, handle = '' }: AccountLink): string => accountName({ platform, handle });

const message = (kept: readonly AccountLink[], since: string, until: Date): Message => ({
  tone: 'warning',
  title: 'The fleet file was written while Tocsin did not run',
  blocks: [
    text(
      `From ${inMinutes(since)} to ${inMinutes(until.toISOString())} nobody looked at it: whether it dropped somebody and took them back cannot be known. These linked accounts still count:`,
    ),
    table(
      ['operator', 'account', 'confirmed by', 'on'],
      kept.map((link) => [
        link.operator,
        accountOf(link),
        link.approvedBy ?? '–',
        (link.approvedAt ?? '–').slice(0, 10),
      ]),
    ),
    text('Was one of them dropped in between, a coordinator ends the link: `link remove PLATFORM OPERATOR`.'),
  ],
});
