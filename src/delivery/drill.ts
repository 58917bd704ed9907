import { setTimeout as wait } from 'node:timers/promises';

import type { Audit } from '#src/domain/audit.ts';
import type { Compose, Delivery, DeliveryState } from '#src/domain/delivery.ts';
import type { Drills } from '#src/domain/drill.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import { text } from '#src/domain/message.ts';
import type { Place } from '#src/domain/room.ts';

import { mediaOf, nameOf, openDelivery } from './media.ts';

interface DrillNeeds {
  readonly platforms: readonly string[];
  readonly ledger: {
    of(cause: Delivery['cause']): Promise<readonly Delivery[]>;
    open(deliveries: readonly Delivery[]): Promise<void>;
  };
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly fleets: Fleets;
  readonly audit: Pick<Audit, 'write'>;
  readonly now: () => Date;
  readonly withinMs?: number;
}

const WITHIN_MS = 30_000;
const LOOK_MS = 50;
const ENDED: ReadonlySet<DeliveryState> = new Set(['delivered', 'failed', 'stale']);

/** The same way that a real message goes; only the first platform's state is pretended, by the cause's kind. */
export const createDrills = ({
  platforms,
  ledger,
  enqueue,
  fleets,
  audit,
  now,
  withinMs = WITHIN_MS,
}: DrillNeeds): Drills => ({
  async run(room, by, asked) {
    const to: Place = { kind: 'room', room };
    if (!fleets.current().room(room)) throw new UserError(`There is no room ${room}.`);
    const [from, next] = mediaOf(fleets.current(), to, platforms);
    if (from === undefined || next === undefined) {
      throw new UserError(
        `Room ${room} is on ${from === undefined ? 'no connected platform' : `${nameOf(from)} only`}: nothing to fail over to.`,
      );
    }
    const cause = `drill:${keyOf('drill', asked)}` as const;
    const begunAt = now();
    await audit.write({ who: by.id, what: 'drill.started', about: room, detail: { from } });
    const delivery = openDelivery({ cause, to, urgency: 'critical', at: begunAt, platform: from });
    await ledger.open([delivery]);
    const recordedMs = now().getTime() - begunAt.getTime();
    await enqueue([delivery]);

    const until = begunAt.getTime() + withinMs;
    let rows: readonly Delivery[] = [];
    let last: Delivery | undefined;
    while (last === undefined && now().getTime() < until) {
      await wait(LOOK_MS);
      rows = await ledger.of(cause);
      last = rows.find(({ state }) => ENDED.has(state));
    }
    if (last?.state !== 'delivered') {
      const why = last?.reason ?? `no other platform took it within ${withinMs / 1_000} s`;
      await audit.write({ who: by.id, what: 'drill.failed', about: room, detail: { from, why } });
      throw new UserError(`The drill in room ${room} failed: ${why}. It stays on record as ${cause}.`);
    }
    const since = (iso: string | undefined): number =>
      iso === undefined ? 0 : Date.parse(iso) - begunAt.getTime();
    const rerouted = rows.find(({ platform }) => platform === from)?.reroutedAt;
    const report = {
      from: nameOf(from),
      over: nameOf(last.platform),
      recordedMs,
      reroutedMs: since(rerouted),
      deliveredMs: since(last.deliveredAt),
    };
    const detail = Object.fromEntries(Object.entries(report).map(([name, value]) => [name, String(value)]));
    await audit.write({ who: by.id, what: 'drill.done', about: room, detail });
    return report;
  },
});

/** Its message is the same for everybody, and says what it is. */
export const composeDrill: Compose = () =>
  Promise.resolve({
    message: {
      tone: 'neutral',
      title: 'Drill: nothing is wrong',
      blocks: [
        text(
          'A coordinator rehearses the failover: for this one message the first platform of this room is taken as down. Nothing to do.',
        ),
      ],
    },
    revision: 1,
  });
