import type { Redis } from 'ioredis';

/** All keys carry one hash tag, so that a Redis Cluster keeps what is written together on one node. */
export const KEY_PREFIX = '{tocsin}';

/** Records of one noun: JSON under an id, ordered by their last change, the oldest dropped beyond `keep`. */
export interface Documents<T> {
  get(id: string): Promise<T | undefined>;
  getMany(ids: readonly string[]): Promise<readonly (T | undefined)[]>;
  /** Most recently changed first. */
  list(limit: number): Promise<readonly T[]>;
  /**
   * Compare and set: `change` is called with what stands there and may be called again when another
   * writer was faster; returning undefined (or the same object) changes nothing. Resolves with the
   * record as it then stands.
   */
  update(id: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined>;
  /** Adds those that are not there yet, in one round trip; resolves with the ids that were new. */
  addAll(records: readonly (readonly [id: string, record: T])[]): Promise<readonly string[]>;
}

interface Options {
  readonly keep: number;
  readonly now?: () => number;
}

const SWAP = `
local current = redis.call('HGET', KEYS[1], ARGV[1])
if (current or '') ~= ARGV[2] then return {0, current or ''} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
if not current then
  local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
  if over > 0 then
    local old = redis.call('ZRANGE', KEYS[2], 0, over - 1)
    redis.call('HDEL', KEYS[1], unpack(old))
    redis.call('ZREM', KEYS[2], unpack(old))
  end
end
return {1, ''}`;

interface Swapper {
  tocsinSwap(
    hash: string,
    order: string,
    id: string,
    expected: string,
    next: string,
    score: number,
    keep: number,
  ): Promise<[number, string]>;
}

const MOST_TRIES = 1_000;

/** The records named `name`, in a hash and an order beside it. */
export function documents<T>(redis: Redis, name: string, { keep, now = Date.now }: Options): Documents<T> {
  const hash = `${KEY_PREFIX}:${name}`;
  const order = `${hash}:order`;
  if (!('tocsinSwap' in redis)) redis.defineCommand('tocsinSwap', { numberOfKeys: 2, lua: SWAP });
  const swapper = redis as unknown as Swapper;
  const parse = (json: string | null | undefined): T | undefined =>
    json ? (JSON.parse(json) as T) : undefined;

  const getMany = async (ids: readonly string[]): Promise<readonly (T | undefined)[]> =>
    ids.length === 0 ? [] : (await redis.hmget(hash, ...ids)).map(parse);

  return {
    getMany,
    get: async (id) => parse(await redis.hget(hash, id)),
    async list(limit) {
      if (limit <= 0) return [];
      const found = await getMany(await redis.zrevrange(order, 0, limit - 1));
      return found.filter((record) => record !== undefined);
    },
    async update(id, change) {
      let json = (await redis.hget(hash, id)) ?? '';
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const current = parse(json);
        const next = change(current);
        if (next === undefined || next === current) return current;
        const [done, other] = await swapper.tocsinSwap(
          hash,
          order,
          id,
          json,
          JSON.stringify(next),
          now(),
          keep,
        );
        if (done === 1) return next;
        json = other;
      }
      throw new Error(`too many writers at once on ${name}`);
    },
    async addAll(records) {
      if (records.length === 0) return [];
      const pipeline = redis.pipeline() as unknown as Swapper & ReturnType<Redis['pipeline']>;
      for (const [id, record] of records) {
        void pipeline.tocsinSwap(hash, order, id, '', JSON.stringify(record), now(), keep);
      }
      const answers = (await pipeline.exec()) ?? [];
      return records.flatMap(([id], index) => {
        const [error, answer] = answers[index] ?? [new Error('no answer'), null];
        if (error) throw error;
        return (answer as [number, string])[0] === 1 ? [id] : [];
      });
    },
  };
}
