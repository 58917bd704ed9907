import type { Composed, Delivery } from '#src/domain/delivery.ts';

import type { CarryNeeds } from './carry.ts';

/** An alert that could not be sent for longer is not sent any more. */
export const STALE_MS = 6 * 3_600_000;
/** An alert that ended before it was told is told all the same, unless it waited for longer than this. */
const OVER_MS = 60_000;

/** What is not sent any more: on record with the reason, and counted by the digest. */
interface Stale {
  isTooLate(delivery: Delivery, composed: Composed): boolean;
  /** Not sent one by one any more: the digest counts it, and names it if it fires on. */
  leaveOut(delivery: Delivery, composed: Composed): Promise<void>;
  nothingToSay(delivery: Delivery): Promise<void>;
}

export function createStale({ ledger, missed, now, staleMs = STALE_MS }: CarryNeeds): Stale {
  const ageOf = ({ queuedAt }: Delivery): number => now().getTime() - Date.parse(queuedAt);

  async function end(delivery: Delivery, reason: string): Promise<void> {
    await ledger.update(
      delivery.id,
      (d) => (d.posted ? undefined : { ...d, state: 'stale', reason }),
      delivery,
    );
  }

  return {
    isTooLate(delivery, { over }) {
      if (delivery.posted || delivery.sendingAt !== undefined) return false;
      if (typeof over === 'string') return true;
      if (!delivery.cause.startsWith('alert:')) return false;
      const age = ageOf(delivery);
      return age > staleMs || (over === true && age > OVER_MS);
    },
    async leaveOut(delivery, { over }) {
      if (typeof over === 'string') return await end(delivery, over);
      const { cause, to, instead, platform, queuedAt } = delivery;
      await missed.note({ platform: instead ?? platform, to, cause, where: 'stale', queuedAt });
      const waited = `it waited for ${Math.round(ageOf(delivery) / 60_000)} minutes`;
      await end(delivery, over ? `over before it could be sent: ${waited}` : `too old: ${waited}`);
    },
    nothingToSay: (delivery) => end(delivery, 'nothing to say'),
  };
}
