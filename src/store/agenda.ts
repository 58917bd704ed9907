import type { Redis } from 'ioredis';

import type { Agenda } from '#src/domain/agenda.ts';

import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

const SETTLE = `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then return redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1`;

/** Things of one kind, in a sorted set. */
export const createAgenda = (redis: Redis, name: string): Agenda => {
  const key = `${KEY_PREFIX}:agenda:${name}`;
  const settle = script(redis, 'Settle', SETTLE);
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
      await settle([key], id, atMs, nextMs === undefined ? '' : Math.round(nextMs));
    },
  };
};
