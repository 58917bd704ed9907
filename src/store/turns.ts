import type { Redis } from 'ioredis';

import type { Turns } from '#src/domain/turns.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** Sorted by when they are due, by Redis's clock, which all processes share. */
const DUE = `${KEY_PREFIX}:patrol:due`;
/** The same, of those whose last look hung. */
const HUNG = `${KEY_PREFIX}:patrol:hung`;
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
for _, one in ipairs(ARGV) do
  for _, key in ipairs(KEYS) do redis.call('ZADD', key, 'XX', 'LT', now, one) end
end
return 1`;

/** `hold, limit, limit of those that hung`, then `service, next in, hung?` of each that is ended. */
const TURN = `${NOW}
local due, hung, held = KEYS[1], KEYS[2], KEYS[3]
for at = 4, #ARGV, 3 do
  if redis.call('ZREM', held, ARGV[at]) == 1 then
    redis.call('ZADD', ARGV[at + 2] == '1' and hung or due, now + ARGV[at + 1], ARGV[at])
  end
end
for _, left in ipairs(redis.call('ZRANGEBYSCORE', held, '-inf', now, 'LIMIT', 0, 500)) do
  redis.call('ZREM', held, left)
  redis.call('ZADD', due, now, left)
end
local taken, first = {}, nil
for at, key in ipairs({hung, due}) do
  local limit = tonumber(ARGV[4 - at])
  if limit > 0 then
    for _, one in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, limit)) do
      redis.call('ZREM', key, one)
      redis.call('ZADD', held, now + ARGV[1], one)
      taken[#taken + 1] = one
    end
  end
  local next = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if next then first = math.min(first or next, next) end
end
return {taken, first and math.max(0, first - now) or -1}`;

/** A list of `[service, first in, most]`: those that are new get a turn, none waits longer than its interval, others go. */
const KEEP = `${NOW}
local due, hung, held = KEYS[1], KEYS[2], KEYS[3]
local wanted = {}
for _, round in ipairs(cjson.decode(ARGV[1])) do
  local one = round[1]
  wanted[one] = true
  if redis.call('ZSCORE', hung, one) then
    redis.call('ZADD', hung, 'XX', 'LT', now + round[3], one)
  elseif not redis.call('ZSCORE', held, one) then
    redis.call('ZADD', due, 'NX', now + round[2], one)
    redis.call('ZADD', due, 'XX', 'LT', now + round[3], one)
  end
end
for _, key in ipairs(KEYS) do
  for _, one in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if not wanted[one] then redis.call('ZREM', key, one) end
  end
end
return 1`;

const nameOf = ({ node, service }: ServiceName): string => JSON.stringify([node, service]);

/** Turns in sorted sets: a process that is killed with turns in its hands leaves them to others by a deadline. */
export function createTurns(redis: Redis, { holdMs = HOLD_MS } = {}): Turns {
  const scripts = {
    turn: script(redis, 'PatrolTurn', TURN),
    hasten: script(redis, 'PatrolHasten', HASTEN),
    keep: script(redis, 'PatrolKeep', KEEP),
  };
  const keys = [DUE, HUNG, TAKEN];
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
      if (services.length > 0) await scripts.hasten([DUE, HUNG], ...services.map(nameOf));
    },
    async turn({ ended, limit, hungLimit }) {
      const words = ended.flatMap((one) => [
        nameOf(one),
        Math.max(0, Math.round(one.nextInMs)),
        one.hung === true ? 1 : 0,
      ]);
      const answer = await scripts.turn(keys, holdMs, limit, hungLimit, ...words);
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
