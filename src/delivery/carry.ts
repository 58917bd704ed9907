import type { Logger } from 'pino';

import type { Compose, Composed, Delivery } from '#src/domain/delivery.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Leases } from '#src/domain/lease.ts';
import type { Message } from '#src/domain/message.ts';
import type { Address, ChatPlatform, Posted } from '#src/domain/platform.ts';
import { placeName } from '#src/domain/room.ts';

import type { Circuit } from './circuit.ts';
import { addressOf, detourNote, downWords, mediaOf, nameOf, openDelivery } from './media.ts';

/** A medium with what is known of its state. */
export interface Medium {
  readonly platform: ChatPlatform;
  readonly circuit: Circuit;
}

interface Records {
  get(id: string): Promise<Delivery | undefined>;
  update(
    id: Delivery['id'],
    change: (current: Delivery) => Delivery | undefined,
  ): Promise<Delivery | undefined>;
  open(deliveries: readonly Delivery[], as?: 'first' | 'heir'): Promise<void>;
}

export interface CarryNeeds {
  readonly media: ReadonlyMap<string, Medium>;
  readonly ledger: Records;
  readonly leases: Leases;
  readonly fleets: Fleets;
  readonly compose: Compose;
  /** Puts deliveries into their platform's queue. */
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Told, at least once, of each delivery that has arrived. */
  readonly arrived: (delivery: Delivery) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
}

type Outcome = { readonly againMs: number } | void;

/** Renewed while it is carried: what is held longer belongs to a dead process. */
const LEASE_MS = 10_000;
const BUSY_MS = 250;
/** A message is edited at most this often; what comes faster is folded into the next edit. */
const EDIT_PACE_MS = 1_500;
/** After this, a platform may have forgotten the key of an attempt: it is looked up before it is repeated. */
const KEY_WINDOW_MS = 60_000;
const WAIT_FOR_PLATFORM_MS = 2_000;
const FINAL: ReadonlySet<Delivery['state']> = new Set(['rerouted', 'failed', 'stale']);

/**
 * Brings one delivery up to date with its cause: posts it, or edits what stands there. May be called
 * any number of times, by any process, before and after a crash: the recipient sees one message.
 */
export function createCarry(needs: CarryNeeds): (id: string) => Promise<Outcome> {
  const { media, ledger, leases, fleets, logger, now } = needs;

  return async (id) => {
    const lease = await leases.take(`delivery:${id}`, LEASE_MS);
    if (!lease) return { againMs: BUSY_MS };
    // A renewal that fails costs nothing yet: the same key is sent once, whoever sends it.
    const renewal = setInterval(() => void lease.renew().catch(() => undefined), LEASE_MS / 3);
    try {
      const delivery = await ledger.get(id);
      if (!delivery) return;
      if (delivery.state === 'rerouted') return await followReroute(delivery);
      if (FINAL.has(delivery.state)) return;
      const medium = media.get(delivery.platform);
      const to = addressOf(fleets.current(), delivery.to, delivery.platform);
      if (!medium || !to) return await giveUp(delivery, 'has no account or room on this platform any more');
      const condition = medium.circuit.condition();
      if (!condition.up) return await whileDown(delivery, condition.why);
      return await bringUpToDate(delivery, medium, to);
    } finally {
      clearInterval(renewal);
      await lease.release();
    }
  };

  async function bringUpToDate(delivery: Delivery, medium: Medium, to: Address): Promise<Outcome> {
    const composed = await needs.compose(delivery.cause, delivery.to);
    if (!composed) {
      await ledger.update(delivery.id, (d) =>
        d.posted ? undefined : { ...d, state: 'stale', reason: 'nothing to say' },
      );
      return;
    }
    try {
      if (delivery.posted) return await editIfOlder(delivery, delivery.posted, composed, medium);
      const posted = await sendOnce(delivery, composed, medium, to);
      medium.circuit.worked();
      await arrive(delivery, posted);
      return posted.shown < composed.revision ? { againMs: EDIT_PACE_MS } : undefined;
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      medium.circuit.failed(error);
      return await afterFailure(delivery, error);
    }
  }

  async function sendOnce(
    delivery: Delivery,
    { message, revision }: Composed,
    { platform }: Medium,
    to: Address,
  ): Promise<{ readonly posted: Posted; readonly shown: number }> {
    const lastTry = delivery.sendingAt === undefined ? undefined : Date.parse(delivery.sendingAt);
    if (lastTry !== undefined && now().getTime() - lastTry > KEY_WINDOW_MS && platform.find) {
      const found = await platform.find(to, delivery.id);
      if (found) return { posted: found, shown: 0 };
    }
    await ledger.update(delivery.id, (d) => ({ ...d, state: 'sending', sendingAt: now().toISOString() }));
    return {
      posted: await platform.post(to, withNote(message, delivery.note), delivery.id),
      shown: revision,
    };
  }

  async function arrive(
    delivery: Delivery,
    { posted, shown }: { posted: Posted; shown: number },
  ): Promise<void> {
    const { reason: _, ...rest } = delivery;
    const record: Delivery = { ...rest, state: 'delivered', posted, shown, deliveredAt: now().toISOString() };
    await ledger.update(delivery.id, () => record);
    logger.info(
      { cause: delivery.cause, to: placeName(delivery.to), platform: delivery.platform },
      'message delivered',
    );
    await needs.arrived(record);
  }

  async function editIfOlder(
    delivery: Delivery,
    posted: Posted,
    { message, revision }: Composed,
    { platform, circuit }: Medium,
  ): Promise<Outcome> {
    // A crash may have come between the record and the telling.
    await needs.arrived(delivery);
    if (revision <= delivery.shown || !platform.can.edit) return;
    const since =
      now().getTime() - Date.parse(delivery.editedAt ?? delivery.deliveredAt ?? delivery.queuedAt);
    if (since < EDIT_PACE_MS) return { againMs: EDIT_PACE_MS - since };
    await platform.edit(posted, withNote(message, delivery.note));
    circuit.worked();
    await ledger.update(delivery.id, (d) => ({
      ...d,
      shown: revision,
      editedAt: now().toISOString(),
      attempts: 0,
    }));
  }

  async function afterFailure(delivery: Delivery, error: OutsideError): Promise<Outcome> {
    if (!error.retryable) {
      if (!delivery.posted) return await reroute(delivery, error.message);
      logger.warn({ cause: delivery.cause, why: error.message }, 'posted message cannot be edited');
      await ledger.update(delivery.id, (d) => ({
        ...d,
        shown: Number.MAX_SAFE_INTEGER,
        reason: error.message,
      }));
      return;
    }
    const attempts = delivery.attempts + 1;
    await ledger.update(delivery.id, (d) => ({ ...d, attempts, reason: error.message }));
    return { againMs: error.retryAfterMs ?? backoffMs(attempts) };
  }

  /** What stands there is edited when the platform is back; what is not sent yet goes the next way at once. */
  async function whileDown(delivery: Delivery, why: string): Promise<Outcome> {
    if (delivery.posted) return { againMs: WAIT_FOR_PLATFORM_MS };
    const next = nextMedium(delivery);
    if (next === undefined || !media.get(next)?.circuit.condition().up)
      return { againMs: WAIT_FOR_PLATFORM_MS };
    return await takeOver(delivery, next, downWords(delivery.platform, why));
  }

  async function reroute(delivery: Delivery, why: string): Promise<void> {
    const next = nextMedium(delivery);
    if (next === undefined) return await giveUp(delivery, why);
    // It said no: nothing of ours can stand there.
    const { sendingAt: _, ...refused } = delivery;
    await takeOver(refused, next, `${nameOf(delivery.platform)} did not take it (${why})`);
  }

  function nextMedium(delivery: Delivery): string | undefined {
    const ways = mediaOf(fleets.current(), delivery.to, [...media.keys()]);
    return ways[ways.indexOf(delivery.platform) + 1];
  }

  /** The record of the change comes first: whoever finds it after a crash completes it. */
  async function takeOver(delivery: Delivery, next: string, reason: string): Promise<Outcome> {
    logger.warn(
      { cause: delivery.cause, to: placeName(delivery.to), next, why: reason },
      'delivery rerouted',
    );
    const { sendingAt } = delivery;
    const record = await ledger.update(delivery.id, (d) => ({
      ...d,
      sendingAt,
      state: 'rerouted',
      next,
      reason,
    }));
    return record && (await followReroute(record));
  }

  async function followReroute(delivery: Delivery): Promise<Outcome> {
    const { cause, to, urgency, next, reason } = delivery;
    if (next === undefined) return;
    const note = reason && detourNote(next, reason);
    const heir = openDelivery({ cause, to, urgency, at: now(), platform: next, note });
    const known = await ledger.get(heir.id);
    if (!known) await ledger.open([heir], 'heir');
    if (!known?.posted) await needs.enqueue([heir]);
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
    if (!medium.circuit.condition().up) return { againMs: WAIT_FOR_PLATFORM_MS };
    try {
      const posted = await medium.platform.find(to, delivery.id);
      medium.circuit.worked();
      const { sendingAt: _, reason, next, ...rest } = delivery;
      const kept: Delivery = posted
        ? { ...rest, state: 'delivered', posted, shown: 0, deliveredAt: now().toISOString() }
        : { ...rest, reason, next };
      await ledger.update(delivery.id, () => kept);
      return posted && { againMs: EDIT_PACE_MS };
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      medium.circuit.failed(error);
      return error.retryable ? { againMs: error.retryAfterMs ?? WAIT_FOR_PLATFORM_MS } : undefined;
    }
  }

  async function giveUp(delivery: Delivery, reason: string): Promise<void> {
    if (delivery.posted) return;
    logger.error({ cause: delivery.cause, to: placeName(delivery.to), why: reason }, 'delivery failed');
    await ledger.update(delivery.id, (d) => ({ ...d, state: 'failed', reason }));
  }
}

const withNote = (message: Message, note: string | undefined): Message =>
  note === undefined ? message : { ...message, footer: [message.footer, note].filter(Boolean).join(' · ') };

const backoffMs = (attempts: number): number =>
  Math.min(30_000, 500 * 2 ** Math.min(attempts, 10)) * (0.75 + Math.random() / 2);
