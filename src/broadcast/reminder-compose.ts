import type { Due } from '#src/domain/deadline.ts';
import type { Compose } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { RollEntry, RollOf } from '#src/domain/roll.ts';

import { proofWords } from './about.ts';
import { isMatterOfCoordinators, isPressed } from './pressed.ts';
import { callOutCard, coordinatorsCard, reminderCard } from './reminder-card.ts';
import { ownLines } from './roll.ts';

interface ComposeNeeds {
  readonly notices: { get(id: string): Promise<Notice | undefined> };
  readonly rollOf: RollOf;
  readonly dueOf: (notice: Notice) => Promise<Due>;
  readonly fleets: Fleets;
  readonly now: () => Date;
}

/** How a reminder looks now: with buttons while it is one, and not told any more where it comes too late. */
export function composeReminders({ notices, rollOf, dueOf, fleets, now }: ComposeNeeds): Compose {
  return async (cause, to) => {
    const [, id = '', step = ''] = cause.split(':');
    const notice = await notices.get(id);
    if (!notice) return undefined;
    const fleet = fleets.current();
    const due = await dueOf(notice);
    const reminding = { notice, step, due, proof: proofWords(fleet, notice), now: now() };
    const isLeft = (entry: RollEntry): boolean => isPressed(entry, { now: reminding.now, due: due.at });
    const roll = rollOf(notice.id);
    const isList = step === 'coordinators';
    const entries = to.kind === 'direct' ? await ownLines(roll, fleet, to.operator) : await roll.all();
    const left = entries.filter((entry) => isLeft(entry) || (isList && isMatterOfCoordinators(entry)));
    const callCard = isList ? coordinatorsCard : callOutCard;
    const over =
      notice.state === 'sent' ? left.length === 0 && 'answered meanwhile' : `the notice is ${notice.state}`;
    return {
      message:
        to.kind === 'direct'
          ? reminderCard(reminding, entries, to.operator)
          : callCard(reminding, left, fleet),
      revision: entries.reduce((sum, entry) => sum + entry.revision, notice.revision),
      ...(over !== false && { over }),
    };
  };
}
