import type { Redis } from 'ioredis';
import { z } from 'zod';

import { KEY_PREFIX } from './documents.ts';

/** How far a platform's events were followed, and until when. */
const Followed = z.object({ token: z.string(), savedAtMs: z.number() });
type Followed = z.infer<typeof Followed>;

/** How far each account was followed: whoever leads next goes on there. */
export interface FollowedStore {
  load(account: string): Promise<Followed | undefined>;
  /** Kept unless somebody with a greater fence has kept it before. */
  save(account: string, followed: Followed, fence: number): Promise<void>;
}

const SAVE = `
local fence = redis.call('HGET', KEYS[1], ARGV[1] .. ' fence')
if fence and tonumber(fence) > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], ARGV[1] .. ' fence', ARGV[3])
return 1`;

export const createFollowed = (redis: Redis): FollowedStore => {
  const key = `${KEY_PREFIX}:followed`;
  return {
    async load(account) {
      const kept = await redis.hget(key, account);
      return kept === null ? undefined : Followed.parse(JSON.parse(kept));
    },
    async save(account, followed, fence) {
      await redis.eval(SAVE, 1, key, account, JSON.stringify(followed), fence);
    },
  };
};
