import type { Redis } from 'ioredis';

import type { Cause, Deliveries, Delivery, DeliveryId, DueRange } from '#src/domain/delivery.ts';
import { placeName } from '#src/domain/room.ts';

import { documents, dropOld, KEY_PREFIX } from './documents.ts';
import { createHold, type Held } from './hold.ts';
import { script } from './script.ts';

/** Deliveries kept, by count and by age; a cause's index lives as long as the deliveries may. */
const KEEP = 100_000;
const KEEP_MS = 60 * 24 * 3_600_000;

/** Every delivery with its state, findable by its cause. */
export interface Ledger extends Deliveries {
  get(id: string): Promise<Delivery | undefined>;
  /** Those of these that there are; one round trip. */
  getMany(ids: readonly DeliveryId[]): Promise<readonly Delivery[]>;
  of(cause: Cause): Promise<readonly Delivery[]>;
  ofAll(causes: readonly Cause[]): Promise<ReadonlyMap<Cause, readonly Delivery[]>>;
  /**
   * Puts deliveries on record that are not there yet. A recipient's first delivery of a cause is the only
   * one that begins, whatever platform it names: later ones are left out. An heir takes over from it.
   */
  open(deliveries: readonly Delivery[], as?: 'first' | 'heir'): Promise<void>;
  /** Compare and set, as in Documents. */
  update(
    id: DeliveryId,
    change: (current: Delivery) => Delivery | undefined,
    known?: Delivery,
  ): Promise<Delivery | undefined>;
  /** Takes it into this process's hands, for so long; undefined when another one has it. */
  hold(id: string, ttlMs: number): Promise<Held<Delivery> | undefined>;
  /** Deliveries with something left to do, the oldest first: opened or parked, and not settled. */
  due(limit: number, which?: DueRange): Promise<readonly Delivery[]>;
  /** Remembers that there is something left to do. */
  park(id: DeliveryId): Promise<void>;
  /** Nothing is left to do: only what is settled is dropped in time. */
  settle(ids: readonly DeliveryId[]): Promise<void>;
  /** How many have something left to do. */
  unsettled(): Promise<number>;
}

const hash = `${KEY_PREFIX}:deliveries`;
const DUE = `${hash}:due`;
const IDLE = `${hash}:idle`;
const index = (cause: Cause) => `${hash}:of:${cause}`;
const first = (cause: Cause) => `${hash}:first:${cause}`;

/**
 * For each delivery: claims the recipient, and with it puts the delivery on record, under its cause and as due; nothing
 * where another was first. In one step: a claim without a record would keep the recipient from ever being told. Keys:
 * due, records, their order, those that may go, then two per delivery; words: ttl, now, keep, before, then four per delivery.
 */
const CLAIM = `
for at = 1, (#KEYS - 4) / 2 do
  local first, index = KEYS[at * 2 + 3], KEYS[at * 2 + 4]
  local place, id, due, record = ARGV[at * 4 + 1], ARGV[at * 4 + 2], ARGV[at * 4 + 3], ARGV[at * 4 + 4]
  local mine = true
  if place ~= '' then
    redis.call('HSETNX', first, place, id)
    redis.call('PEXPIRE', first, ARGV[1])
    mine = redis.call('HGET', first, place) == id
  end
  if mine then
    if redis.call('HSETNX', KEYS[2], id, record) == 1 then
      redis.call('ZADD', KEYS[3], ARGV[2], id)
      if due == '' then redis.call('ZADD', KEYS[4], ARGV[2], id) end
    end
    redis.call('SADD', index, id)
    redis.call('PEXPIRE', index, ARGV[1])
    if due ~= '' then redis.call('ZADD', KEYS[1], 'NX', due, id) end
  end
end
${dropOld({ hash: 'KEYS[2]', order: 'KEYS[3]', idle: 'KEYS[4]', keep: 'ARGV[3]', before: 'ARGV[4]' })}`;

/** Deliveries claimed by one call. */
const AT_ONCE = 100;

export function createLedger(redis: Redis, { keep = KEEP } = {}): Ledger {
  const records = documents<Delivery>(redis, 'deliveries', { keep, keepMs: KEEP_MS });
  const claim = script(redis, 'Claim', CLAIM);
  const order = `${hash}:order`;

  async function exec(pipeline: ReturnType<Redis['pipeline']>): Promise<readonly unknown[]> {
    return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
      if (error) throw error;
      return answer;
    });
  }

  async function rowsOf(causes: readonly Cause[]): Promise<readonly Delivery[]> {
    if (causes.length === 0) return [];
    const pipeline = redis.pipeline();
    for (const cause of causes) pipeline.smembers(index(cause));
    const ids = (await exec(pipeline)) as string[][];
    const found = await records.getMany(ids.flat());
    return found.filter((delivery) => delivery !== undefined);
  }

  /** What goes in a bundle stands as the bundle's own delivery to that recipient stands. */
  async function resolved(rows: readonly Delivery[]): Promise<readonly Delivery[]> {
    const causes = new Set(rows.flatMap(({ within }) => (within === undefined ? [] : [within])));
    if (causes.size === 0) return rows;
    const carriers = new Map<string, Delivery>();
    for (const carrier of await rowsOf([...causes])) {
      const key = `${carrier.cause} ${placeName(carrier.to)}`;
      if (carrier.state !== 'rerouted' || !carriers.has(key)) carriers.set(key, carrier);
    }
    return rows.map((row) => {
      const carrier = row.within && carriers.get(`${row.within} ${placeName(row.to)}`);
      if (!carrier) return row;
      const { platform, reason, posted, deliveredAt, note, editedAt } = carrier;
      const state = carrier.state === 'rerouted' ? 'queued' : carrier.state;
      return { ...row, platform, state, reason: reason ?? row.reason, posted, deliveredAt, note, editedAt };
    });
  }

  async function ofAll(causes: readonly Cause[]): Promise<ReadonlyMap<Cause, readonly Delivery[]>> {
    return Map.groupBy(await resolved(await rowsOf(causes)), ({ cause }) => cause);
  }

  return {
    ofAll,
    of: async (cause) => (await ofAll([cause])).get(cause) ?? [],
    get: records.get,
    getMany: async (ids) => (await records.getMany(ids)).filter((delivery) => delivery !== undefined),
    list: async ({ cause, limit = 200 }) =>
      cause
        ? ((await ofAll([cause])).get(cause) ?? []).slice(0, limit)
        : await resolved(await records.list(limit)),
    async open(deliveries, as = 'first') {
      if (deliveries.length === 0) return;
      const chunks: Promise<unknown>[] = [];
      for (let from = 0; from < deliveries.length; from += AT_ONCE) {
        const chunk = deliveries.slice(from, from + AT_ONCE);
        const keys = [DUE, hash, order, IDLE, ...chunk.flatMap(({ cause }) => [first(cause), index(cause)])];
        const words = chunk.flatMap((delivery) => {
          const { id, to, state, within, queuedAt } = delivery;
          const due = state === 'queued' && within === undefined ? Date.parse(queuedAt) : '';
          return [as === 'first' ? placeName(to) : '', id, due, JSON.stringify(delivery)];
        });
        const now = Date.now();
        chunks.push(claim(keys, KEEP_MS, now, keep, now - KEEP_MS, ...words));
      }
      await Promise.all(chunks);
    },
    update: (id, change, known) =>
      records.update(id, (current) => (current ? change(current) : undefined), known),
    hold: createHold<Delivery>(redis, { hash, order, nameOf: (id) => `delivery:${id}` }),
    async due(limit, { beforeMs = '+inf', skip = 0 } = {}) {
      const ids = await redis.zrangebyscore(DUE, '-inf', beforeMs, 'LIMIT', skip, limit);
      const found = await records.getMany(ids);
      const gone = ids.filter((_, at) => found[at] === undefined);
      if (gone.length > 0) await redis.zrem(DUE, ...gone);
      return found.filter((delivery) => delivery !== undefined);
    },
    unsettled: () => redis.zcard(DUE),
    async park(id) {
      await exec(redis.pipeline().zadd(DUE, 'NX', Date.now(), id).zrem(IDLE, id));
    },
    async settle(ids) {
      if (ids.length === 0) return;
      const now = Date.now();
      await exec(
        redis
          .pipeline()
          .zrem(DUE, ...ids)
          .zadd(IDLE, ...ids.flatMap((id) => [now, id])),
      );
    },
  };
}
