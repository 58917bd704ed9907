import type { Redis } from 'ioredis';

import type { Request, Requests } from '#src/domain/remedy.ts';

import { documents } from './documents.ts';

/** Far more than are open at a time: only old reports fall out. */
const KEEP = 5_000;

/** The requests in Redis. */
export const createRequests = (redis: Redis): Requests => {
  const records = documents<Request>(redis, 'requests', { keep: KEEP });
  return {
    get: (id) => records.get(id),
    list: (limit) => records.list(limit),
    update: (id, change) => records.update(id, change),
  };
};
