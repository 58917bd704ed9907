import { z } from 'zod';

import type { Operator, OperatorId } from './operator.ts';
import type { Answer, RollCall, RollSummary } from './roll.ts';
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
  /** Corda: the hash of the network parameters to accept. */
  parameters: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a hash of parameters is 64 hex digits')
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
  /** What a program read out of the text it came with, in words: for whoever confirms, shown on the draft only. */
  suggested: z.array(z.string().max(200)).max(20).optional(),
});
export type Announcement = z.infer<typeof Announcement>;

/** A step of the ladder that was taken. */
export interface Reminded {
  /** `24h`, `overdue-3`, `personal`, `backup`, `coordinators`, `room`. */
  readonly step: string;
  readonly at: string;
  /** The seats it was about. */
  readonly seats: number;
  /** Whom it was sent to: operators, or rooms. */
  readonly to: number;
}

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
  /** It is the same update as the one it supersedes, due later. */
  readonly postponed?: { readonly from?: string | undefined; readonly reason: string } | undefined;
  /** Reminders and escalations that were sent, oldest first. */
  readonly reminded: readonly Reminded[];
  /** Whether its deliveries are on record. */
  readonly announced: boolean;
  readonly revision: number;
}

/** Takes announcements from outside. */
export interface NoticeIntake {
  /**
   * On record as a draft when it resolves. The same announcement twice is one notice; or, where `key` is given, what
   * comes under the same key. Throws OutsideError, UserError.
   */
  draft(announcement: Announcement, from: string, key?: string): Promise<Notice>;
}

/** The mandatory update: announce, confirm, call the roll. */
export interface Broadcast extends NoticeIntake {
  find(id: string): Promise<Notice | undefined>;
  list(limit?: number): Promise<readonly Notice[]>;
  /** How it stands, at the same cost for any number of seats. */
  summary(id: string): Promise<RollSummary | undefined>;
  /** With every seat. */
  rollCall(id: string): Promise<RollCall | undefined>;
  /** Seats of which nobody can be written to, as the fleet is now. */
  unreachable(notice: Notice): readonly SeatId[];
  /** Puts a draft before the coordinators; `cause` makes the same event asking twice one notice. */
  announce(announcement: Announcement, by: Operator, cause: string): Promise<Notice>;
  /** Sends a draft. Not by the one who drafted it, unless there is no other coordinator. Throws UserError. */
  confirm(id: string, by: Operator): Promise<Notice>;
  /** Drops a draft, or closes a sent notice. Throws UserError. */
  close(id: string, by: Operator, reason: string): Promise<Notice>;
  /** Calls it off: whoever was told of it is told so. Throws UserError. */
  cancel(id: string, by: Operator, reason: string): Promise<Notice>;
  supersede(id: string, by: Operator, successor: string): Promise<Notice>;
  /** Drafts a successor with another deadline: what it says of it replaces the old one. Throws UserError. */
  postpone(id: string, by: Operator, postponement: Postponement, cause: string): Promise<Notice>;
  /** For all seats of the operator that the notice is for, which are resolved with. Throws UserError. */
  acknowledge(id: string, by: Operator, answer: Answer, on: string, reason?: string): Promise<RollCall>;
  /** "Remind me in 3 h": once per notice and operator, and remembered. Throws UserError. */
  snooze(id: string, by: Operator, forMs: number): Promise<RollCall>;
}

export interface Postponement {
  readonly deadline: Deadline;
  readonly reason: string;
}
