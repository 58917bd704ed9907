import type { Redis } from 'ioredis';

import type { Pace } from '#src/domain/pace.ts';

import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

const CLOCK = `${KEY_PREFIX}:pace:clock`;
/** Redis's clock without its jumps back: what was written before one would hold everybody up for as long as it was. */
const NOW = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
do
  local known = redis.call('HMGET', '${CLOCK}', 'seen', 'ahead')
  local seen, ahead = tonumber(known[1] or 0) or 0, tonumber(known[2] or 0) or 0
  if now < seen then ahead = ahead + seen - now end
  if now < seen or now > seen + 1000 then
    redis.call('HSET', '${CLOCK}', 'seen', string.format('%.3f', now), 'ahead', string.format('%.3f', ahead))
  end
  now = now + ahead
end
`;
const text = (number: string): string => `string.format('%.3f', ${number})`;

/** Scores are when a place is free again; a call that never says that it ended is given up. */
const TRY = `${NOW}
local function try(key, call, count, per)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) >= tonumber(count) then
    local first = tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
    return ${text('math.min(math.max(first - now, 1), 20)')}
  end
  redis.call('ZADD', key, now + 10000 + per, call)
  redis.call('PEXPIRE', key, 60000)
  return '0'
end
`;

const BEGIN = `${TRY} return try(KEYS[1], ARGV[1], ARGV[2], ARGV[3])`;

/**
 * Under each name, the times of the last places given, the newest first: the oldest of `count` says when the next is
 * free. Words: patience, how many limits, two figures of each, then those of the call, whose key is the last.
 */
const RESERVE = `${TRY}
local wait, limits = 0, tonumber(ARGV[2])
for i = 1, limits do
  local count, per = tonumber(ARGV[i * 2 + 1]), tonumber(ARGV[i * 2 + 2])
  local oldest = tonumber(redis.call('LINDEX', KEYS[i], count - 1) or 0)
  wait = math.max(wait, oldest + per - now)
  local held = tonumber(redis.call('GET', KEYS[i] .. ':held') or 0)
  wait = math.max(wait, held - now)
end
if wait > tonumber(ARGV[1]) then return {0, ${text('wait')}, 0} end
for i = 1, limits do
  local count, per = tonumber(ARGV[i * 2 + 1]), tonumber(ARGV[i * 2 + 2])
  redis.call('LPUSH', KEYS[i], ${text('now + wait')})
  redis.call('LTRIM', KEYS[i], 0, count - 1)
  redis.call('PEXPIRE', KEYS[i], math.ceil(per + wait + 60000))
end
local begun = 0
local own = limits * 2 + 2
if wait == 0 and KEYS[limits + 1] and try(KEYS[limits + 1], ARGV[own + 1], ARGV[own + 2], ARGV[own + 3]) == '0' then
  begun = 1
end
return {1, ${text('wait')}, begun}`;

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

/**
 * What was refused does not count: the time from what passed before it until the time that was named is how far apart
 * they must be. So a second refusal tells exactly what a bucket with a burst hides from the first. Only where it came
 * early in that time: after a quiet while, a refusal says nothing of it.
 */
const SLOW = `${NOW}
local after = math.min(math.max(tonumber(ARGV[1]), 100), 600000)
local passed = tonumber(redis.call('HGET', KEYS[1], 'passed') or nil)
local every = after
if passed and passed <= now and now - passed <= after then every = now + after - passed end
every = math.min(every, 600000)
redis.call('HSET', KEYS[1], 'every', ${text('every')}, 'next', ${text('now + after')}, 'said', ${text('now')})
if passed then redis.call('HSET', KEYS[1], 'last', ${text('passed')}) end
redis.call('PEXPIRE', KEYS[1], math.ceil(60000 + after + every))
return 1`;

/**
 * A place in all lines, or in none. A pace holds until nobody has asked for a while; now and then, three times as fast
 * is tried.
 */
const SLOWED = `${NOW}
local wait, found = 0, {}
for i, key in ipairs(KEYS) do
  local known = redis.call('HMGET', key, 'every', 'next', 'said', 'last')
  local every, next = tonumber(known[1] or nil), tonumber(known[2] or nil)
  if every then wait = math.max(wait, next - now) end
  if every then found[key] = {every = every, said = tonumber(known[3]), last = known[4]} end
end
if wait > 0 then return ${text('wait')} end
for key, line in pairs(found) do
  local every = line.every
  if now - line.said > math.max(60000, 8 * every) then
    every = math.max(every / 3, 100)
    redis.call('HSET', key, 'every', ${text('every')}, 'said', ${text('now')})
  end
  if line.last then redis.call('HSET', key, 'passed', line.last) end
  redis.call('HSET', key, 'next', ${text('now + every')}, 'last', ${text('now')})
  redis.call('PEXPIRE', key, math.ceil(60000 + every))
end
return '0'`;

/** Kept in Redis and told by its clock, so that several processes keep one pace. */
export function createPace(redis: Redis): Pace {
  const key = (kind: string, name: string): string => `${KEY_PREFIX}:pace:${kind}:${name}`;
  const run = {
    reserve: script(redis, 'Reserve', RESERVE),
    begin: script(redis, 'Begin', BEGIN),
    finish: script(redis, 'Finish', FINISH),
    hold: script(redis, 'HoldBack', HOLD),
    turn: script(redis, 'Turn', TURN),
    holdTurns: script(redis, 'HoldTurns', HOLD_TURNS),
    slow: script(redis, 'Slow', SLOW),
    slowed: script(redis, 'Slowed', SLOWED),
  };
  return {
    async reserve(limits, patienceMs, first) {
      const keys = limits.map(({ name }) => key('limit', name));
      const words: (string | number)[] = [
        patienceMs,
        limits.length,
        ...limits.flatMap(({ count, perMs }) => [count, perMs]),
      ];
      if (first) {
        const { limit, call } = first;
        keys.push(key('calls', limit.name));
        words.push(call, limit.count, limit.perMs);
      }
      const answer = (await run.reserve(keys, ...words)) as [number, string, number];
      const [granted, wait, begun] = answer;
      return { granted: granted === 1, waitMs: Math.max(0, Number(wait)), begun: begun === 1 };
    },
    begin: async ({ name, count, perMs }, call) =>
      Number(await run.begin([key('calls', name)], call, count, perMs)),
    async end({ name, perMs }, call) {
      await run.finish([key('calls', name)], call, perMs);
    },
    async hold(name, forMs) {
      await run.hold([key('limit', name)], Math.ceil(Math.max(1, forMs)));
    },
    turn: async (line, who, { burst, everyMs }) =>
      Math.ceil(Number(await run.turn([key('turns', line)], who, burst, everyMs))),
    async holdTurns(line, forMs, { burst, everyMs }) {
      await run.holdTurns([key('turns', line)], forMs, burst, everyMs);
    },
    async slow(name, retryAfterMs) {
      await run.slow([key('slow', name)], Math.ceil(retryAfterMs));
    },
    slowed: async (...names) => Math.ceil(Number(await run.slowed(names.map((name) => key('slow', name))))),
  };
}
