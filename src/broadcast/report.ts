import type { Compose } from '#src/domain/delivery.ts';
import { fields, type Message, table, text } from '#src/domain/message.ts';
import type { Broadcast } from '#src/domain/notice.ts';
import type { Pictures } from '#src/domain/picture.ts';
import { PART_WORDS, PARTS } from '#src/domain/progress.ts';
import { MILESTONES, milestoneRows, type Report, reportOf } from '#src/domain/report.ts';
import { NO_REGION, type RollCall } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';

import { headOf } from './card.ts';
import { boardPicture } from './picture.ts';

/** `discord 40, matrix 16, nobody 4`; it adds up to the seats. */
const countWords = (counts: Readonly<Record<string, number>>, none: string): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name === NO_REGION ? none : name} ${count}`)
    .join(', ');

const MOST_LISTED = 20;
const MOST_NAMED = 100;

function listed(heading: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length > MOST_LISTED ? [`and ${lines.length - MOST_LISTED} more`] : [];
  return [`${heading}:`, ...lines.slice(0, MOST_LISTED).map((line) => `• ${line}`), ...more];
}

const namedWords = (names: readonly string[]): string =>
  [
    ...names.slice(0, MOST_NAMED),
    ...(names.length > MOST_NAMED ? [`and ${names.length - MOST_NAMED} more`] : []),
  ].join(', ');

/** How a broadcast went: what took how long, over which medium, and what is still wrong. */
export function reportCard(report: Report): Message {
  const { notice, seats, endedAs, escalated, contradictions, reasons, silent } = report;
  const parts = PARTS.filter((part) => endedAs[part] > 0);
  const said = ({ seat, words }: { readonly seat: string; readonly words: string }) => `${seat}: ${words}`;
  const troubles = [
    ...listed('Contradicted', contradictions.map(said)),
    ...listed('Could not', reasons.map(said)),
    ...(silent.length > 0 ? [`Never answered: ${namedWords(silent)}`] : []),
  ];
  return {
    ...headOf(notice),
    title: `📋 Report: ${notice.subject}`,
    blocks: [
      text(`${seats} seats: ${parts.map((part) => `${endedAs[part]} ${PART_WORDS[part]}`).join(', ')}`),
      table(MILESTONES, milestoneRows(report)),
      ...(troubles.length > 0 ? [text(troubles.join('\n'))] : []),
      fields({
        'Reached by': countWords(report.reachedOn, 'not reached'),
        'Answered on': countWords(report.answeredOn, 'no answer'),
        Reminders: notice.reminded.map(({ step, seats: to }) => `${step} (${to})`).join(', '),
        Escalated: countWords(escalated, 'nobody'),
        Sent: notice.sentAt && inMinutes(notice.sentAt),
        Ended:
          notice.endedAt && `${inMinutes(notice.endedAt)}${notice.endedBy ? ` by ${notice.endedBy}` : ''}`,
        Why: notice.reason,
      }),
    ],
  };
}

/** The message with the picture of the board below its words; without, where it could not be drawn. */
export async function withPicture(
  message: Message,
  { pictures, roll, at }: { readonly pictures: Pictures; readonly roll: RollCall; readonly at: Date },
): Promise<Message> {
  const { svg, alt } = boardPicture(roll, at);
  const png = await pictures.png(svg);
  if (!png) return message;
  return {
    ...message,
    blocks: [...message.blocks, { kind: 'image', name: `${roll.notice.id}.png`, alt, png }],
  };
}

interface ReportNeeds {
  readonly broadcast: Pick<Broadcast, 'rollCall'>;
  readonly pictures: Pictures;
}

/** Writes `report:<notice>`, for the coordinators, once a notice has ended; it is not edited any more. */
export const createReports =
  ({ broadcast, pictures }: ReportNeeds): Compose =>
  async (cause) => {
    const roll = await broadcast.rollCall(cause.slice('report:'.length));
    if (roll?.notice.endedAt === undefined) return undefined;
    const at = new Date(roll.notice.endedAt);
    return { message: await withPicture(reportCard(reportOf(roll)), { pictures, roll, at }), revision: 1 };
  };
