import type { Redis } from 'ioredis';

import { KEY_PREFIX } from './documents.ts';

export interface DueEntry {
  readonly id: string;
  readonly atMs: number;
}

/** When each of many things has to be looked at next: finding those that are due costs nothing for the others. */
export interface Due {
  /** Of two times for the same thing the earlier one stays. */
  plan(entries: readonly DueEntry[]): Promise<void>;
  /** Those whose time has come, the longest waiting first. */
  list(nowMs: number, limit: number): Promise<readonly DueEntry[]>;
  /**
   * It was looked at: next time then, or never again. Nothing happens when it was planned anew since it was listed,
   * or when another process was faster.
   */
  settle(seen: DueEntry, nextMs?: number): Promise<void>;
}

const SETTLE = `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then return redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1`;

/** Things of one kind, in a sorted set. */
export const createDue = (redis: Redis, name: string): Due => {
  const key = `${KEY_PREFIX}:due:${name}`;
  return {
    async plan(entries) {
      if (entries.length === 0) return;
      await redis.zadd(key, 'LT', ...entries.flatMap(({ id, atMs }) => [Math.round(atMs), id]));
    },
    async list(nowMs, limit) {
      const found = await redis.zrangebyscore(key, '-inf', nowMs, 'WITHSCORES', 'LIMIT', 0, limit);
      return found.flatMap((id, at) => (at % 2 === 0 ? [{ id, atMs: Number(found[at + 1]) }] : []));
    },
    async settle({ id, atMs }, nextMs) {
      await redis.eval(SETTLE, 1, key, id, atMs, nextMs === undefined ? '' : Math.round(nextMs));
    },
  };
};
