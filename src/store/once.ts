import type { Redis } from 'ioredis';

import { KEY_PREFIX } from './documents.ts';
import { IS_HELD, leaseKey } from './leases.ts';
import { script } from './script.ts';

/** Remembers events for a day, so that one that is heard again is known. */
export interface Once {
  /**
   * Whether this event is to be worked on now, by whoever holds the lease `under` with this fence at that very moment:
   * true the first time, and again under a later fence when the one who began it has not done it. For anybody else it
   * is false, and the event stays free for the one who holds the lease.
   */
  begin(under: string, fence: number, id: string): Promise<boolean>;
  /** It has its answer: nobody begins it again. */
  done(id: string): Promise<void>;
}

const DAY_S = 24 * 3600;
const DONE = 'done';
const BEGIN = `${IS_HELD}
local by = redis.call('GET', KEYS[2])
if by and (by == '${DONE}' or tonumber(by) >= tonumber(ARGV[1])) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1`;

export const createOnce = (redis: Redis): Once => {
  const key = (id: string): string => `${KEY_PREFIX}:heard:${id}`;
  const begin = script(redis, 'BeginHeard', BEGIN);
  return {
    begin: async (under, fence, id) => (await begin([leaseKey(under), key(id)], fence, DAY_S)) === 1,
    async done(id) {
      await redis.set(key(id), DONE, 'EX', DAY_S);
    },
  };
};
