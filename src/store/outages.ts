import type { Redis } from 'ioredis';

import type { Cause } from '#src/domain/delivery.ts';
import { type Place, placeName } from '#src/domain/room.ts';

import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** What did not come the usual way while a platform was down, by recipient. */
export interface Outages {
  /**
   * Remembers it, once per recipient and cause; opens an outage of the platform where none is. What was queued before
   * the last one ended belongs to that, however late it arrives.
   */
  note(missed: {
    readonly platform: string;
    readonly to: Place;
    readonly cause: Cause;
    readonly where: string;
    readonly queuedAt: string;
  }): Promise<void>;
  /** The platform is up for so long. That ends its outage, sooner where it is the first for a while: flapping is one. */
  end(platform: string, upMs: number): Promise<void>;
  /** Outages that ended and whose digest is not written, or not up to date. */
  untold(): Promise<readonly Untold[]>;
  /** Its digests are on record; stays untold when more was noted since. */
  told(outage: { readonly id: string; readonly size: string }): Promise<void>;
  of(id: string, to: Place): Promise<Missing | undefined>;
}

interface Untold {
  readonly id: string;
  readonly platform: string;
  readonly places: readonly Place[];
  readonly size: string;
}

/** What one recipient missed of one outage. */
export interface Missing {
  readonly platform: string;
  readonly since: string;
  /** Cause and the platform it went to, or `stale`. */
  readonly entries: readonly (readonly [Cause, string])[];
}

const base = `${KEY_PREFIX}:outages`;
const KEEP_MS = 60 * 24 * 3_600_000;
/** A platform that is up for this long is back; twice as long for each outage that began without such a calm before it. */
const BACK_MS = 5_000;
const MOST_BACK_MS = 5 * 60_000;
const CALM_MS = 10 * 60_000;

const NOTE = `
local base, platform, place, where = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, queued = tonumber(ARGV[8]), tonumber(ARGV[9])
local id = redis.call('GET', base .. ':now:' .. platform)
if not id then
  local last = redis.call('GET', base .. ':last:' .. platform)
  local ended = last and redis.call('HGET', base .. ':' .. last, 'ended')
  if ended and queued <= tonumber(ended) then id = last end
end
if not id then
  id = 'o' .. string.sub(redis.sha1hex(platform .. ':' .. now), 1, 9)
  redis.call('SET', base .. ':now:' .. platform, id)
  redis.call('HSET', base .. ':' .. id, 'platform', platform, 'since', now, 'size', 0)
end
local meta, entries = base .. ':' .. id, base .. ':' .. id .. ':' .. place
if redis.call('HGET', entries, ARGV[5]) == where then return 0 end
redis.call('HSET', entries, ARGV[5], where)
redis.call('SADD', meta .. ':places', ARGV[6])
redis.call('HINCRBY', meta, 'size', 1)
for _, key in ipairs({meta, entries, meta .. ':places'}) do redis.call('PEXPIRE', key, ARGV[7]) end
if redis.call('GET', base .. ':now:' .. platform) ~= id then redis.call('SADD', base .. ':untold', id) end
return 1`;

const END = `
local base, platform, now, up = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local id = redis.call('GET', base .. ':now:' .. platform)
if not id then return 0 end
local meta, last, times = base .. ':' .. id, redis.call('GET', base .. ':last:' .. platform), 0
if last then
  local before = redis.call('HMGET', base .. ':' .. last, 'ended', 'times')
  local calm = before[1] and tonumber(redis.call('HGET', meta, 'since')) - tonumber(before[1])
  if calm and calm < tonumber(ARGV[7]) then times = tonumber(before[2]) + 1 end
end
if up < math.min(tonumber(ARGV[5]) * 2 ^ times, tonumber(ARGV[6])) then return 0 end
redis.call('HSET', meta, 'ended', now, 'times', times)
redis.call('SET', base .. ':last:' .. platform, id, 'PX', ARGV[8])
redis.call('SADD', base .. ':untold', id)
redis.call('DEL', base .. ':now:' .. platform)
return 1`;

const TOLD = `
if redis.call('HGET', ARGV[1] .. ':' .. ARGV[2], 'size') == ARGV[3] then redis.call('SREM', ARGV[1] .. ':untold', ARGV[2]) end
return 1`;

/** Every key carries the hash tag of the first, so that a cluster keeps them together. */
export function createOutages(redis: Redis, now = () => new Date()): Outages {
  const run = {
    note: script(redis, 'NoteMissed', NOTE),
    end: script(redis, 'EndOutage', END),
    told: script(redis, 'ToldOutage', TOLD),
  };
  return {
    async note({ platform, to, cause, where, queuedAt }) {
      const times = [now().getTime(), Date.parse(queuedAt)];
      await run.note(
        [base],
        base,
        platform,
        placeName(to),
        where,
        cause,
        JSON.stringify(to),
        KEEP_MS,
        ...times,
      );
    },
    async end(platform, upMs) {
      await run.end([base], base, platform, now().getTime(), upMs, BACK_MS, MOST_BACK_MS, CALM_MS, KEEP_MS);
    },
    async untold() {
      const ids = await redis.smembers(`${base}:untold`);
      return await Promise.all(
        ids.map(async (id) => {
          const { size = '', platform = '' } = await redis.hgetall(`${base}:${id}`);
          const places = await redis.smembers(`${base}:${id}:places`);
          return { id, platform, size, places: places.map((json) => JSON.parse(json) as Place) };
        }),
      );
    },
    async told({ id, size }) {
      await run.told([base], base, id, size);
    },
    async of(id, to) {
      const { platform, since } = await redis.hgetall(`${base}:${id}`);
      if (platform === undefined || since === undefined) return undefined;
      const entries = await redis.hgetall(`${base}:${id}:${placeName(to)}`);
      return {
        platform,
        since: new Date(Number(since)).toISOString(),
        entries: Object.entries(entries) as [Cause, string][],
      };
    },
  };
}
