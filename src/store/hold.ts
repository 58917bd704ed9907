import type { Redis } from 'ioredis';

import { createLeases, leaseKey, RENEW } from './leases.ts';
import { script } from './script.ts';

/** A record in the hands of one process, until it gives it back or its time is over. */
export interface Held<T> {
  /** As it stood when it was taken. */
  readonly record: T | undefined;
  /** False when it was lost: whoever holds it must stop. */
  renew(): Promise<boolean>;
  /**
   * Compare and set, as in Documents, as long as it is held, and it is held anew from then on: both in one step, so
   * that nothing comes between the fence and the record. Resolves with undefined once it is lost.
   */
  update(change: (current: T) => T | undefined): Promise<T | undefined>;
  release(): Promise<void>;
}

/** 0 = no longer held, 1 = done, else what stands there instead. */
const SWAP_HELD = `${RENEW}
local current = redis.call('HGET', KEYS[2], ARGV[3]) or ''
if current ~= ARGV[4] then return current end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[6], ARGV[3])
return 1`;
const MOST_TRIES = 1_000;

/** Takes records of a hash, one process each at a time; undefined when another one has it. */
export function createHold<T>(
  redis: Redis,
  { hash, order, nameOf }: Readonly<{ hash: string; order: string; nameOf: (id: string) => string }>,
): (id: string, ttlMs: number) => Promise<Held<T> | undefined> {
  const leases = createLeases(redis);
  const swap = script(redis, 'SwapHeld', SWAP_HELD);
  const parse = (json: string): T | undefined => (json === '' ? undefined : (JSON.parse(json) as T));

  return async (id, ttlMs) => {
    const name = nameOf(id);
    const taken = await leases.takeReading(name, ttlMs, { hash, field: id });
    if (!taken) return undefined;
    const { lease, value = '' } = taken;
    const keys = [leaseKey(name), hash, order];
    return {
      record: parse(value),
      renew: lease.renew,
      release: lease.release,
      async update(change) {
        let json = value;
        for (let tries = 0; tries < MOST_TRIES; tries++) {
          const current = parse(json);
          const next = current && change(current);
          if (next === undefined || next === current) return (await lease.renew()) ? current : undefined;
          const words = [lease.fence, ttlMs, id, json, JSON.stringify(next), Date.now()];
          const answer = await swap(keys, ...words);
          if (answer === 0) return undefined;
          if (answer === 1) return next;
          json = String(answer);
        }
        throw new Error(`too many writers at once on ${name}`);
      },
    };
  };
}
