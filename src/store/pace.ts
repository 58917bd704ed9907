import type { Redis } from 'ioredis';

import type { Pace } from '#src/domain/pace.ts';

import { KEY_PREFIX } from './documents.ts';

const NOW = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
`;
const text = (number: string): string => `string.format('%.3f', ${number})`;

/** Under each name, the times of the last places given, the newest first: the oldest of `count` says when the next is free. */
const RESERVE = `${NOW}
local wait = 0
for i = 1, #KEYS do
  local count, per = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
  local oldest = tonumber(redis.call('LINDEX', KEYS[i], count - 1) or 0)
  -- A time that far ahead was written before Redis's clock was set back.
  if oldest < now + 60000 then wait = math.max(wait, oldest + per - now) end
  local held = tonumber(redis.call('GET', KEYS[i] .. ':held') or 0)
  wait = math.max(wait, held - now)
end
if wait > tonumber(ARGV[1]) then return {0, ${text('wait')}} end
for i = 1, #KEYS do
  local count, per = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
  redis.call('LPUSH', KEYS[i], ${text('now + wait')})
  redis.call('LTRIM', KEYS[i], 0, count - 1)
  redis.call('PEXPIRE', KEYS[i], math.ceil(per + wait + 60000))
end
return {1, ${text('wait')}}`;

/** Scores are when a place is free again; a call that never says that it ended is given up. */
const BEGIN = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local first = tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])
  return ${text('math.min(math.max(first - now, 1), 20)')}
end
redis.call('ZADD', KEYS[1], now + 10000 + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], 60000)
return '0'`;

const FINISH = `${NOW}
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
return 1`;

const HOLD = `${NOW}
redis.call('SET', KEYS[1] .. ':held', ${text('now + ARGV[1]')}, 'PX', ARGV[1])
return 1`;

const TURN = `${NOW}
local burst, every = tonumber(ARGV[2]), tonumber(ARGV[3])
local at = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or nil)
if not at then
  local next = math.max(tonumber(redis.call('HGET', KEYS[1], ' next') or 0), now)
  at = next - (burst - 1) * every
  redis.call('HSET', KEYS[1], ' next', ${text('next + every')})
end
redis.call('PEXPIRE', KEYS[1], 86400000)
if at <= now then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return '0'
end
redis.call('HSET', KEYS[1], ARGV[1], ${text('at')})
return ${text('at - now')}`;

const HOLD_TURNS = `${NOW}
local burst, every = tonumber(ARGV[2]), tonumber(ARGV[3])
local next = math.max(tonumber(redis.call('HGET', KEYS[1], ' next') or 0), now + ARGV[1] + (burst - 1) * every)
redis.call('HSET', KEYS[1], ' next', ${text('next')})
redis.call('PEXPIRE', KEYS[1], 86400000)
return 1`;

const SLOW = `${NOW}
local every = math.min(math.max(tonumber(ARGV[1]), 100), 60000)
redis.call('SET', KEYS[1], every, 'PX', math.ceil(60000 + every))
redis.call('SET', KEYS[1] .. ':next', ${text('now + ARGV[1]')}, 'PX', math.ceil(60000 + ARGV[1]))
return 1`;

const SLOWED = `${NOW}
local every = tonumber(redis.call('GET', KEYS[1]) or nil)
if not every then return '0' end
local next = tonumber(redis.call('GET', KEYS[1] .. ':next') or 0)
if next > now and next < now + 600000 then return ${text('next - now')} end
redis.call('SET', KEYS[1] .. ':next', ${text('now + every')}, 'PX', math.ceil(60000 + every))
return '0'`;

/** Kept in Redis and told by its clock, so that several processes keep one pace. */
export function createPace(redis: Redis): Pace {
  const key = (kind: string, name: string): string => `${KEY_PREFIX}:pace:${kind}:${name}`;
  const run = async (
    script: string,
    keys: readonly string[],
    ...words: readonly (string | number)[]
  ): Promise<unknown> => redis.eval(script, keys.length, ...keys, ...words);
  return {
    async reserve(limits, patienceMs) {
      const keys = limits.map(({ name }) => key('limit', name));
      const figures = limits.flatMap(({ count, perMs }) => [count, perMs]);
      const [granted, wait] = (await run(RESERVE, keys, patienceMs, ...figures)) as [number, string];
      return { granted: granted === 1, waitMs: Math.max(0, Number(wait)) };
    },
    begin: async ({ name, count, perMs }, call) =>
      Number(await run(BEGIN, [key('calls', name)], call, count, perMs)),
    async end({ name, perMs }, call) {
      await run(FINISH, [key('calls', name)], call, perMs);
    },
    async hold(name, forMs) {
      await run(HOLD, [key('limit', name)], Math.ceil(Math.max(1, forMs)));
    },
    turn: async (line, who, { burst, everyMs }) =>
      Math.ceil(Number(await run(TURN, [key('turns', line)], who, burst, everyMs))),
    async holdTurns(line, forMs, { burst, everyMs }) {
      await run(HOLD_TURNS, [key('turns', line)], forMs, burst, everyMs);
    },
    async slow(name, retryAfterMs) {
      await run(SLOW, [key('slow', name)], Math.ceil(retryAfterMs));
    },
    slowed: async (name) => Math.ceil(Number(await run(SLOWED, [key('slow', name)]))),
  };
}
