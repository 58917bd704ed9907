import type { Redis } from 'ioredis';

import type { Cause } from '#src/domain/delivery.ts';
import { type Place, placeName } from '#src/domain/room.ts';

import { KEY_PREFIX } from './documents.ts';

/** What did not come the usual way while a platform was down, by recipient. */
export interface Outages {
  /** Remembers it, once per recipient and cause; opens an outage of the platform where none is. */
  note(missed: {
    readonly platform: string;
    readonly to: Place;
    readonly cause: Cause;
    readonly where: string;
  }): Promise<void>;
  /** The platforms are up: what was missed there can be told. */
  end(platforms: readonly string[]): Promise<void>;
  /** Outages that ended and whose digest is not written, or not up to date. */
  untold(): Promise<
    readonly { readonly id: string; readonly places: readonly Place[]; readonly size: string }[]
  >;
  /** Its digests are on record; stays untold when more was noted since. */
  told(outage: { readonly id: string; readonly size: string }): Promise<void>;
  of(id: string, to: Place): Promise<Missing | undefined>;
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
/** What is noted later than this after an outage begins another. */
const AFTER_MS = 10 * 60_000;

const NOTE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local base, platform, place, where = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local id = redis.call('GET', base .. ':now:' .. platform) or redis.call('GET', base .. ':last:' .. platform)
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
local id = redis.call('GET', ARGV[1] .. ':now:' .. ARGV[2])
if not id then return 0 end
redis.call('SET', ARGV[1] .. ':last:' .. ARGV[2], id, 'PX', ARGV[3])
redis.call('SADD', ARGV[1] .. ':untold', id)
redis.call('DEL', ARGV[1] .. ':now:' .. ARGV[2])
return 1`;

const TOLD = `
if redis.call('HGET', ARGV[1] .. ':' .. ARGV[2], 'size') == ARGV[3] then redis.call('SREM', ARGV[1] .. ':untold', ARGV[2]) end
return 1`;

/** Every key carries the hash tag of the first, so that a cluster keeps them together. */
export function createOutages(redis: Redis): Outages {
  const run = (script: string, ...words: readonly (string | number)[]): Promise<unknown> =>
    redis.eval(script, 1, base, base, ...words);
  return {
    async note({ platform, to, cause, where }) {
      await run(NOTE, platform, placeName(to), where, cause, JSON.stringify(to), KEEP_MS);
    },
    async end(platforms) {
      await Promise.all(platforms.map((platform) => run(END, platform, AFTER_MS)));
    },
    async untold() {
      const ids = await redis.smembers(`${base}:untold`);
      return await Promise.all(
        ids.map(async (id) => {
          const size = (await redis.hget(`${base}:${id}`, 'size')) ?? '';
          const places = await redis.smembers(`${base}:${id}:places`);
          return { id, size, places: places.map((json) => JSON.parse(json) as Place) };
        }),
      );
    },
    async told({ id, size }) {
      await run(TOLD, id, size);
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
