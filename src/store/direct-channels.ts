import type { Redis } from 'ioredis';

import { KEY_PREFIX } from './documents.ts';

/** The direct-message channels that a platform opened before, so that none is opened twice. */
export const createDirectChannels = (redis: Redis, platform: string) => {
  const key = `${KEY_PREFIX}:directs:${platform}`;
  return {
    get: async (handle: string): Promise<string | undefined> => (await redis.hget(key, handle)) ?? undefined,
    set: async (handle: string, channel: string): Promise<void> => {
      await redis.hset(key, handle, channel);
    },
  };
};
