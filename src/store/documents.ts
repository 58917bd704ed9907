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
  /** `update` of many in two round trips, as long as nobody else writes; resolves with those that stand, by id. */
  updateAll(
    ids: readonly string[],
    change: (id: string, current: T | undefined) => T | undefined,
  ): Promise<ReadonlyMap<string, T>>;
  /** Adds those that are not there yet, in one round trip; resolves with the ids that were new. */
  addAll(records: readonly (readonly [id: string, record: T])[]): Promise<readonly string[]>;
}

interface Options {
  readonly keep: number;
  /** What was not changed for longer is dropped as well, as others come. */
  readonly keepMs?: number;
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
  if ARGV[6] ~= '' then
    local aged = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[6], 'LIMIT', 0, 20)
    if #aged > 0 then
      redis.call('HDEL', KEYS[1], unpack(aged))
      redis.call('ZREM', KEYS[2], unpack(aged))
    end
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
    before: number | '',
  ): Promise<[number, string]>;
}

const MOST_TRIES = 1_000;

/** The records named `name`, in a hash and an order beside it. */
export function documents<T>(
  redis: Redis,
  name: string,
  { keep, keepMs, now = Date.now }: Options,
): Documents<T> {
  const hash = `${KEY_PREFIX}:${name}`;
  const order = `${hash}:order`;
  if (!('tocsinSwap' in redis)) redis.defineCommand('tocsinSwap', { numberOfKeys: 2, lua: SWAP });
  const swapper = redis as unknown as Swapper;
  const parse = (json: string | null | undefined): T | undefined =>
    json ? (JSON.parse(json) as T) : undefined;

  const before = (): number | '' => (keepMs === undefined ? '' : now() - keepMs);
  type Pipeline = Swapper & ReturnType<Redis['pipeline']>;

  /** One round trip: `[done, what stands there instead]` of each. */
  const swapAll = async (
    swaps: readonly (readonly [id: string, expected: string, next: T])[],
  ): Promise<readonly (readonly [number, string])[]> => {
    const pipeline = redis.pipeline() as unknown as Pipeline;
    for (const [id, expected, next] of swaps) {
      void pipeline.tocsinSwap(hash, order, id, expected, JSON.stringify(next), now(), keep, before());
    }
    return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
      if (error) throw error;
      return answer as [number, string];
    });
  };

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
          before(),
        );
        if (done === 1) return next;
        json = other;
      }
      throw new Error(`too many writers at once on ${name}`);
    },
    async addAll(records) {
      if (records.length === 0) return [];
      const answers = await swapAll(records.map(([id, record]) => [id, '', record]));
      return records.flatMap(([id], index) => (answers[index]?.[0] === 1 ? [id] : []));
    },
    async updateAll(ids, change) {
      const stands = new Map<string, T>();
      const unique = [...new Set(ids)];
      if (unique.length === 0) return stands;
      const found = await redis.hmget(hash, ...unique);
      let open = unique.map((id, index): readonly [string, string] => [id, found[index] ?? '']);
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const swaps = open.flatMap(([id, json]) => {
          const current = parse(json);
          const next = change(id, current);
          if (next !== undefined && next !== current) return [[id, json, next] as const];
          if (current !== undefined) stands.set(id, current);
          return [];
        });
        if (swaps.length === 0) return stands;
        const answers = await swapAll(swaps);
        open = [];
        for (const [index, [id, , next]] of swaps.entries()) {
          const [done, other] = answers[index] ?? [0, ''];
          if (done === 1) stands.set(id, next);
          else open.push([id, other]);
        }
        if (open.length === 0) return stands;
      }
      throw new Error(`too many writers at once on ${name}`);
    },
  };
}
