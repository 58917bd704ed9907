const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How notices are brought to people, and how the pressure rises: a rule of the network, in the fleet file. */
export interface NoticeRules {
  /** `both`: a copy on each chat platform at once. `first`: one, over the first platform that is up. */
  readonly media: 'both' | 'first';
  /** Reminders to those missing: so long before the deadline, the longest first. */
  readonly remindersMs: readonly number[];
  /** And so often after it. */
  readonly overdueEveryMs: number;
  /** Personal media for whom has not answered by chat, so long after the sending. */
  readonly personalAfterMs: number;
  /** From so long before the deadline on: backup operators, the coordinators' list, a call-out in the room. */
  readonly backupsMs: number;
  readonly coordinatorsMs: number;
  readonly roomMs: number;
  /** Quiet hours count while more than this is left. */
  readonly quietUntilMs: number;
  /** What a mandatory notice without any deadline is due in, from its sending. */
  readonly dueMs: number;
}

export const DEFAULT_NOTICE_RULES: NoticeRules = {
  media: 'both',
  remindersMs: [7 * DAY_MS, 3 * DAY_MS, DAY_MS, 6 * HOUR_MS, HOUR_MS],
  overdueEveryMs: HOUR_MS,
  personalAfterMs: 15 * MINUTE_MS,
  backupsMs: DAY_MS,
  coordinatorsMs: 6 * HOUR_MS,
  roomMs: HOUR_MS,
  quietUntilMs: 6 * HOUR_MS,
  dueMs: DAY_MS,
};
