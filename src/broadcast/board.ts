import { leftWords } from '#src/domain/deadline.ts';
import { type Block, fields, type Message, table, text } from '#src/domain/message.ts';
import { isMissing, countsOf, type RollCall, type RollEntry, type RollSummary } from '#src/domain/roll.ts';

import { gistBlock, headOf } from './card.ts';
import { progressBlock } from './progress.ts';

/** More rows are for the page and the CSV. */
const MOST_ROWS = 200;
/** So wide that seat, marks and this stand beside each other on a phone. */
const WHO = 16;

/** How a seat got it (D = Discord, M = Matrix …), whether it acknowledged, whether it was seen running it. */
function rollMarks(entry: RollEntry): string {
  const got = entry.reachedOn?.charAt(0).toUpperCase() ?? '·';
  const acknowledged = entry.acknowledgedAt ? '✔' : '·';
  const runs = entry.contradiction !== undefined ? '✖' : entry.provenAt ? '✔' : '·';
  return `${got}${acknowledged}${runs}`;
}

function whoWords(entry: RollEntry): string {
  if (isMissing(entry)) return 'missing';
  const words = entry.acknowledgedAt
    ? `${entry.answer ?? 'seen'} ${entry.answeredBy ?? entry.acknowledgedBy}`
    : 'seen running it';
  return words.length <= WHO ? words : `${words.slice(0, WHO - 1).toWellFormed()}…`;
}

/** What a coordinator has to look at: said in whole sentences below the rows. */
function troubleOf({
  seat,
  contradiction,
  answer,
  reason,
  answeredBy,
  acknowledgedBy,
}: RollEntry): readonly string[] {
  return [
    ...(contradiction === undefined ? [] : [`✖ ${seat}: ${contradiction}`]),
    ...(answer === 'cannot'
      ? [`▲ ${seat}: ${answeredBy ?? acknowledgedBy} cannot${reason ? `: ${reason}` : ''}`]
      : []),
  ];
}

/** The roll call: numbers of all seats, and a row for each of those that were asked for. Narrow enough for a phone. */
export function statusCard(roll: RollCall, shown: readonly RollEntry[], now: Date): Message {
  const { notice, entries } = roll;
  const rows = shown.slice(0, MOST_ROWS).map((entry) => [entry.seat, rollMarks(entry), whoWords(entry)]);
  const troubles = shown.flatMap(troubleOf);
  const notes = [
    ...(shown.length > MOST_ROWS
      ? [`and ${shown.length - MOST_ROWS} more seats: the page has them all`]
      : []),
    ...(shown.length === 0 ? ['No seat is among these.'] : []),
    ...troubles,
  ];
  return {
    ...headOf(notice),
    blocks: [
      gistBlock(roll, now),
      progressBlock(countsOf(entries)),
      ...(rows.length > 0 ? [table(['seat', 'roll', 'who'], rows)] : []),
      ...(notes.length > 0 ? [text(notes.join('\n'))] : []),
      ...(notice.supersededBy ? [fields({ 'Superseded by': notice.supersededBy })] : []),
    ],
    footer: `${headOf(notice).footer} · roll: by which medium it got there, acknowledged, seen running it`,
  };
}

/** The latest notices, a row for each. */
export function listCard(rolls: readonly RollSummary[], now: Date): Message {
  if (rolls.length === 0) return { tone: 'neutral', title: 'There is no notice yet', blocks: [] };
  const rows = rolls.map((roll) => {
    const { notice, totals } = roll;
    const state = leftWords(roll, now) ?? notice.state;
    return [notice.id, `${totals.seats - totals.missing}/${totals.seats}`, state, notice.subject];
  });
  const list: Block = table(['id', 'answered', 'state', 'subject'], rows);
  return { tone: 'neutral', title: 'Notices', blocks: [list] };
}

const TICK_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

/** Grows as time goes by, so that a message which says how much is left is edited. */
export const ticksOf = (sentAt: string | undefined, now: Date): number =>
  sentAt === undefined ? 0 : Math.max(0, Math.floor((now.getTime() - Date.parse(sentAt)) / TICK_MS));

/** How often "3 h left" is brought up to date: every ten minutes on the last day, else every hour. */
export const refreshEveryMs = (dueAt: Date | undefined, now: Date): number => {
  const leftMs = dueAt === undefined ? Infinity : dueAt.getTime() - now.getTime();
  return leftMs > 0 && leftMs <= 24 * HOUR_MS ? TICK_MS : HOUR_MS;
};
