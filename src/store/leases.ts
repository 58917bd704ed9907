import type { Redis } from 'ioredis';

import type { Holder, Lease, Leases } from '#src/domain/lease.ts';

import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** One counter for all of them: a lease is told from every earlier one, and needs no token beside its number. */
const FENCES = `${KEY_PREFIX}:fence`;

/** The key of a lease. Its value is `<fence>:<ttl>:<note>`. */
export const leaseKey = (name: string): string => `${KEY_PREFIX}:lease:${name}`;

/**
 * Takes the lease KEYS[1], and returns 0 where somebody else holds it. One that lasts longer than it was taken for was
 * taken before Redis's clock was set back: its holder may be dead, and is fenced off if it is not.
 */
const TAKE = `
local held = redis.call('GET', KEYS[1])
local ttl = held and tonumber(string.match(held, '^%d+:(%d+):'))
if ttl and redis.call('PTTL', KEYS[1]) <= ttl then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], fence .. ':' .. ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[1])
`;
/** Returns 0 unless the lease KEYS[1] is held with the fence ARGV[1]. */
export const IS_HELD = `
local held = redis.call('GET', KEYS[1])
if not held or string.match(held, '^%d+') ~= ARGV[1] then return 0 end
`;
/** Keeps the lease for ARGV[2] ms more. */
export const RENEW = `${IS_HELD}redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** Leases of things that are on record beside them. */
interface ReadingLeases extends Leases {
  /** Takes a lease and, in the same step, reads a field of a hash; undefined when somebody else holds it. */
  takeReading(
    name: string,
    ttlMs: number,
    what: { readonly hash: string; readonly field: string },
  ): Promise<{ readonly lease: Lease; readonly value: string | undefined } | undefined>;
}

/** Leases kept in Redis, ended by its clock. */
export function createLeases(redis: Redis): ReadingLeases {
  const scripts = {
    take: script(redis, 'Take', `${TAKE}return fence`),
    takeReading: script(redis, 'TakeReading', `${TAKE}return {fence, redis.call('HGET', KEYS[3], ARGV[3])}`),
    renew: script(redis, 'Renew', `${RENEW}return 1`),
    release: script(redis, 'Release', `${IS_HELD}return redis.call('DEL', KEYS[1])`),
  };
  const release = async (name: string, fence: number): Promise<void> => {
    await scripts.release([leaseKey(name)], fence);
  };
  const leaseOf = (name: string, fence: number, ttlMs: number): Lease => ({
    fence,
    renew: async () => (await scripts.renew([leaseKey(name)], fence, ttlMs)) === 1,
    release: () => release(name, fence),
  });
  return {
    async take(name, ttlMs, note = '') {
      const fence = Number(await scripts.take([leaseKey(name), FENCES], ttlMs, note));
      return fence === 0 ? undefined : leaseOf(name, fence, ttlMs);
    },
    async takeReading(name, ttlMs, { hash, field }) {
      const answer = await scripts.takeReading([leaseKey(name), FENCES, hash], ttlMs, '', field);
      if (!Array.isArray(answer)) return undefined;
      const [fence, value] = answer as [number, string | null];
      return { lease: leaseOf(name, fence, ttlMs), value: value ?? undefined };
    },
    async holder(name) {
      const found = /^(\d+):\d+:(.*)$/s.exec((await redis.get(leaseKey(name))) ?? '');
      return found ? ({ fence: Number(found[1]), note: found[2] ?? '' } satisfies Holder) : undefined;
    },
    bury: release,
  };
}
