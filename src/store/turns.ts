import type { Redis } from 'ioredis';

import type { Turns } from '#src/domain/turns.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** Sorted by when they are due, by Redis's clock, which all processes share. */
const DUE = `${KEY_PREFIX}:patrol:due`;
/** Those that somebody took, by when that one must be dead. */
const TAKEN = `${KEY_PREFIX}:patrol:taken`;

/** Far longer than a look and what follows it take. */
const HOLD_MS = 20_000;
/** A service is looked at for the first time within this, however seldom it is later. */
const FIRST_WITHIN_MS = 30_000;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const HASTEN = `${NOW}
for _, one in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 'XX', 'LT', now, one) end
return 1`;

/** `hold, limit`, then `service, next in` of each that is ended. */
const TURN = `${NOW}
for at = 3, #ARGV, 2 do
  if redis.call('ZREM', KEYS[2], ARGV[at]) == 1 then redis.call('ZADD', KEYS[1], now + ARGV[at + 1], ARGV[at]) end
end
for _, left in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 500)) do
  redis.call('ZREM', KEYS[2], left)
  redis.call('ZADD', KEYS[1], now, left)
end
local taken = {}
if tonumber(ARGV[2]) > 0 then
  taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
  for _, one in ipairs(taken) do
    redis.call('ZREM', KEYS[1], one)
    redis.call('ZADD', KEYS[2], now + ARGV[1], one)
  end
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {taken, first and math.max(0, first - now) or -1}`;

/** A list of `[service, first in, most]`: those that are new get a turn, none waits longer than its interval, others go. */
const KEEP = `${NOW}
local wanted = {}
for _, round in ipairs(cjson.decode(ARGV[1])) do
  local one = round[1]
  wanted[one] = true
  if not redis.call('ZSCORE', KEYS[2], one) then
    redis.call('ZADD', KEYS[1], 'NX', now + round[2], one)
    redis.call('ZADD', KEYS[1], 'XX', 'LT', now + round[3], one)
  end
end
for _, key in ipairs(KEYS) do
  for _, one in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if not wanted[one] then redis.call('ZREM', key, one) end
  end
end
return 1`;

const nameOf = ({ node, service }: ServiceName): string => JSON.stringify([node, service]);

/** Turns in two sorted sets: a process that is killed with turns in its hands leaves them to others by a deadline. */
export function createTurns(redis: Redis, { holdMs = HOLD_MS } = {}): Turns {
  const scripts = {
    turn: script(redis, 'PatrolTurn', TURN),
    hasten: script(redis, 'PatrolHasten', HASTEN),
    keep: script(redis, 'PatrolKeep', KEEP),
  };
  const keys = [DUE, TAKEN];
  return {
    async keep(rounds) {
      const words = rounds.map((round) => {
        const { everyMs, offsetMs } = round;
        const firstMs = Math.floor((offsetMs / everyMs) * Math.min(everyMs, FIRST_WITHIN_MS));
        return [nameOf(round), firstMs, everyMs];
      });
      await scripts.keep(keys, JSON.stringify(words));
    },
    async hasten(services) {
      if (services.length > 0) await scripts.hasten([DUE], ...services.map(nameOf));
    },
    async turn({ ended, limit }) {
      const words = ended.flatMap((one) => [nameOf(one), Math.max(0, Math.round(one.nextInMs))]);
      const answer = await scripts.turn(keys, holdMs, limit, ...words);
      const [taken, next] = answer as [readonly string[], number];
      return {
        taken: taken.map((name) => {
          const [node, service] = JSON.parse(name) as [string, string];
          return { node, service };
        }),
        nextInMs: next < 0 ? undefined : next,
      };
    },
  };
}
