import type { Cause, Delivery, DeliveryId, Post, Sending } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { type Place, placeName, type Urgency } from '#src/domain/room.ts';

import type { Medium } from './carry.ts';
import {
  bundledDelivery,
  deliveryIds,
  detourNote,
  downWords,
  mediaOf,
  openDelivery,
  type Opening,
} from './media.ts';

interface Records {
  getMany(ids: readonly DeliveryId[]): Promise<readonly Delivery[]>;
  of(cause: Cause): Promise<readonly Delivery[]>;
  ofAll(causes: readonly Cause[]): Promise<ReadonlyMap<Cause, readonly Delivery[]>>;
  open(deliveries: readonly Delivery[]): Promise<void>;
  update(
    id: Delivery['id'],
    change: (current: Delivery) => Delivery | undefined,
  ): Promise<Delivery | undefined>;
}

/** Decides what is told together; undefined = by a message of its own. */
interface Bundling {
  admit(asked: readonly One[]): Promise<readonly (Cause | undefined)[]>;
}

/** A cause for one recipient. */
interface One {
  readonly cause: Cause;
  readonly to: Place;
  readonly urgency: Urgency;
  /** The only platform it may go over. */
  readonly over?: string | undefined;
}

interface PostNeeds {
  readonly media: ReadonlyMap<string, Medium>;
  readonly ledger: Records;
  readonly bundles: Bundling;
  readonly fleets: Fleets;
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly now: () => Date;
}

/** So many are put on record, and on their way, before the next: the first are told while thousands wait. */
const AT_ONCE = 200;

/** A message that still stands, or is on its way, and can be brought up to date. */
const isLive = (delivery: Delivery): boolean =>
  delivery.state === 'queued' || delivery.state === 'sending' || delivery.state === 'delivered';

const URGENCIES: readonly Urgency[] = ['mandatory', 'critical', 'warning', 'info'];
const mostUrgent = (ones: readonly One[]): Urgency =>
  URGENCIES.find((urgency) => ones.some((one) => one.urgency === urgency)) ?? 'warning';

const nameOfOne = ({ cause, to }: Pick<One, 'cause' | 'to'>): string => `${cause} ${placeName(to)}`;

/** Each recipient of each cause, once. */
const onesOf = (sendings: readonly Sending[]): readonly One[] => {
  const ones = sendings.flatMap(({ cause, to, urgency }) =>
    to.map((place) => ({ cause, to: place, urgency })),
  );
  return [...new Map(ones.map((one) => [nameOfOne(one), one])).values()];
};

export function createPost({ media, ledger, bundles, fleets, enqueue, now }: PostNeeds): Post {
  const platforms = [...media.keys()];

  /** The first medium that is up; when all are down, the first: it waits there. */
  const choose = ({ to, over }: One): Pick<Opening, 'platform' | 'note' | 'instead'> => {
    const ways = mediaOf(fleets.current(), to, platforms);
    if (over !== undefined) return { platform: ways.find((way) => way === over) };
    const platform = ways.find((way) => media.get(way)?.circuit.condition().up) ?? ways[0];
    const [first] = ways;
    if (platform === first || first === undefined || platform === undefined) return { platform };
    const condition = media.get(first)?.circuit.condition();
    if (!condition || condition.up) return { platform };
    return { platform, note: detourNote(platform, downWords(first, condition.why)), instead: first };
  };

  const open = (one: One, alone: boolean): Delivery => {
    const { cause, to, urgency } = one;
    return openDelivery({ cause, to, urgency, at: now(), ...choose(one), alone });
  };

  /** On record first, then on their way; what a kill leaves between the two is found by the next call, or by a sweep. */
  async function send(ones: readonly One[], known: readonly Delivery[], asked = ones): Promise<void> {
    const told = new Set(known.map(nameOfOne));
    const direct = new Set(
      [...known, ...asked].flatMap(({ cause, to }) => (to.kind === 'direct' ? [cause] : [])),
    );
    const fresh = ones
      .filter((one) => !told.has(nameOfOne(one)))
      .map((one) => open(one, !direct.has(one.cause)));
    await enqueue(known.filter(isLive));
    for (let from = 0; from < fresh.length; from += AT_ONCE) {
      const some = fresh.slice(from, from + AT_ONCE);
      await ledger.open(some);
      await enqueue(some.filter(isLive));
    }
  }

  const flat = (found: ReadonlyMap<Cause, readonly Delivery[]>): readonly Delivery[] =>
    [...found.values()].flat();

  /** What joins a bundle may be more urgent than what began it. */
  async function raised(row: Delivery, joining: readonly One[]): Promise<Delivery> {
    const own = joining.filter((one) => nameOfOne(one) === nameOfOne(row));
    const urgency = mostUrgent([row, ...own]);
    if (urgency === row.urgency || !isLive(row)) return row;
    return (await ledger.update(row.id, (current) => ({ ...current, urgency }))) ?? row;
  }

  async function sendBundles(members: readonly (readonly [One, Cause])[]): Promise<void> {
    const groups = Map.groupBy(members, ([one, bundle]) => nameOfOne({ cause: bundle, to: one.to }));
    const ones = [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const [{ to }, cause] = first;
      return [{ cause, to, urgency: mostUrgent(group.map(([one]) => one)) }];
    });
    const known = flat(await ledger.ofAll(ones.map(({ cause }) => cause)));
    await send(ones, await Promise.all(known.map((row) => raised(row, ones))));
  }

  return {
    async send(cause, to, urgency, over) {
      const ones = onesOf([{ cause, to, urgency }]).map((one) => ({ ...one, over }));
      await send(ones, await ledger.of(cause));
    },
    async sendAll(sendings) {
      const ones = onesOf(sendings);
      const known = flat(await ledger.ofAll(sendings.flatMap(({ cause, isNew }) => (isNew ? [] : [cause]))));
      const told = new Set(known.map(nameOfOne));
      const fresh = ones.filter((one) => !told.has(nameOfOne(one)));
      const verdicts = await bundles.admit(fresh);
      const own: One[] = [];
      const members: [One, Cause][] = [];
      for (const [at, one] of fresh.entries()) {
        const bundle = verdicts[at];
        if (bundle === undefined) own.push(one);
        else members.push([one, bundle]);
      }
      await ledger.open(members.map(([one, within]) => bundledDelivery({ ...one, at: now(), within })));
      for (const row of known) if (row.within !== undefined) members.push([row, row.within]);
      await Promise.all([
        send(
          own,
          known.filter(({ within }) => within === undefined),
          ones,
        ),
        sendBundles(members),
      ]);
    },
    async refresh(cause, only) {
      if (!only) return await refresh(await ledger.of(cause));
      await refresh(await ledger.getMany(only.flatMap((to) => deliveryIds(cause, to, platforms))));
    },
    async refreshAll(causes) {
      await refresh(flat(await ledger.ofAll(causes)));
    },
  };

  async function refresh(rows: readonly Delivery[]): Promise<void> {
    const bundled = rows.flatMap((row) => (row.within === undefined ? [] : [[row, row.within] as const]));
    await enqueue(rows.filter((row) => row.within === undefined && isLive(row)));
    if (bundled.length > 0) await sendBundles(bundled);
  }
}
