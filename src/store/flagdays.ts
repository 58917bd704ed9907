import type { Redis } from 'ioredis';

import type { FlagDay, FlagDayRecords } from '#src/domain/flagday.ts';

import { documents } from './documents.ts';

/** As many as requests are kept would be far more than there ever are. */
const KEEP = 1_000;

/** The flag days in Redis. */
export const createFlagDays = (redis: Redis): FlagDayRecords => {
  const records = documents<FlagDay>(redis, 'flagdays', { keep: KEEP });
  return {
    get: (request) => records.get(request),
    update: (request, change) => records.update(request, change),
  };
};
