import type { Delivery } from '#src/domain/delivery.ts';
import type { Posted } from '#src/domain/platform.ts';
import { placeName } from '#src/domain/room.ts';

import type { CarryNeeds } from './carry.ts';

/** What follows once a message stands. */
interface Arrival {
  /** Puts on record where it stands and what it shows, and tells of it. */
  record(delivery: Delivery, posted: Posted, shown: number): Promise<void>;
  /** May be repeated: a crash may come between the record and the telling. */
  tell(delivery: Delivery): Promise<void>;
}

export function createArrival({ ledger, missed, arrived, logger, now }: CarryNeeds): Arrival {
  async function tell(delivery: Delivery): Promise<void> {
    const { cause, to, instead, platform, queuedAt, toldAt } = delivery;
    if (toldAt !== undefined) return;
    await arrived(delivery);
    if (instead !== undefined && to.kind === 'room') {
      await missed.note({ platform: instead, to, cause, where: platform, queuedAt });
    }
    await ledger.update(delivery.id, (d) => ({ ...d, toldAt: now().toISOString() }), delivery);
  }

  return {
    tell,
    async record(delivery, posted, shown) {
      const record = await ledger.update(
        delivery.id,
        ({ reason, ...d }) => {
          // Whoever was faster has recorded the same message, and maybe a later edit of it.
          if (d.posted) return undefined;
          const kept = { ...d, sendingAt: undefined, posted, shown, deliveredAt: now().toISOString() };
          return d.state === 'rerouted' ? { ...kept, reason } : { ...kept, state: 'delivered' };
        },
        delivery,
      );
      if (!record) return;
      logger.info(
        { cause: delivery.cause, to: placeName(delivery.to), platform: delivery.platform },
        'message delivered',
      );
      await tell(record);
    },
  };
}
