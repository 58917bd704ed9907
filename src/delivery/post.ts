import type { Cause, Delivery, Post } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { type Place, placeName, type Urgency } from '#src/domain/room.ts';

import type { Medium } from './carry.ts';
import { detourNote, downWords, mediaOf, openDelivery } from './media.ts';

interface Records {
  of(cause: Cause): Promise<readonly Delivery[]>;
  open(deliveries: readonly Delivery[]): Promise<void>;
}

interface PostNeeds {
  readonly media: ReadonlyMap<string, Medium>;
  readonly ledger: Records;
  readonly fleets: Fleets;
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly now: () => Date;
}

/** A message that still stands, or is on its way, and can be brought up to date. */
const isLive = (delivery: Delivery): boolean =>
  delivery.state === 'queued' || delivery.state === 'sending' || delivery.state === 'delivered';

export function createPost({ media, ledger, fleets, enqueue, now }: PostNeeds): Post {
  const platforms = [...media.keys()];

  /** The first medium that is up; when all are down, the first: it waits there. */
  const choose = (to: Place): { platform: string | undefined; note?: string | undefined } => {
    const ways = mediaOf(fleets.current(), to, platforms);
    const platform = ways.find((way) => media.get(way)?.circuit.condition().up) ?? ways[0];
    const [first] = ways;
    if (platform === first || first === undefined || platform === undefined) return { platform };
    const condition = media.get(first)?.circuit.condition();
    if (!condition || condition.up) return { platform };
    return { platform, note: detourNote(platform, downWords(first, condition.why)) };
  };

  const open = (cause: Cause, urgency: Urgency, to: Place): Delivery =>
    openDelivery({ cause, to, urgency, at: now(), ...choose(to) });

  return {
    async send(cause, to, urgency) {
      const existing = await ledger.of(cause);
      const known = new Set(existing.map((delivery) => placeName(delivery.to)));
      const fresh = [...new Map(to.map((place) => [placeName(place), place])).values()]
        .filter((place) => !known.has(placeName(place)))
        .map((place) => open(cause, urgency, place));
      await ledger.open(fresh);
      await enqueue([...existing, ...fresh].filter(isLive));
    },
    async refresh(cause, only) {
      const wanted = only && new Set(only.map(placeName));
      const existing = await ledger.of(cause);
      await enqueue(
        existing.filter((delivery) => isLive(delivery) && (!wanted || wanted.has(placeName(delivery.to)))),
      );
    },
  };
}
