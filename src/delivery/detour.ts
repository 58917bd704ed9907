import type { Delivery } from '#src/domain/delivery.ts';
import { OutsideError } from '#src/domain/errors.ts';
import { placeName } from '#src/domain/room.ts';

import type { CarryNeeds, Outcome } from './carry.ts';
import {
  addressOf,
  conditionFor,
  deliveryId,
  detourNote,
  downWords,
  isDrill,
  mediaOf,
  nameOf,
  openDelivery,
} from './media.ts';

const WAIT_FOR_PLATFORM_MS = 2_000;
const LOOK_AGAIN_MS = 1_500;

/** What becomes of a delivery that cannot go the way it was meant to. */
interface Detour {
  /** What stands there is edited when the platform is back; what is not sent yet goes another way at once. */
  whileDown(delivery: Delivery, why: string): Promise<Outcome>;
  /** The platform said no for good; `maybe`: it may stand there all the same. */
  refused(delivery: Delivery, why: string, maybe?: boolean): Promise<Outcome>;
  /** Completes a reroute that is on record. */
  follow(delivery: Delivery): Promise<Outcome>;
  /** It has to wait for its turn there: back the first way, where that is up again. False when it stays. */
  home(delivery: Delivery): Promise<boolean>;
}

export function createDetour({ media, ledger, fleets, enqueue, logger, now }: CarryNeeds): Detour {
  const platforms = [...media.keys()];
  const waysOf = ({ to }: Delivery): readonly string[] => mediaOf(fleets.current(), to, platforms);

  const isUp = (way: string, delivery: Delivery): boolean => {
    const medium = media.get(way);
    return (
      medium !== undefined &&
      conditionFor({ ...delivery, platform: way }, medium.circuit.condition, fleets.current(), platforms).up
    );
  };

  /** The ways that have not refused it, in their order, without its own. */
  async function otherWays(delivery: Delivery): Promise<readonly string[]> {
    // What a platform missed is told there.
    if (delivery.cause.startsWith('digest:')) return [];
    const ways = waysOf(delivery).filter((way) => way !== delivery.platform);
    const rows = await Promise.all(
      ways.map((way) => ledger.get(deliveryId(delivery.cause, delivery.to, way))),
    );
    return ways.filter((_, at) => !rows[at]?.refused && rows[at]?.state !== 'failed');
  }

  /** The record of the change comes first: whoever finds it after a crash completes it. */
  async function takeOver(
    delivery: Delivery,
    next: string,
    { reason, refused }: { readonly reason: string; readonly refused: boolean },
  ): Promise<Outcome> {
    const { cause, to } = delivery;
    logger.warn({ cause, to: placeName(to), next, why: reason }, 'delivery rerouted');
    const record = await ledger.update(delivery.id, (d) => {
      if (d.posted) return undefined;
      const { sendingAt, ...rest } = d;
      // Where it was refused, nothing of ours can stand.
      const may = refused ? undefined : sendingAt;
      return {
        ...rest,
        ...(may !== undefined && { sendingAt: may }),
        ...(refused && { refused }),
        state: 'rerouted',
        next,
        reason,
        hop: (d.hop ?? 0) + 1,
        reroutedAt: now().toISOString(),
      };
    });
    return record?.state === 'rerouted' ? await follow(record) : undefined;
  }

  async function follow(delivery: Delivery): Promise<Outcome> {
    const { cause, to, urgency, next, reason, refused, sendingAt, hop = 0 } = delivery;
    if (next === undefined) return;
    const instead = isDrill(cause) || refused ? delivery.instead : (delivery.instead ?? delivery.platform);
    // It comes as it was meant to, and was tried nowhere else: there is nothing to say about the way.
    const isAtHome = instead === next && !refused && sendingAt === undefined;
    const heir: Delivery = {
      ...openDelivery({
        cause,
        to,
        urgency,
        at: new Date(delivery.queuedAt),
        platform: next,
        note: isAtHome ? undefined : reason && detourNote(next, reason),
      }),
      ...(instead !== undefined && instead !== next && { instead }),
      hop,
    };
    const known = await ledger.get(heir.id);
    if (!known) await ledger.open([heir], 'heir');
    else if (known.state === 'rerouted' && (known.hop ?? 0) < hop && !known.posted) {
      // It comes back to a platform that it left: the same key, so that it is one message all the same.
      await ledger.update(known.id, (d) =>
        d.state === 'rerouted' && (d.hop ?? 0) < hop
          ? { ...d, state: 'queued', hop, next: undefined, reason: undefined, note: heir.note }
          : undefined,
      );
      await ledger.park(known.id);
      await enqueue([known]);
      return await reclaim(delivery);
    }
    if (known === undefined || known.state === 'queued' || known.state === 'sending') await enqueue([heir]);
    return await reclaim(delivery);
  }

  /**
   * What was sent before the reroute may stand there although no answer came: once the platform is back it is
   * looked for, and from then on kept up to date, so that no alert seems to fire for ever.
   */
  async function reclaim(delivery: Delivery): Promise<Outcome> {
    const medium = media.get(delivery.platform);
    const to = addressOf(fleets.current(), delivery.to, delivery.platform);
    if (delivery.sendingAt === undefined || !medium?.platform.find || !to) return;
    if (!medium.circuit.condition().up) return 'parked';
    try {
      const posted = await medium.platform.find(to, delivery.id);
      medium.circuit.worked();
      const { sendingAt: _, reason, next, ...rest } = delivery;
      const kept: Delivery = posted
        ? { ...rest, state: 'delivered', posted, shown: 0, deliveredAt: now().toISOString() }
        : { ...rest, reason, next };
      await ledger.update(delivery.id, (d) => (d.state === 'rerouted' ? kept : undefined));
      return posted && { againMs: LOOK_AGAIN_MS };
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      medium.circuit.failed(error);
      return error.retryable ? { againMs: error.retryAfterMs ?? WAIT_FOR_PLATFORM_MS } : undefined;
    }
  }

  return {
    follow,
    async home(delivery) {
      const { instead, posted, sendingAt, hop = 0 } = delivery;
      // Once: while one process finds it up and another down, it would go to and fro.
      if (instead === undefined || posted || sendingAt !== undefined || hop > 1) return false;
      if (!isUp(instead, delivery) || media.get(instead)?.circuit.halfOpen()) return false;
      const reason = `${nameOf(delivery.platform)} asks to wait, and ${nameOf(instead)} is back`;
      await takeOver(delivery, instead, { reason, refused: false });
      return true;
    },
    async whileDown(delivery, why) {
      if (delivery.posted) return 'parked';
      const next = (await otherWays(delivery)).find((way) => isUp(way, delivery));
      if (next === undefined) return 'parked';
      return await takeOver(delivery, next, { reason: downWords(delivery.platform, why), refused: false });
    },
    async refused(delivery, why, maybe = false) {
      const ways = await otherWays(delivery);
      const order = waysOf(delivery);
      const later = ways.filter((way) => order.indexOf(way) > order.indexOf(delivery.platform));
      const next = later.find((way) => isUp(way, delivery)) ?? later[0] ?? ways[0];
      if (next !== undefined) {
        const words = maybe
          ? `${nameOf(delivery.platform)} gave no answer (${why})`
          : `${nameOf(delivery.platform)} did not take it (${why})`;
        return await takeOver(delivery, next, { reason: words, refused: true });
      }
      logger.error({ cause: delivery.cause, to: placeName(delivery.to), why }, 'delivery failed');
      await ledger.update(delivery.id, (d) =>
        d.posted ? undefined : { ...d, state: 'failed', reason: why },
      );
    },
  };
}
