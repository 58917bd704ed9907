import { z } from 'zod';

import type { StatisticsSource } from '#src/domain/source.ts';

import { isWebAddress } from './sources.ts';
import { span } from './span.ts';
import { strict } from './words.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EVERY_MS = 15 * MINUTE_MS;

/** A public site that tells of seats. */
export const StatisticsEntry = strict({
  kind: z.enum(['kmd-stats']),
  url: z.string().refine(isWebAddress, 'must be an address like https://stats.kmd.io, without a login'),
  season: z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/, 'must be a season as the site names it, like Season_8'),
  every: span(
    5 * MINUTE_MS,
    DAY_MS,
    'must be a time span like 15m or 1h, at least 5m and at most 1d',
  ).optional(),
});

export const statisticsSourceOf = ({
  kind: site,
  url,
  season,
  every,
}: z.infer<typeof StatisticsEntry>): StatisticsSource => ({
  kind: 'statistics',
  site,
  url,
  season,
  everyMs: every ?? EVERY_MS,
});
