import { z } from 'zod';

import type { Operator, OperatorId } from './operator.ts';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type AlertId = string & z.$brand<'AlertId'>;

const Labels = z.record(z.string().min(1).max(200), z.string().max(10_000));
const Time = z.iso.datetime({ offset: true });

/** What a producer says about an alert: one of Alertmanager's, one of a script's, one of our own patrol's. */
export const Signal = z.object({
  labels: Labels.refine((labels) => Object.keys(labels).length > 0, 'at least one label is needed'),
  annotations: Labels.default({}),
  status: z.enum(['firing', 'resolved']).default('firing'),
  startsAt: Time.optional(),
  endsAt: Time.optional(),
  generatorURL: z.string().max(10_000).optional(),
});
export type Signal = z.infer<typeof Signal>;

/** One signal, a list of them, or Alertmanager's webhook around a list: as a list. */
export const Signals = z.preprocess((given) => {
  const isWebhook = typeof given === 'object' && given !== null && 'alerts' in given;
  const inside: unknown = isWebhook ? given.alerts : given;
  return Array.isArray(inside) ? inside : [inside];
}, z.array(Signal));

/** Further people were told because nobody acknowledged. */
export interface Escalation {
  readonly at: string;
  readonly to: readonly OperatorId[];
}

/** An episode that is over: its messages are still brought up to their end. */
export interface Episode {
  readonly episode: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string | undefined;
  readonly acknowledgedBy?: OperatorId | undefined;
  readonly acknowledgedAt?: string | undefined;
  readonly toldAt?: string | undefined;
  readonly escalations?: readonly Escalation[] | undefined;
  readonly revision: number;
}

/** An alert as Tocsin keeps it: one per set of labels, however often it is posted. */
export interface Alert {
  readonly id: AlertId;
  /** Counts the times it fired: a new episode is a new message and needs a new acknowledgement. */
  readonly episode: number;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string | undefined;
  /** An end that was heard while it did not fire: of the next episode, when that began before. */
  readonly endedAhead?: string | undefined;
  readonly acknowledgedBy?: OperatorId | undefined;
  readonly acknowledgedAt?: string | undefined;
  readonly silencedBy?: string | undefined;
  /** Since when people are told of this episode: who is on call then is told first, and escalation counts from it. */
  readonly toldAt?: string | undefined;
  readonly escalations?: readonly Escalation[] | undefined;
  readonly generatorURL?: string | undefined;
  /** Grows with every change; a posted message shows one revision. */
  readonly revision: number;
  /** The revision whose deliveries are on record. */
  readonly announced: number;
  readonly updatedAt: string;
  /** The latest episodes before this one, oldest first. */
  readonly past?: readonly Episode[] | undefined;
}

export const severityOf = (alert: { readonly labels: Readonly<Record<string, string>> }): Severity =>
  SEVERITIES.find((severity) => severity === alert.labels['severity']) ?? 'warning';

/** Takes signals from producers. */
export interface AlertIntake {
  /** Resolves with the alerts' ids once Redis holds the signals; the same signal twice has the same id. Throws OutsideError. */
  accept(signals: readonly Signal[]): Promise<readonly AlertId[]>;
}

/** The alerts and what people may do with them. */
export interface Alerting {
  list(filter?: { readonly status?: Alert['status']; readonly limit?: number }): Promise<readonly Alert[]>;
  get(id: string): Promise<Alert | undefined>;
  /** The first acknowledgement of an episode counts; returns the alert as it then stands. Throws UserError. */
  acknowledge(id: string, by: Operator): Promise<Alert>;
}
