import type { Compose, Composed } from '#src/domain/delivery.ts';
import type { Broadcast, Notice } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { countsOf, isMissing, isSettled, type RollEntry, type RollSummary } from '#src/domain/roll.ts';
import type { Place } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';

import { proofWords } from './about.ts';
import { audienceOf } from './audience.ts';
import { ticksOf } from './board.ts';
import { isReachable } from './copies.ts';
import { boardCard, directCard, roomCard, withdrawalCard } from './card.ts';
import type { BroadcastNeeds } from './notices.ts';
import { openEntry, ownLines, shownRevision } from './roll.ts';

interface Views extends Pick<Broadcast, 'summary' | 'rollCall' | 'unreachable'> {
  readonly compose: Compose;
}

/** Somebody answered: a seat that was only seen to run it is told all the same. */
const isAnswered = (entry: RollEntry): boolean => entry.acknowledgedAt !== undefined && isSettled(entry);

/** As many of the missing as a message can name. */
const MOST_NAMED = 100;

/** How notices look: to the commands, and in every message about them. */
export function createViews({ notices, rollOf, dueOf, fleets, ways, now }: BroadcastNeeds): Views {
  const about = async (notice: Notice) => ({
    notice,
    due: await dueOf(notice),
    proof: proofWords(fleets.current(), notice),
  });

  /** A draft's roll is what it would be if sent now; a sent one's is on record. */
  const entriesOf = (notice: Notice) =>
    notice.sentAt === undefined ? audienceOf(fleets.current(), notice.audience).map(openEntry) : undefined;

  /** What is read later may be newer than the revision says, never older: the next edit shows it again. */
  const summary = async (id: string): Promise<RollSummary | undefined> => {
    const notice = await notices.get(id);
    if (!notice) return undefined;
    const told = await about(notice);
    const drafted = entriesOf(notice);
    if (drafted) {
      const missing = drafted.filter(isMissing).slice(0, MOST_NAMED);
      return {
        ...told,
        totals: countsOf(drafted),
        missing: missing.map(({ seat, region }) => ({ id: seat, region })),
      };
    }
    const roll = rollOf(notice.id);
    const totals = await roll.totals();
    return { ...told, totals, missing: await roll.missing(MOST_NAMED) };
  };

  const unreachable = (notice: Notice): readonly SeatId[] => {
    const fleet = fleets.current();
    return audienceOf(fleet, notice.audience)
      .map(({ id }) => id)
      .filter((seat) => !fleet.operatorsOf(seat).some((operator) => isReachable(operator, ways)));
  };

  async function direct(id: string, operator: OperatorId): Promise<Composed | undefined> {
    const notice = await notices.get(id);
    if (!notice) return undefined;
    const own = await ownLines(rollOf(notice.id), fleets.current(), operator);
    const over =
      notice.state !== 'sent'
        ? `the notice is ${notice.state}`
        : own.length > 0 && own.every(isAnswered) && 'answered meanwhile';
    return {
      message: directCard(await about(notice), own, operator),
      revision: notice.revision + shownRevision(own),
      ...(over !== false && { over }),
    };
  }

  /** For whom was told of it only. */
  async function withdrawal(id: string, to: Place): Promise<Composed | undefined> {
    const notice = await notices.get(id);
    if (!notice) return undefined;
    const said = { message: withdrawalCard(notice), revision: 1 };
    if (to.kind === 'room') return said;
    const own = await ownLines(rollOf(notice.id), fleets.current(), to.operator);
    return own.some(({ reachedAt }) => reachedAt !== undefined)
      ? said
      : { ...said, over: 'was not told of it' };
  }

  return {
    summary,
    unreachable,
    async rollCall(id) {
      const notice = await notices.get(id);
      if (!notice) return undefined;
      const entries = entriesOf(notice) ?? (await rollOf(notice.id).all());
      return { ...(await about(notice)), entries };
    },
    async compose(cause, to) {
      const [kind, id = ''] = cause.split(':');
      if (kind === 'withdrawal') return await withdrawal(id, to);
      if (to.kind === 'direct') return await direct(id, to.operator);
      const found = await summary(id);
      if (!found) return undefined;
      const { notice, totals } = found;
      // Time goes by until its end, and never back.
      const until = notice.endedAt === undefined ? now() : new Date(notice.endedAt);
      const revision = notice.revision + totals.revision + ticksOf(notice.sentAt, until);
      // Looking through the fleet costs more the more seats there are: the preview is worth it.
      const mute = notice.state === 'draft' ? unreachable(notice) : [];
      const message = kind === 'board' ? boardCard(found, mute, now()) : roomCard(found, now());
      return { message, revision };
    },
  };
}
