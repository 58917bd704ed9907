import type { Delivery } from '#src/domain/delivery.ts';
import type { Urgency } from '#src/domain/room.ts';

/** What is urgent overtakes the rest; what is added with a smaller number runs first. */
const PRIORITY: Readonly<Record<Urgency, number>> = { critical: 1, mandatory: 1, warning: 5, info: 10 };

interface DeliveryJob {
  readonly data: { readonly delivery: Delivery['id'] };
  readonly priority: number;
  readonly single: string;
  readonly delayMs?: number;
}

/** The job that carries a delivery; a bundle waits a moment for more to join it. */
export const jobOf = ({ id, cause, to, state, urgency }: Delivery, collectMs: number): DeliveryJob => ({
  data: { delivery: id },
  // The room before the people: where a platform is slow, it calls those who wait.
  priority: PRIORITY[urgency] + (to.kind === 'direct' ? 1 : 0),
  single: id,
  ...(cause.startsWith('bundle:') && state === 'queued' && { delayMs: collectMs }),
});
