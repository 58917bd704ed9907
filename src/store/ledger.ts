import type { Redis } from 'ioredis';

import type { Cause, Deliveries, Delivery, DeliveryId } from '#src/domain/delivery.ts';

import { documents, KEY_PREFIX } from './documents.ts';

/** Deliveries kept; a cause's index lives as long as the deliveries may. */
const KEEP = 50_000;
const INDEX_TTL_S = 60 * 24 * 3600;

/** Every delivery with its state, findable by its cause. */
export interface Ledger extends Deliveries {
  get(id: string): Promise<Delivery | undefined>;
  of(cause: Cause): Promise<readonly Delivery[]>;
  /** Puts deliveries on record that are not there yet. */
  open(deliveries: readonly Delivery[]): Promise<void>;
  /** Compare and set, as in Documents. */
  update(id: DeliveryId, change: (current: Delivery) => Delivery | undefined): Promise<Delivery | undefined>;
}

export function createLedger(redis: Redis): Ledger {
  const records = documents<Delivery>(redis, 'deliveries', { keep: KEEP });
  const index = (cause: Cause) => `${KEY_PREFIX}:deliveries:of:${cause}`;
  const of = async (cause: Cause): Promise<readonly Delivery[]> => {
    const found = await records.getMany(await redis.smembers(index(cause)));
    return found.filter((delivery) => delivery !== undefined);
  };
  return {
    of,
    get: records.get,
    list: async ({ cause, limit = 200 }) => (cause ? (await of(cause)).slice(0, limit) : records.list(limit)),
    async open(deliveries) {
      if (deliveries.length === 0) return;
      const byCause = Map.groupBy(deliveries, (delivery) => delivery.cause);
      const pipeline = redis.pipeline();
      for (const [cause, group] of byCause) {
        pipeline.sadd(index(cause), ...group.map((delivery) => delivery.id));
        pipeline.expire(index(cause), INDEX_TTL_S);
      }
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
      await records.addAll(deliveries.map((delivery) => [delivery.id, delivery]));
    },
    update: (id, change) => records.update(id, (current) => (current ? change(current) : undefined)),
  };
}
