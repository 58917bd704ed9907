import {
  type Block,
  type Choice,
  choices,
  fields,
  type Message,
  table,
  text,
  type Tone,
} from '#src/domain/message.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import {
  countsOf,
  isSettled,
  type Missing,
  NO_REGION,
  type RollCall,
  type RollEntry,
  type RollSummary,
  type Totals,
} from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';

const MARK = {
  mandatory: '📣 MANDATORY',
  recommended: '📣 Recommended',
  info: 'ℹ️ For information',
} as const;
const STATE_WORDS: Readonly<Record<Notice['state'], string>> = {
  draft: 'draft, not sent',
  sent: 'sent',
  closed: 'closed',
  superseded: 'superseded',
  cancelled: 'cancelled',
};

const toneOf = (notice: Notice): Tone => {
  if (notice.state === 'closed') return 'good';
  if (notice.state !== 'sent') return 'neutral';
  return notice.severity === 'mandatory'
    ? 'critical'
    : notice.severity === 'recommended'
      ? 'warning'
      : 'neutral';
};

/** A deadline in words: a time, a height, or both. */
export function deadlineWords({ deadline }: Pick<Notice, 'deadline'>): string | undefined {
  const height = deadline?.height && `${deadline.coin ?? 'block'} height ${deadline.height}`;
  return [deadline?.time && inMinutes(deadline.time), height].filter(Boolean).join(' or ') || undefined;
}

const headOf = (notice: Notice): Pick<Message, 'tone' | 'title' | 'footer'> => ({
  tone: toneOf(notice),
  title: `${MARK[notice.severity]}: ${notice.subject}`,
  footer: `notice ${notice.id} · ${STATE_WORDS[notice.state]}`,
});

function factsOf(notice: Notice): Block[] {
  const link: Block[] = notice.url ? [{ kind: 'link', label: 'Details', url: notice.url }] : [];
  const facts = fields({
    Version: notice.version,
    Commit: notice.commit,
    Deadline: deadlineWords(notice),
    'Superseded by': notice.supersededBy,
    Reason: notice.reason,
  });
  return [...(notice.text ? [text(notice.text)] : []), facts, ...link];
}

const BAR_CELLS = 20;

/** Numbers with a bar: who was reached, who acknowledged, who is missing. */
export function progressBlock({ seats, reached, acknowledged, proven, missing }: Totals): Block {
  const full = seats === 0 ? 0 : Math.round(((seats - missing) / seats) * BAR_CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
  return text(
    `${bar} ${seats - missing}/${seats}\nreached ${reached} · acknowledged ${acknowledged} · proven ${proven} · missing ${missing}`,
  );
}

const answerChoices = (notice: Notice): Block =>
  choices(
    { label: "I'm on it", emoji: '👍', words: ['ack', notice.id, 'on-it'], style: 'primary' },
    { label: 'Done', emoji: '✅', words: ['ack', notice.id, 'done'] },
  );

const answerWords = (entry: RollEntry): string => {
  const reason = entry.reason ? ` (${entry.reason})` : '';
  return entry.acknowledgedBy ? `${entry.answer ?? 'seen'} ${entry.acknowledgedBy}${reason}` : 'missing';
};

/** Who answered for a seat, what, and when. */
const standingWords = (entry: RollEntry): string => {
  const { answer, answeredBy, answeredAt } = entry;
  if (answer === undefined || answeredAt === undefined) return answerWords(entry);
  const reason = entry.reason ? ` (${entry.reason})` : '';
  return `${answer}: ${answeredBy}, ${inMinutes(answeredAt)}${reason}`;
};

/** For the room of all notaries: the notice, its numbers, and the buttons. */
export const roomCard = ({ notice, totals }: RollSummary): Message => ({
  ...headOf(notice),
  blocks: [
    ...factsOf(notice),
    progressBlock(totals),
    ...(notice.state === 'sent' ? [answerChoices(notice)] : []),
  ],
});

const doneChoice = (notice: Notice): Block =>
  choices({ label: 'Done', emoji: '✅', words: ['ack', notice.id, 'done'], style: 'primary' });

const snoozeChoice = (notice: Notice): Block =>
  choices({ label: 'Remind me in 3 h', emoji: '⏰', words: ['ack', notice.id, 'snooze', '3h'] });

/** Who answered for all own seats closes it for the others; who is on it can still say done. */
function directChoices(notice: Notice, own: readonly RollEntry[], reader: OperatorId): readonly Block[] {
  if (notice.state !== 'sent') return [];
  if (!own.every(isSettled))
    return [answerChoices(notice), ...(own.some((entry) => entry.promise) ? [] : [snoozeChoice(notice)])];
  const isMine = own.some((entry) => entry.answer === 'on-it' && entry.answeredBy === reader);
  return isMine ? [doneChoice(notice)] : [];
}

/** For one operator: the notice and where the own seats stand. */
export function directCard(notice: Notice, own: readonly RollEntry[], reader: OperatorId): Message {
  const standing = fields(
    Object.fromEntries(own.map((entry) => [`Seat ${entry.seat}`, standingWords(entry)])),
  );
  return {
    ...headOf(notice),
    blocks: [...factsOf(notice), standing, ...directChoices(notice, own, reader)],
  };
}

/** For the coordinators: the draft with who would get it, later the board. */
export function boardCard({ notice, totals, missing }: RollSummary, unreachable: readonly string[]): Message {
  const confirm: readonly Choice[] = [
    { label: 'Send it', emoji: '📣', words: ['approve', notice.id], style: 'danger' },
    { label: 'Drop it', emoji: '🗑️', words: ['deny', notice.id, 'dropped'] },
  ];
  const warn = unreachable.length > 0 ? [text(`Nobody can be reached for: ${unreachable.join(', ')}`)] : [];
  const draft: Block[] = [
    fields({ 'Would go to': `${totals.seats} seats`, 'Drafted by': notice.createdBy }),
    ...warn,
    choices(...confirm),
  ];
  const sent: Block[] = [
    fields({ 'Confirmed by': notice.confirmedBy, Sent: notice.sentAt && inMinutes(notice.sentAt) }),
    progressBlock(totals),
    ...missingBlock(missing, totals),
  ];
  return { ...headOf(notice), blocks: [...factsOf(notice), ...(notice.state === 'draft' ? draft : sent)] };
}

function missingBlock(missing: readonly Missing[], { missingIn }: Totals): Block[] {
  if (missing.length === 0) return [];
  const byRegion = Map.groupBy(missing, ({ region }) => region ?? NO_REGION);
  const rows = Object.entries(missingIn).map(([region, count]) => {
    const named = (byRegion.get(region) ?? []).map(({ id }) => id);
    const more = count - named.length;
    return [region, String(count), [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(' ')];
  });
  return [table(['region', 'missing', 'seats'], rows)];
}

/** How a seat got it (D = Discord, M = Matrix …), whether it acknowledged, whether it was seen running it. */
function rollMarks(entry: RollEntry): string {
  const got = entry.reachedOn?.charAt(0).toUpperCase() ?? '·';
  const acknowledged = entry.acknowledgedAt ? '✔' : '·';
  const runs = entry.contradiction ? '✖' : entry.provenAt ? '✔' : '·';
  return `${got}${acknowledged}${runs}`;
}

/** All rows, compactly: delivered, acknowledged, proven. Narrow enough for a phone. */
export const statusCard = ({ notice, entries }: RollCall): Message => ({
  ...headOf(notice),
  blocks: [
    fields({
      Version: notice.version,
      Deadline: deadlineWords(notice),
      'Superseded by': notice.supersededBy,
    }),
    progressBlock(countsOf(entries)),
    table(
      ['seat', 'roll', 'who'],
      entries.map((entry) => [entry.seat, rollMarks(entry), answerWords(entry)]),
    ),
  ],
  footer: `${headOf(notice).footer} · roll: by which medium it got there, acknowledged, seen running it`,
});
