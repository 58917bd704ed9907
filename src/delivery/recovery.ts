import type { Delivery, DueRange, Post } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Place, Urgency } from '#src/domain/room.ts';

import type { Medium } from './carry.ts';
import { mediaOf } from './media.ts';

interface Outage {
  readonly id: string;
  readonly platform: string;
  readonly places: readonly Place[];
  readonly size: string;
}

interface RecoveryNeeds {
  readonly media: ReadonlyMap<string, Medium>;
  readonly ledger: { due(limit: number, which?: DueRange): Promise<readonly Delivery[]> };
  readonly outages: {
    end(platform: string, upMs: number): Promise<void>;
    untold(): Promise<readonly Outage[]>;
    told(outage: Outage): Promise<void>;
  };
  readonly post: Post;
  readonly fleets: Fleets;
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly now: () => Date;
}

interface Recovery {
  /** To be called every second or so: what waited for a platform goes on, and what went elsewhere meanwhile is told once. */
  tick(): Promise<void>;
  /** Puts what is due, and may have lost its job in a crash, back into the queues: a part each time, all in turn. */
  sweep(): Promise<void>;
}

/** A job that is on its way needs no other. */
const FRESH_MS = 30_000;
const MOST_DUE = 20_000;
/** While thousands wait for their turn, nearly all of them have their job. */
const PART = 200;
const FEW = 100;
const ORDER: readonly Urgency[] = ['mandatory', 'critical', 'warning', 'info'];

export function createRecovery({
  media,
  ledger,
  outages,
  post,
  fleets,
  enqueue,
  now,
}: RecoveryNeeds): Recovery {
  const platforms = [...media.keys()];
  const upSince = new Map<string, number>();
  /** How far the sweep has come. */
  let swept = 0;

  /** The most urgent first, and of those the oldest. */
  async function resume(most: number, which?: DueRange): Promise<number> {
    const due = await ledger.due(most, which);
    const fleet = fleets.current();
    const able = due.filter(({ to, platform, state }) =>
      state === 'queued' || state === 'sending'
        ? mediaOf(fleet, to, platforms).some((way) => upSince.has(way))
        : upSince.has(platform),
    );
    const rank = ({ urgency }: Delivery): number => ORDER.indexOf(urgency);
    await enqueue(
      able.toSorted((a, b) => rank(a) - rank(b) || Date.parse(a.queuedAt) - Date.parse(b.queuedAt)),
    );
    return due.length;
  }

  /** One of what waits for a half-open platform: the rest waits for how it ends. */
  async function tryOne(platform: string): Promise<void> {
    const due = await ledger.due(FEW);
    await enqueue(due.filter((delivery) => delivery.platform === platform).slice(0, 1));
  }

  /** Where it was missed, and nowhere else. */
  async function tellDigests(): Promise<void> {
    for (const outage of await outages.untold()) {
      if (!upSince.has(outage.platform)) continue;
      await post.send(`digest:${outage.id}`, outage.places, 'warning', outage.platform);
      await outages.told(outage);
    }
  }

  return {
    async tick() {
      const at = now().getTime();
      let isNews = false;
      for (const [id, { circuit }] of media) {
        const isHalfOpen = circuit.halfOpen();
        if (isHalfOpen) await tryOne(id);
        const isUp = circuit.condition().up && !isHalfOpen;
        isNews ||= isUp && !upSince.has(id);
        if (!isUp) upSince.delete(id);
        else if (!upSince.has(id)) upSince.set(id, at);
      }
      if (isNews) await resume(MOST_DUE);
      await Promise.all(Array.from(upSince, ([id, since]) => outages.end(id, at - since)));
      await tellDigests();
    },
    async sweep() {
      const found = await resume(PART, { beforeMs: now().getTime() - FRESH_MS, skip: swept });
      swept = found < PART ? 0 : swept + found;
    },
  };
}
