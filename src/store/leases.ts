import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';

import type { Leases } from '#src/domain/lease.ts';

import { KEY_PREFIX } from './documents.ts';

const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** Leases kept in Redis, ended by its clock. */
export const createLeases = (redis: Redis): Leases => ({
  async take(name, ttlMs) {
    const key = `${KEY_PREFIX}:lease:${name}`;
    const token = randomUUID();
    if ((await redis.set(key, token, 'PX', ttlMs, 'NX')) !== 'OK') return undefined;
    return {
      renew: async () => (await redis.eval(RENEW, 1, key, token, ttlMs)) === 1,
      release: async () => {
        await redis.eval(RELEASE, 1, key, token);
      },
    };
  },
});
