import { z } from 'zod';

import type { Alert } from '#src/domain/alert.ts';
import { defineListing, limit } from '#src/http/listing.ts';

const rowOf = (alert: Alert) => ({
  id: alert.id,
  status: alert.status,
  episode: alert.episode,
  labels: alert.labels,
  annotations: alert.annotations,
  startsAt: alert.startsAt,
  endsAt: alert.endsAt,
  acknowledgedBy: alert.acknowledgedBy,
  acknowledgedAt: alert.acknowledgedAt,
  silencedBy: alert.silencedBy,
  escalations: alert.escalations,
  generatorURL: alert.generatorURL,
  updatedAt: alert.updatedAt,
});

export const alerts = defineListing({
  path: '/alerts',
  query: { limit: limit.default(100), status: z.enum(['firing', 'resolved']).optional() },
  answer: async ({ alerting }, { limit, status }) =>
    (await alerting.list({ limit, ...(status && { status }) })).map(rowOf),
});
