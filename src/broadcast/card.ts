import { deadlineWords, leftWords } from '#src/domain/deadline.ts';
import {
  type Block,
  type Choice,
  choices,
  fields,
  type Message,
  text,
  type Tone,
} from '#src/domain/message.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { isSettled, type RollCall, type RollEntry, type RollSummary } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';
import { ruleWords } from '#src/domain/version.ts';

import { missingBlocks, progressBlock } from './progress.ts';

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

/** What every message about a notice begins and ends with. */
export const headOf = (notice: Notice): Pick<Message, 'tone' | 'title' | 'footer'> => ({
  tone: toneOf(notice),
  title: `${MARK[notice.severity]}: ${notice.subject}`,
  footer: `notice ${notice.id} · ${STATE_WORDS[notice.state]}`,
});

/** A notice with what is known of its deadline and its proof. */
type Told = Omit<RollCall, 'entries'>;

const proofOf = ({ notice, proof }: Told): string => proof ?? ruleWords(notice);

/** What to do, in one look: the version, until when, and how much time is left. */
export function gistBlock(told: Told, now?: Date): Block {
  const { version, commit } = told.notice;
  const deadline = deadlineWords(told);
  const left = now && leftWords(told, now);
  const lines = [
    [version && `Version ${version}`, commit && `commit ${commit}`].filter(Boolean).join(', '),
    deadline && `Due: ${deadline}${left ? ` · ${left}` : ''}`,
  ];
  return text(lines.filter(Boolean).join('\n'));
}

const aboutBlocks = (told: Told, now?: Date): readonly Block[] => {
  const { url, text: words } = told.notice;
  return [
    gistBlock(told, now),
    ...(words ? [text(words)] : []),
    ...(url ? [{ kind: 'link', label: 'Details', url } as const] : []),
  ].filter((block) => block.kind !== 'text' || block.text !== '');
};

const historyOf = ({ supersedes, supersededBy, postponed, reason }: Notice) => ({
  Replaces: supersedes,
  Postponed:
    postponed && [postponed.reason, postponed.from && `was due ${postponed.from}`].filter(Boolean).join('; '),
  'Superseded by': supersededBy,
  Reason: reason,
});

const answerChoices = (notice: Notice): Block =>
  choices(
    { label: "I'm on it", emoji: '👍', words: ['ack', notice.id, 'on-it'], style: 'primary' },
    { label: 'Done', emoji: '✅', words: ['ack', notice.id, 'done'] },
  );

/** So many can be named in the room, and on the board of the coordinators. */
const NAMED_IN_ROOM = 24;
const NAMED_ON_BOARD = 100;

/** For the room of all notaries: the notice, its numbers, who is missing, and the buttons. */
export function roomCard(roll: RollSummary, now: Date): Message {
  const { notice, totals } = roll;
  const isOpen = notice.state === 'sent';
  return {
    ...headOf(notice),
    blocks: [
      ...aboutBlocks(roll, now),
      progressBlock(totals),
      ...(isOpen ? missingBlocks(roll, NAMED_IN_ROOM) : []),
      fields({ Proof: proofOf(roll), ...historyOf(notice) }),
      ...(isOpen ? [answerChoices(notice)] : []),
    ],
  };
}

/** How a seat stands, in words: who said what and when, and what was seen. */
export function seatWords(entry: RollEntry): string {
  const { answer, answeredBy, acknowledgedBy, answeredAt, acknowledgedAt, reason, promise } = entry;
  const at = answeredAt ?? acknowledgedAt;
  const said = at && `${answer ?? 'seen'}: ${answeredBy ?? acknowledgedBy}, ${inMinutes(at)}`;
  const parts = [
    entry.contradiction,
    entry.provenAt && `proven ${inMinutes(entry.provenAt)}`,
    said && `${said}${reason ? ` (${reason})` : ''}`,
    promise && `asked for time until ${inMinutes(promise.until)}${promise.isBroken ? ', and broke it' : ''}`,
  ];
  return parts.filter(Boolean).join('; ') || 'missing';
}

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

/** For one operator: the notice and where the own seats stand. No time left: it is not edited as time goes by. */
export function directCard(told: Told, own: readonly RollEntry[], reader: OperatorId): Message {
  const { notice } = told;
  const standing = Object.fromEntries(own.map((entry) => [`Seat ${entry.seat}`, seatWords(entry)]));
  return {
    ...headOf(notice),
    blocks: [
      ...aboutBlocks(told),
      fields({ ...standing, Proof: proofOf(told), ...historyOf(notice) }),
      ...directChoices(notice, own, reader),
    ],
  };
}

/** For the coordinators: the draft with who would get it, later the board. */
export const boardCard = (roll: RollSummary, unreachable: readonly string[], now: Date): Message => ({
  ...headOf(roll.notice),
  blocks: roll.notice.state === 'draft' ? draftBlocks(roll, unreachable) : sentBlocks(roll, now),
});

function draftBlocks(roll: RollSummary, unreachable: readonly string[]): readonly Block[] {
  const { notice, totals } = roll;
  const { suggested = [] } = notice;
  const confirm: readonly Choice[] = [
    { label: 'Send it', emoji: '📣', words: ['approve', notice.id], style: 'danger' },
    { label: 'Drop it', emoji: '🗑️', words: ['deny', notice.id, 'dropped'] },
  ];
  return [
    ...aboutBlocks(roll),
    ...(suggested.length > 0
      ? [
          text(
            [
              'Read out of the text by a program, for you to check:',
              ...suggested.map((words) => `• ${words}`),
            ].join('\n'),
          ),
        ]
      : []),
    ...(unreachable.length > 0 ? [text(`Nobody can be reached for: ${unreachable.join(', ')}`)] : []),
    fields({
      'Would go to': `${totals.seats} seats`,
      'Drafted by': notice.createdBy,
      Proof: proofOf(roll),
      ...historyOf(notice),
    }),
    choices(...confirm),
  ];
}

function sentBlocks(roll: RollSummary, now: Date): readonly Block[] {
  const { notice, totals } = roll;
  return [
    ...aboutBlocks(roll, now),
    progressBlock(totals),
    ...missingBlocks(roll, NAMED_ON_BOARD),
    fields({
      'Confirmed by': notice.confirmedBy,
      Sent: notice.sentAt && inMinutes(notice.sentAt),
      'Reached by': Object.entries(totals.reachedOn)
        .map(([platform, count]) => `${platform} ${count}`)
        .join(', '),
      Proof: proofOf(roll),
      ...historyOf(notice),
    }),
  ];
}

/** To whom was told of a notice that does not hold any more. */
export const withdrawalCard = (notice: Notice): Message => ({
  ...headOf(notice),
  tone: 'warning',
  title: `🛑 Called off: ${notice.subject}`,
  blocks: [
    text(
      'Do not go on with it. What you have done already stays as it is, unless the reason says otherwise.',
    ),
    fields({ Reason: notice.reason, 'Called off by': notice.endedBy, Version: notice.version }),
  ],
});
