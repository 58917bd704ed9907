import type { Redis } from 'ioredis';

import { KEY_PREFIX } from './documents.ts';

/** Remembers events for a day, so that one that is heard again is known. */
export interface Once {
  /** True for the first caller with this id, over all processes. */
  first(id: string): Promise<boolean>;
}

const DAY_S = 24 * 3600;

export const createOnce = (redis: Redis): Once => ({
  first: async (id) => (await redis.set(`${KEY_PREFIX}:heard:${id}`, '1', 'EX', DAY_S, 'NX')) === 'OK',
});
