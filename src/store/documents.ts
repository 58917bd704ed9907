import type { Redis } from 'ioredis';

import { script } from './script.ts';

/** All keys carry one hash tag, so that a Redis Cluster keeps what is written together on one node. */
export const KEY_PREFIX = '{tocsin}';

/** Records of one noun: JSON under an id, ordered by their last change, the oldest that may go dropped beyond `keep`. */
export interface Documents<T> {
  get(id: string): Promise<T | undefined>;
  getMany(ids: readonly string[]): Promise<readonly (T | undefined)[]>;
  /** Most recently changed first. */
  list(limit: number): Promise<readonly T[]>;
  /**
   * Compare and set: `change` is called with what stands there and may be called again when another
   * writer was faster; returning undefined (or the same object) changes nothing. Resolves with the
   * record as it then stands. `known`: the record as it was read last, tried without reading it again;
   * when it is not that any more, nothing is lost but the try.
   */
  update(id: string, change: (current: T | undefined) => T | undefined, known?: T): Promise<T | undefined>;
  /** `update` of many in two round trips, as long as nobody else writes; resolves with those that stand, by id. */
  updateAll(
    ids: readonly string[],
    change: (id: string, current: T | undefined) => T | undefined,
    known?: ReadonlyMap<string, T>,
  ): Promise<ReadonlyMap<string, T>>;
  /** Adds those that are not there yet, in one round trip; resolves with the ids that were new. */
  addAll(records: readonly (readonly [id: string, record: T])[]): Promise<readonly string[]>;
  /** How many there are that must not go. */
  held(): Promise<number>;
}

interface Options<T> {
  readonly keep: number;
  /** Only these are dropped, however many the others are; without it, any. */
  readonly mayGo?: (record: T) => boolean;
  /** What was not changed for longer is dropped as well, as others come. */
  readonly keepMs?: number;
  readonly now?: () => number;
}

/** What is summed up and listed over all records, in the step that writes them. */
export interface Tally<T> {
  /** What a record adds to the sums. */
  tally(record: T): Readonly<Record<string, number>>;
  /** The name under which a record stands in the list, if it does. */
  listed(record: T): string | undefined;
}

export interface Tallied<T> extends Documents<T> {
  sums(): Promise<Readonly<Record<string, number>>>;
  /** The first names of the list, in their order. */
  names(limit: number): Promise<readonly string[]>;
}

/**
 * Lua that drops what is beyond `keep`, and some of what was last changed before `before` (none when empty). What may go is
 * in an order of its own, `idle`, which is `order` itself where anything may.
 */
export const dropOld = ({ hash, order, idle, keep, before }: Readonly<Record<string, string>>): string => `
  local over = math.min(redis.call('ZCARD', ${order}) - tonumber(${keep}), 1000)
  local old = over > 0 and redis.call('ZRANGE', ${idle}, 0, over - 1)
  local aged = ${before} ~= '' and redis.call('ZRANGEBYSCORE', ${idle}, '-inf', ${before}, 'LIMIT', 0, 20)
  for _, gone in ipairs({old or {}, aged or {}}) do
    if #gone > 0 then
      redis.call('HDEL', ${hash}, unpack(gone))
      redis.call('ZREM', ${order}, unpack(gone))
      redis.call('ZREM', ${idle}, unpack(gone))
    end
  end`;

/**
 * For each `id, expected, next, may go`: 1, or what stands there instead. One call for many is far cheaper than many calls.
 * `also` is done with those that were swapped.
 */
const swapOf = (words: number, also = ''): string => `
local answers, isNew = {}, false
for at = 4, #ARGV, ${words} do
  local id = ARGV[at]
  local current = redis.call('HGET', KEYS[1], id)
  if (current or '') ~= ARGV[at + 1] then
    answers[#answers + 1] = current or ''
  else
    redis.call('HSET', KEYS[1], id, ARGV[at + 2])
    redis.call('ZADD', KEYS[2], ARGV[1], id)
    if KEYS[3] ~= KEYS[2] then
      if ARGV[at + 3] == '1' then redis.call('ZADD', KEYS[3], ARGV[1], id) else redis.call('ZREM', KEYS[3], id) end
    end${also}
    answers[#answers + 1] = 1
    isNew = isNew or not current
  end
end
if isNew then ${dropOld({ hash: 'KEYS[1]', order: 'KEYS[2]', idle: 'KEYS[3]', keep: 'ARGV[2]', before: 'ARGV[3]' })} end
return answers`;

const SWAP = swapOf(4);
/** The fifth word: `{by: {name: what is added}, off: name, on: name}`. */
const SWAP_TALLIED = swapOf(
  5,
  `
    local change = cjson.decode(ARGV[at + 4])
    for name, more in pairs(change.by) do redis.call('HINCRBY', KEYS[4], name, more) end
    if change.off then redis.call('ZREM', KEYS[5], change.off) end
    if change.on then redis.call('ZADD', KEYS[5], 0, change.on) end`,
);

/** Records written by one call: Redis does nothing else meanwhile. */
const AT_ONCE = 100;
const MOST_TRIES = 1_000;

/** The records named `name`, in a hash and an order beside it; with a tally, its sums and its list beside them. */
export function documents<T>(redis: Redis, name: string, options: Options<T> & Tally<T>): Tallied<T>;
export function documents<T>(redis: Redis, name: string, options: Options<T>): Documents<T>;
export function documents<T>(
  redis: Redis,
  name: string,
  { keep, keepMs, mayGo, now = Date.now, tally, listed }: Options<T> & Partial<Tally<T>>,
): Tallied<T> {
  const hash = `${KEY_PREFIX}:${name}`;
  const order = `${hash}:order`;
  const idle = mayGo ? `${hash}:idle` : order;
  const sums = `${hash}:sums`;
  const names = `${hash}:names`;
  const keys = [hash, order, idle, ...(tally ? [sums, names] : [])];
  const swap = tally ? script(redis, 'SwapTallied', SWAP_TALLIED) : script(redis, 'Swap', SWAP);
  const parse = (json: string | null | undefined): T | undefined =>
    json ? (JSON.parse(json) as T) : undefined;

  const before = (): number | '' => (keepMs === undefined ? '' : now() - keepMs);

  /** What a swap changes in the sums and the list. */
  const difference = (old: T | undefined, next: T): Readonly<Record<string, unknown>> => {
    const by: Record<string, number> = { ...tally?.(next) };
    for (const [sum, count] of Object.entries(old === undefined ? {} : (tally?.(old) ?? {})))
      by[sum] = (by[sum] ?? 0) - count;
    const [off, on] = [old === undefined ? undefined : listed?.(old), listed?.(next)];
    const changes = Object.entries(by).filter(([, count]) => count !== 0);
    return { by: Object.fromEntries(changes), ...(off !== on && { off, on }) };
  };

  /** Of each, whether it was done, or what stands there instead. */
  const swapAll = async (
    swaps: readonly (readonly [id: string, expected: string, next: T])[],
  ): Promise<readonly (1 | string)[]> => {
    const chunks: Promise<unknown>[] = [];
    for (let from = 0; from < swaps.length; from += AT_ONCE) {
      const words = swaps
        .slice(from, from + AT_ONCE)
        .flatMap(([id, expected, next]) => [
          id,
          expected,
          JSON.stringify(next),
          mayGo?.(next) === false ? 0 : 1,
          ...(tally ? [JSON.stringify(difference(parse(expected), next))] : []),
        ]);
      chunks.push(swap(keys, now(), keep, before(), ...words));
    }
    return ((await Promise.all(chunks)) as (readonly (1 | string)[])[]).flat();
  };

  const getMany = async (ids: readonly string[]): Promise<readonly (T | undefined)[]> =>
    ids.length === 0 ? [] : (await redis.hmget(hash, ...ids)).map(parse);

  return {
    sums: async () =>
      Object.fromEntries(
        Object.entries(await redis.hgetall(sums)).map(([sum, count]) => [sum, Number(count)]),
      ),
    names: async (limit) => await redis.zrange(names, '0', String(limit - 1)),
    getMany,
    held: async () => (await redis.zcard(order)) - (await redis.zcard(idle)),
    get: async (id) => parse(await redis.hget(hash, id)),
    async list(limit) {
      if (limit <= 0) return [];
      const found = await getMany(await redis.zrevrange(order, 0, limit - 1));
      return found.filter((record) => record !== undefined);
    },
    async update(id, change, known) {
      let json = known === undefined ? ((await redis.hget(hash, id)) ?? '') : JSON.stringify(known);
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const current = tries === 0 && known !== undefined ? known : parse(json);
        const next = change(current);
        if (next === undefined || next === current) return current;
        const [answer = ''] = await swapAll([[id, json, next]]);
        if (answer === 1) return next;
        json = answer;
      }
      throw new Error(`too many writers at once on ${name}`);
    },
    async addAll(records) {
      if (records.length === 0) return [];
      const answers = await swapAll(records.map(([id, record]) => [id, '', record]));
      return records.flatMap(([id], index) => (answers[index] === 1 ? [id] : []));
    },
    async updateAll(ids, change, known) {
      const stands = new Map<string, T>();
      const unique = [...new Set(ids)];
      if (unique.length === 0) return stands;
      const found = known
        ? unique.map((id) => known.has(id) && JSON.stringify(known.get(id)))
        : await redis.hmget(hash, ...unique);
      let open = unique.map((id, index): readonly [string, string] => [id, found[index] || '']);
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
          const answer = answers[index] ?? '';
          if (answer === 1) stands.set(id, next);
          else open.push([id, answer]);
        }
        if (open.length === 0) return stands;
      }
      throw new Error(`too many writers at once on ${name}`);
    },
  };
}
