import { z } from 'zod';

import type { Operator, OperatorId } from './operator.ts';
import type { SeatId } from './seat.ts';

export const NOTICE_SEVERITIES = ['mandatory', 'recommended', 'info'] as const;
export const NOTICE_STATES = ['draft', 'sent', 'closed', 'superseded', 'cancelled'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];
export type NoticeId = string & z.$brand<'NoticeId'>;

const OneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** Which seats a notice is for; nothing given = all of them. */
export const Audience = z.strictObject({
  seats: OneOrMore.optional(),
  regions: OneOrMore.optional(),
  coins: OneOrMore.optional(),
  servers: OneOrMore.optional(),
  kinds: OneOrMore.optional(),
});
export type Audience = z.infer<typeof Audience>;

/** When it must be done: by a time, at a coin's height, or both. */
export const Deadline = z.strictObject({
  time: z.iso.datetime({ offset: true }).optional(),
  height: z.int().positive().optional(),
  coin: z.string().min(1).max(40).optional(),
});
export type Deadline = z.infer<typeof Deadline>;

/** What an announcer says. */
export const Announcement = z.strictObject({
  subject: z.string().trim().min(1).max(200),
  version: z.string().trim().min(1).max(100).optional(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,40}$/i, 'a commit is 7 to 40 hex digits')
    .optional(),
  severity: z.enum(NOTICE_SEVERITIES).default('mandatory'),
  deadline: Deadline.optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  text: z.string().max(20_000).default(''),
  audience: z.union([z.literal('all'), Audience]).default('all'),
  supersedes: z.string().max(100).optional(),
});
export type Announcement = z.infer<typeof Announcement>;

export interface Notice extends Announcement {
  readonly id: NoticeId;
  readonly state: NoticeState;
  /** Operator id, or the ingress it came from. */
  readonly createdBy: string;
  readonly createdAt: string;
  readonly confirmedBy?: OperatorId | undefined;
  readonly sentAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly endedBy?: OperatorId | undefined;
  readonly reason?: string | undefined;
  readonly supersededBy?: NoticeId | undefined;
  /** Reminders sent so far, as milliseconds before the deadline (negative = after). */
  readonly reminded: readonly number[];
  /** Whether its deliveries are on record. */
  readonly announced: boolean;
  readonly revision: number;
}

export const ANSWERS = ['on-it', 'done', 'cannot'] as const;
export type Answer = (typeof ANSWERS)[number];

/** One line of the roll call. */
export interface RollEntry {
  readonly seat: SeatId;
  readonly region?: string | undefined;
  /** First operator reached, and how. */
  readonly reachedBy?: OperatorId | undefined;
  readonly reachedOn?: string | undefined;
  readonly reachedAt?: string | undefined;
  readonly acknowledgedBy?: OperatorId | undefined;
  readonly acknowledgedOn?: string | undefined;
  readonly acknowledgedAt?: string | undefined;
  readonly answer?: Answer | undefined;
  readonly reason?: string | undefined;
  /** Seen running what the notice asks for. */
  readonly provenAt?: string | undefined;
  /** Said done, but seen running something else: what was seen. */
  readonly contradiction?: string | undefined;
  readonly escalations: readonly { readonly at: string; readonly to: string }[];
  readonly revision: number;
}

export interface RollCall {
  readonly notice: Notice;
  readonly entries: readonly RollEntry[];
}

export interface Counts {
  readonly seats: number;
  readonly reached: number;
  readonly acknowledged: number;
  readonly proven: number;
  /** Neither acknowledged nor proven. */
  readonly missing: number;
}

export const countsOf = (entries: readonly RollEntry[]): Counts => ({
  seats: entries.length,
  reached: entries.filter((entry) => entry.reachedAt).length,
  acknowledged: entries.filter((entry) => entry.acknowledgedAt).length,
  proven: entries.filter((entry) => entry.provenAt).length,
  missing: entries.filter((entry) => !entry.acknowledgedAt && !entry.provenAt).length,
});

/** Takes announcements from outside. */
export interface NoticeIntake {
  /** On record as a draft when it resolves; the same announcement twice is one notice. Throws OutsideError, UserError. */
  draft(announcement: Announcement, from: string): Promise<Notice>;
}

/** The mandatory update: announce, confirm, call the roll. */
export interface Broadcast extends NoticeIntake {
  list(limit?: number): Promise<readonly Notice[]>;
  rollCall(id: string): Promise<RollCall | undefined>;
  /** Puts a draft before the coordinators; `cause` makes the same event asking twice one notice. */
  announce(announcement: Announcement, by: Operator, cause: string): Promise<RollCall>;
  /** Sends a draft. Not by the one who drafted it, unless there is no other coordinator. Throws UserError. */
  confirm(id: string, by: Operator): Promise<Notice>;
  /** Drops a draft, or closes a sent notice. Throws UserError. */
  close(id: string, by: Operator, reason: string): Promise<Notice>;
  supersede(id: string, by: Operator, successor: string): Promise<Notice>;
  /** For all seats of the operator that the notice is for. Throws UserError. */
  acknowledge(id: string, by: Operator, answer: Answer, on: string, reason?: string): Promise<Notice>;
}
