import { z } from 'zod';

import type { Signal } from '#src/domain/alert.ts';
import { boundedList } from '#src/http/bounded-list.ts';
import type { Ingress } from '#src/http/ingress.ts';

const Time = z.iso.datetime({ offset: true });

/**
 * Alertmanager does not send again what was refused, so what is merely too long is cut, not refused.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
const Texts = z
  .record(z.string(), z.string())
  .transform((texts) =>
    Object.fromEntries(
      Object.entries(texts).map(([name, value]) => [cut(name || '_', 200), cut(value, 10_000)] as const),
    ),
  );

const Alert = z
  .object({
    status: z.enum(['firing', 'resolved']),
    labels: Texts.refine((labels) => Object.keys(labels).length > 0, 'at least one label is needed'),
    annotations: Texts.nullish(),
    startsAt: Time,
    endsAt: Time.nullish(),
    generatorURL: z.string().nullish(),
  })
  .transform(({ status, labels, annotations, startsAt, endsAt, generatorURL }): Signal => ({
    status,
    labels,
    annotations: annotations ?? {},
    startsAt,
    endsAt: endsAt && isSet(endsAt) ? endsAt : undefined,
    generatorURL: generatorURL ? cut(generatorURL, 10_000) : undefined,
  }));

/** Version 4 of the webhook; keys that are not named here may come and go. */
const Webhook = z.object({
  version: z.literal('4', 'must be "4", the version of Alertmanager’s webhook'),
  /** How many alerts of the group max_alerts kept back. */
  truncatedAlerts: z.int().min(0).nullish(),
  alerts: boundedList(Alert),
});

/** What Alertmanager posts; each alert has its own status, and its labels hold the group's and the common ones. */
export const alertmanager: Ingress = {
  name: 'alertmanager',
  path: '/alertmanager',
  guard: 'bearer',
  content: 'json',
  yields: true,
  async take(call, { alerts }) {
    const webhook = call.body(Webhook);
    const truncated = webhook.truncatedAlerts ?? 0;
    if (truncated > 0) {
      call.logger.warn({ truncated }, 'Alertmanager kept alerts back: raise max_alerts of its webhook');
    }
    const accepted = webhook.alerts.length === 0 ? [] : await alerts.accept(webhook.alerts);
    return { status: 202, body: { accepted, ...(truncated > 0 && { truncated }) } };
  },
};

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** Alertmanager writes the year 1 for "not yet". */
const isSet = (time: string): boolean => Date.parse(time) > 0;
