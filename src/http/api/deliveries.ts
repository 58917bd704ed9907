import { z } from 'zod';

import { type Cause, CAUSE_KINDS, type Delivery, DELIVERY_STATES } from '#src/domain/delivery.ts';
import { recipientName } from '#src/domain/room.ts';
import { defineListing, limit, MOST_ROWS } from '#src/http/listing.ts';

const CauseText = z.custom<Cause>(
  (text) => typeof text === 'string' && CAUSE_KINDS.some((kind) => text.startsWith(`${kind}:`)),
  `must be one of ${CAUSE_KINDS.join(', ')}, a colon and an id`,
);

const rowOf = (delivery: Delivery) => ({
  id: delivery.id,
  cause: delivery.cause,
  platform: delivery.platform,
  to: recipientName(delivery.to),
  state: delivery.state,
  urgency: delivery.urgency,
  reason: delivery.reason,
  note: delivery.note,
  posted: delivery.posted,
  attempts: delivery.attempts,
  queuedAt: delivery.queuedAt,
  deliveredAt: delivery.deliveredAt,
  editedAt: delivery.editedAt,
});

export const deliveries = defineListing({
  path: '/deliveries',
  query: {
    limit: limit.default(100),
    cause: CauseText.optional(),
    status: z.enum(DELIVERY_STATES).optional(),
  },
  answer: async ({ deliveries }, { limit, cause, status }) => {
    const list = await deliveries.list({ limit: status ? MOST_ROWS : limit, ...(cause && { cause }) });
    return list
      .filter(({ state }) => status === undefined || state === status)
      .slice(0, limit)
      .map(rowOf);
  },
});
