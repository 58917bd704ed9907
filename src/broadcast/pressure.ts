import type { Notice } from '#src/domain/notice.ts';
import type { NoticeRules } from '#src/domain/notice-rules.ts';
import type { Quiet } from '#src/domain/operator.ts';

import { quietEnd } from './quiet.ts';

/** Whom a step of the ladder goes to. */
export const STEP_KINDS = ['personal', 'reminder', 'backup', 'coordinators', 'room'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** A step of the rising pressure. */
export interface Step {
  readonly kind: StepKind;
  /** The same for the same step, whenever it is asked for: `24h`, `overdue-3`, `backup`. */
  readonly name: string;
  readonly at: Date;
}

/** What the steps of a notice are counted from. */
export interface Ladder {
  readonly severity: Notice['severity'];
  readonly sentAt: Date;
  /** Undefined: nobody can tell, and there is nothing to count down to. */
  readonly due?: Date | undefined;
  readonly rules: NoticeRules;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const [DAY_MS, TWO_DAYS_MS] = [24 * HOUR_MS, 48 * HOUR_MS];

const spanName = (ms: number): string => {
  if (ms >= TWO_DAYS_MS && ms % DAY_MS === 0) return `${ms / DAY_MS}d`;
  if (ms % HOUR_MS === 0) return `${ms / HOUR_MS}h`;
  return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS}m` : `${ms / 1_000}s`;
};

/** The steps but those after the deadline; what would fall before the sending is left out. */
function stepsBefore({ severity, sentAt, due, rules }: Ladder): readonly Step[] {
  const sentMs = sentAt.getTime();
  const isMandatory = severity === 'mandatory';
  const personal: readonly Step[] = isMandatory
    ? [{ kind: 'personal', name: 'personal', at: new Date(sentMs + rules.personalAfterMs) }]
    : [];
  if (due === undefined || severity === 'info') return personal;
  const reminders = rules.remindersMs.map((ms): Step => ({
    kind: 'reminder',
    name: spanName(ms),
    at: new Date(due.getTime() - ms),
  }));
  // Whoever is called in later is not called in before half of the time is over.
  const half = (due.getTime() - sentMs) / 2;
  const earliest = sentMs + Math.max(half, rules.personalAfterMs);
  const further = (kind: StepKind, ms: number): Step => ({
    kind,
    name: kind,
    at: new Date(Math.max(due.getTime() - ms, earliest)),
  });
  const escalations = isMandatory
    ? [
        further('backup', rules.backupsMs),
        further('coordinators', rules.coordinatorsMs),
        further('room', rules.roomMs),
      ]
    : [];
  return [...personal, ...reminders, ...escalations].filter(({ at }) => at.getTime() > sentMs);
}

/** What is mandatory goes on after its deadline, and ends with the notice only. */
const isEndless = ({ severity, due }: Ladder): boolean => severity === 'mandatory' && due !== undefined;

/** How many times the interval after the deadline has passed. */
const turnsAt = ({ due, sentAt, rules }: Ladder, now: Date): number =>
  due === undefined
    ? 0
    : Math.max(
        0,
        Math.floor((now.getTime() - Math.max(due.getTime(), sentAt.getTime())) / rules.overdueEveryMs),
      );

const overdue = ({ due, sentAt, rules }: Ladder, turn: number): Step => ({
  kind: 'reminder',
  name: `overdue-${turn}`,
  at: new Date(Math.max(due?.getTime() ?? 0, sentAt.getTime()) + turn * rules.overdueEveryMs),
});

const byTime = (a: Step, b: Step): number => a.at.getTime() - b.at.getTime();

/** The steps whose time has come, oldest first; of those after the deadline only the latest. */
export function stepsUntil(ladder: Ladder, now: Date): readonly Step[] {
  const turn = isEndless(ladder) ? turnsAt(ladder, now) : 0;
  const come = stepsBefore(ladder).filter(({ at }) => at <= now);
  return [...come, ...(turn > 0 ? [overdue(ladder, turn)] : [])].toSorted(byTime);
}

/** When the next step comes; undefined when none does. */
export function nextStepAt(ladder: Ladder, now: Date): Date | undefined {
  const coming = stepsBefore(ladder).filter(({ at }) => at > now);
  if (isEndless(ladder)) coming.push(overdue(ladder, turnsAt(ladder, now) + 1));
  return coming.toSorted(byTime)[0]?.at;
}

/** The reminder that counts now: several whose time has come are one. */
export const reminderOf = (steps: readonly Step[]): Step | undefined =>
  steps.findLast(({ kind }) => kind === 'reminder');

interface Hours {
  readonly due?: Date | undefined;
  readonly quiet?: Quiet | undefined;
  readonly rules: Pick<NoticeRules, 'quietUntilMs'>;
}

/** When somebody with quiet hours is told what is due at a time: at their end, unless little time is left by then. */
export function tellingAt(at: Date, { quiet, due, rules }: Hours): Date {
  const end = quiet && quietEnd(quiet, at);
  if (!end) return at;
  const urgentMs = due === undefined ? Infinity : due.getTime() - rules.quietUntilMs;
  return new Date(Math.max(at.getTime(), Math.min(end.getTime(), urgentMs)));
}
