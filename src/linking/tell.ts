import { setTimeout as pause } from 'node:timers/promises';

import type { Audit } from '#src/domain/audit.ts';
import type { Cause, Compose, Post } from '#src/domain/delivery.ts';
import { type Fleets, ROOM_NOTARIES, ROOM_OPS } from '#src/domain/fleet.ts';
import { type AccountLink, type AccountLinks, LINK_STATES, type LinkState } from '#src/domain/linking.ts';
import { type Message, text } from '#src/domain/message.ts';
import type { Place } from '#src/domain/room.ts';

import { card, letter } from './card.ts';
import { STRANGER } from './decide.ts';

interface Options {
  readonly links: Pick<AccountLinks, 'get' | 'update'>;
  readonly fleets: Fleets;
  /** Ids of all platforms. */
  readonly platforms: readonly string[];
  readonly post: Post;
  readonly audit: Pick<Audit, 'write'>;
  /** Says something in room ops, once per key. */
  readonly note: (key: readonly string[], message: Message) => Promise<void>;
  readonly now: () => Date;
  /** Until every process has read that an account counts, and can write to it. */
  readonly readMs?: number | undefined;
}

/** Puts on record and says what became of a link. */
export interface Telling {
  /** Audits and tells the state it is in, once: after a crash in the middle it is audited again, and told no second time. */
  settle(link: AccountLink): Promise<void>;
  /** Somebody tries codes faster than a person types them. */
  pressed(who: string): Promise<void>;
  readonly compose: Compose;
}

const causeOf = ({ id }: AccountLink): Cause => `link:${id}`;
const stepOf = ({ id }: AccountLink, state: LinkState): Cause => `link:${id}:${state}`;

export function createTelling({
  links,
  fleets,
  platforms,
  post,
  audit,
  note,
  now,
  readMs = 2_000,
}: Options): Telling {
  /** All media on which they are, each for itself: one of the accounts may be a thief's. */
  function waysTo({ operator }: AccountLink): readonly Place[] {
    const handles = fleets.current().operator(operator)?.handles ?? {};
    const ways = platforms.filter((platform) => handles[platform] !== undefined);
    return ways.map((platform) => ({ kind: 'direct', operator, via: [platform] }));
  }

  async function tell(link: AccountLink): Promise<void> {
    // A code that nobody typed is nobody's business.
    if (link.handle === undefined && link.state !== 'burnt') return;
    const room = fleets.current().room(ROOM_OPS) ? ROOM_OPS : ROOM_NOTARIES;
    const ops: Place = { kind: 'room', room };
    await post.send(causeOf(link), [ops], 'warning');
    await post.refreshAll([causeOf(link), stepOf(link, 'proven'), stepOf(link, 'standing')]);
    if (link.state === 'standing') await pause(readMs, undefined, { ref: false });
    // An edit calls nobody: that an account was given or taken is said anew.
    const isNews = link.approvedAt !== undefined;
    await post.send(stepOf(link, link.state), [...waysTo(link), ...(isNews ? [ops] : [])], 'critical');
  }

  return {
    async settle(link) {
      if (link.told >= link.revision) return;
      await audit.write({
        who: link.by,
        account: link.account,
        what: `link.${link.state}`,
        about: link.id,
        detail: auditFacts(link),
      });
      await tell(link);
      await links.update(link.id, (current) =>
        current && current.told < link.revision ? { ...current, told: link.revision } : current,
      );
    },
    async pressed(who) {
      const tenMinutes = now().toISOString().slice(0, 15);
      await audit.write({ who: STRANGER, account: who, what: 'link.too-many' });
      await note(['link', who, tenMinutes], {
        tone: 'warning',
        title: 'Somebody tries codes for linking accounts',
        blocks: [
          text(
            `More than a person mistypes in ten minutes, from ${who}. They are refused unread, and a code cannot be guessed.`,
          ),
        ],
      });
    },
    async compose(cause, to) {
      const [, id = '', step] = cause.split(':');
      const link = await links.get(id);
      if (!link) return undefined;
      const state = LINK_STATES.find((known) => known === step);
      const message = state === undefined || to.kind === 'room' ? card(link) : letter(link, state);
      return { message, revision: link.revision };
    },
  };
}

const auditFacts = ({ operator, platform, handle, from, reason }: AccountLink): Record<string, string> => ({
  operator,
  platform,
  ...(handle !== undefined && { handle }),
  from: `${from.platform}:${from.handle}`,
  ...(reason !== undefined && { reason }),
});
