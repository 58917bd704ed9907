import { z } from 'zod';

import { DEFAULT_NOTICE_RULES, type NoticeRules } from '#src/domain/notice-rules.ts';
import { isZone } from '#src/domain/wall-clock.ts';

import { span } from './span.ts';
import { strict } from './words.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const Clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day in quotes, like "23:00"');

/** Hours in which nobody is reminded. */
export const QuietHours = strict({
  from: Clock,
  to: Clock,
  zone: z.string().refine(isZone, 'must be a time zone like Europe/Berlin').default('UTC'),
}).refine(({ from, to }) => from !== to, { path: ['to'], message: 'must not be the same as from' });

const before = span(
  10 * SECOND_MS,
  92 * DAY_MS,
  'must be a time span like 15m, 6h or 7d, at least 10s and at most 92d',
);

/** How notices are brought to people, and how the pressure rises. */
export const Notices = strict({
  media: z.enum(['both', 'first']).optional(),
  reminders: z.array(before).max(20).optional(),
  overdue: before.optional(),
  personal: before.optional(),
  backups: before.optional(),
  coordinators: before.optional(),
  room: before.optional(),
  quiet: QuietHours.optional(),
  quietUntil: before.optional(),
  due: before.optional(),
});

/** What the file says nothing of is as it is by default. */
export function noticeRulesOf(file: z.infer<typeof Notices>): NoticeRules {
  const usual = DEFAULT_NOTICE_RULES;
  return {
    media: file.media ?? usual.media,
    remindersMs: (file.reminders ?? usual.remindersMs).toSorted((a, b) => b - a),
    overdueEveryMs: file.overdue ?? usual.overdueEveryMs,
    personalAfterMs: file.personal ?? usual.personalAfterMs,
    backupsMs: file.backups ?? usual.backupsMs,
    coordinatorsMs: file.coordinators ?? usual.coordinatorsMs,
    roomMs: file.room ?? usual.roomMs,
    quietUntilMs: file.quietUntil ?? usual.quietUntilMs,
    dueMs: file.due ?? usual.dueMs,
  };
}
