import type { Redis } from 'ioredis';

import type { Holder, Leases } from '#src/domain/lease.ts';

import { KEY_PREFIX } from './documents.ts';

/** One counter for all of them: a lease is told from every earlier one, and needs no token beside its number. */
const FENCES = `${KEY_PREFIX}:fence`;

/** The key of a lease. Its value is `<fence>:<note>`. */
export const leaseKey = (name: string): string => `${KEY_PREFIX}:lease:${name}`;

const TAKE = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], fence .. ':' .. ARGV[2], 'PX', ARGV[1])
return fence`;
const IS_HELD = `local held = redis.call('GET', KEYS[1])
if not held or string.match(held, '^%d+') ~= ARGV[1] then return 0 end `;
const RENEW = `${IS_HELD} return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const RELEASE = `${IS_HELD} return redis.call('DEL', KEYS[1])`;

/** Leases kept in Redis, ended by its clock. */
export function createLeases(redis: Redis): Leases {
  const release = async (name: string, fence: number): Promise<void> => {
    await redis.eval(RELEASE, 1, leaseKey(name), fence);
  };
  return {
    async take(name, ttlMs, note = '') {
      const key = leaseKey(name);
      const fence = Number(await redis.eval(TAKE, 2, key, FENCES, ttlMs, note));
      if (fence === 0) return undefined;
      return {
        fence,
        renew: async () => (await redis.eval(RENEW, 1, key, fence, ttlMs)) === 1,
        release: () => release(name, fence),
      };
    },
    async holder(name) {
      const found = /^(\d+):(.*)$/s.exec((await redis.get(leaseKey(name))) ?? '');
      return found ? ({ fence: Number(found[1]), note: found[2] ?? '' } satisfies Holder) : undefined;
    },
    bury: release,
  };
}
