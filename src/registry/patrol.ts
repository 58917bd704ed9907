import { z } from 'zod';

import type { Damping } from '#src/domain/damping.ts';
import type { PatrolRules } from '#src/domain/patrol.ts';

import { span } from './span.ts';
import { strict } from './words.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export const EveryMs = span(
  SECOND_MS,
  DAY_MS,
  'must be a time like 30s, 2m or 1h, at least 1s and at most 24h',
);

const KeepMs = span(DAY_MS, 31 * DAY_MS, 'must be a time like 7d or 14d, at least 1d and at most 31d');

const ForMs = span(0, DAY_MS, 'must be a time span like 0s, 90s or 30m, at most 24h');

const Looks = z.int().min(1).max(20);

/** How an alert is damped, where that is not as by default. */
const DampingOfAlert = strict({
  looks: Looks.optional(),
  of: Looks.optional(),
  for: ForMs.optional(),
  margin: z.number().min(0).max(1).optional(),
})
  .refine(({ looks, of }) => looks === undefined || of === undefined || looks <= of, {
    path: ['looks'],
    message: 'must not be more than of',
  })
  .transform(({ looks, of, for: forMs, margin }): Partial<Damping> => ({
    ...(looks !== undefined && { looks }),
    ...(of !== undefined && { of }),
    ...(forMs !== undefined && { forMs }),
    ...(margin !== undefined && { margin }),
  }));

/** How services are looked at, and when that is an alert. */
export const Patrol = strict({
  every: EveryMs.prefault('30s'),
  keep: KeepMs.prefault('7d'),
  grace: ForMs.optional(),
  damping: z.record(z.string(), DampingOfAlert).default({}),
});

export const patrolRulesOf = ({ every, keep, grace, damping }: z.infer<typeof Patrol>): PatrolRules => ({
  everyMs: every,
  keepMs: keep,
  ...(grace !== undefined && { graceMs: grace }),
  damping,
});
