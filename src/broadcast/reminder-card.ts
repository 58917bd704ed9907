import { type Dated, leftWords } from '#src/domain/deadline.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { type Mention, type Message, table, text } from '#src/domain/message.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { NO_REGION, type RollEntry } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';

import { directCard, gistBlock, headOf, seatWords } from './card.ts';
import { brokePromise } from './pressed.ts';

interface Reminding extends Dated {
  readonly notice: Notice;
  readonly step: string;
  readonly proof?: string | undefined;
  readonly now: Date;
}

const WHY: Readonly<Record<string, string>> = {
  personal: 'Nobody of your seat has answered by chat yet.',
  contradicted: 'Done was said, but the node was seen with something older: was it restarted?',
  backup: 'You stand in: nobody of the seat has done it yet.',
};

/** To one operator who has not done it. */
export function reminderCard(
  { notice, step, due, proof, now }: Reminding,
  own: readonly RollEntry[],
  reader: OperatorId,
): Message {
  const card = directCard({ notice, due, proof }, own, reader);
  if (notice.state !== 'sent') return card;
  const promises = own.flatMap((entry) =>
    entry.promise && brokePromise(entry, now)
      ? `${entry.promise.by === reader ? 'You' : entry.promise.by} asked for time until ${inMinutes(entry.promise.until)}: it is over, and ${entry.seat} is neither done nor seen running it.`
      : [],
  );
  const words = [WHY[step], ...promises].filter((line) => line !== undefined);
  const left = leftWords({ notice, due }, now);
  return {
    ...card,
    title: `⏰ ${left ? `${left}: ` : 'Reminder: '}${notice.subject}`,
    blocks: [...(words.length > 0 ? [text(words.join('\n'))] : []), ...card.blocks],
  };
}

/** So many can be called by name in one message. */
const MOST_CALLED = 40;
const MOST_ROWS = 40;

/** Into the room of all notaries: whoever is missing is called by name. */
export function callOutCard(
  { notice, due, now }: Reminding,
  pressed: readonly RollEntry[],
  fleet: Fleet,
): Message {
  const left = leftWords({ notice, due }, now);
  const regions = Map.groupBy(pressed, ({ region = NO_REGION }) => region);
  const lines = [...regions].map(
    ([region, group]) => `${region}: ${group.map(({ seat }) => seat).join(', ')}`,
  );
  const called = pressed.flatMap(({ seat }) => fleet.operatorsOf(seat));
  return {
    ...headOf(notice),
    title: `📢 ${left ? `${left}: ` : ''}${notice.subject}`,
    blocks: [
      gistBlock({ notice, due }, now),
      text(
        pressed.length === 0
          ? 'Nobody is missing any more.'
          : [`Not done yet by ${seatCount(pressed.length)}:`, ...lines].join('\n'),
      ),
    ],
    mentions: called.slice(0, MOST_CALLED).map(mentionOf),
  };
}

/** To the coordinators: who is missing, and whom they can ask. */
export function coordinatorsCard(
  { notice, due, now }: Reminding,
  pressed: readonly RollEntry[],
  fleet: Fleet,
): Message {
  const left = leftWords({ notice, due }, now);
  const rows = pressed.slice(0, MOST_ROWS).map((entry) => [
    entry.seat,
    fleet
      .operatorsOf(entry.seat)
      .map(({ id }) => id)
      .join(' ') || 'nobody',
    brokePromise(entry, now) ? 'promise broken' : entry.reachedAt ? seatWords(entry) : 'not reached',
  ]);
  const more = pressed.length - rows.length;
  return {
    ...headOf(notice),
    title: `📋 ${seatCount(pressed.length)} missing${left ? `, ${left}` : ''}: ${notice.subject}`,
    blocks: [
      table(['seat', 'who', 'state'], rows),
      ...(more > 0 ? [text(`and ${more} more: notice status ${notice.id} missing`)] : []),
    ],
    mentions: fleet.operators.filter(({ role }) => role === 'coordinator').map(mentionOf),
  };
}

const seatCount = (count: number): string => (count === 1 ? '1 seat' : `${count} seats`);
const mentionOf = ({
  id,
  handles,
}: {
  readonly id: string;
  readonly handles: Mention['handles'];
}): Mention => ({
  name: id,
  handles,
});
