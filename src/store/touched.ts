import type { Redis } from 'ioredis';

import { KEY_PREFIX } from './documents.ts';

/** Names of what changed, until it is shown: what stays here for long was interrupted by a kill. */
export interface TouchedStore {
  set(name: string): Promise<void>;
  clear(name: string): Promise<void>;
  /** Those that have been there for longer. */
  since(ms: number): Promise<readonly string[]>;
}

const MOST = 1_000;

export const createTouched = (redis: Redis, noun: string, now: () => Date): TouchedStore => {
  const key = `${KEY_PREFIX}:${noun}:touched`;
  return {
    async set(name) {
      await redis.zadd(key, now().getTime(), name);
    },
    async clear(name) {
      await redis.zrem(key, name);
    },
    since: async (ms) => await redis.zrangebyscore(key, '-inf', now().getTime() - ms, 'LIMIT', 0, MOST),
  };
};
