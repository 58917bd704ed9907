import type { Redis } from 'ioredis';

import { KEY_PREFIX } from './documents.ts';
import { IS_HELD, leaseKey } from './leases.ts';
import { script } from './script.ts';

/** Remembers events for a day, so that one that is heard again is known. */
export interface Once {
  /** True for the first caller with this id, over all processes. */
  first(id: string): Promise<boolean>;
  /**
   * The same, for whoever holds the lease `under` with this fence at that very moment; for anybody else it is
   * false, and the event stays free for the one who does.
   */
  firstUnder(under: string, fence: number, id: string): Promise<boolean>;
}

const DAY_S = 24 * 3600;
const FIRST_UNDER = `${IS_HELD}
if redis.call('SET', KEYS[2], '1', 'EX', ARGV[2], 'NX') then return 1 end
return 0`;

export const createOnce = (redis: Redis): Once => {
  const key = (id: string): string => `${KEY_PREFIX}:heard:${id}`;
  const firstUnder = script(redis, 'FirstUnder', FIRST_UNDER);
  return {
    first: async (id) => (await redis.set(key(id), '1', 'EX', DAY_S, 'NX')) === 'OK',
    firstUnder: async (under, fence, id) =>
      (await firstUnder([leaseKey(under), key(id)], fence, DAY_S)) === 1,
  };
};
