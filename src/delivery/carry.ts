import type { Logger } from 'pino';

import type { Compose, Composed, Delivery } from '#src/domain/delivery.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Message } from '#src/domain/message.ts';
import type { Pace } from '#src/domain/pace.ts';
import type { Address, ChatPlatform, Posted } from '#src/domain/platform.ts';
import type { Place } from '#src/domain/room.ts';

import { createArrival } from './arrival.ts';
import { createCalled } from './called.ts';
import type { Circuit } from './circuit.ts';
import { createDetour } from './detour.ts';
import { addressOf, conditionFor } from './media.ts';
import { createStale } from './stale.ts';

/** A medium with what is known of its state. */
export interface Medium {
  readonly platform: ChatPlatform;
  readonly circuit: Circuit;
}

/** A delivery in this process's hands. */
interface Held {
  readonly record: Delivery | undefined;
  renew(): Promise<boolean>;
  /** Undefined once it was lost. */
  update(change: (current: Delivery) => Delivery | undefined): Promise<Delivery | undefined>;
  release(): Promise<void>;
}

interface Records {
  /** Undefined when another process has it. */
  hold(id: string, ttlMs: number): Promise<Held | undefined>;
  get(id: string): Promise<Delivery | undefined>;
  of(cause: Delivery['cause']): Promise<readonly Delivery[]>;
  update(
    id: Delivery['id'],
    change: (current: Delivery) => Delivery | undefined,
    known?: Delivery,
  ): Promise<Delivery | undefined>;
  open(deliveries: readonly Delivery[], as?: 'first' | 'heir'): Promise<void>;
  park(id: Delivery['id']): Promise<void>;
  settle(ids: readonly Delivery['id'][]): Promise<void>;
}

/** Remembers what did not come the usual way, for the digest. */
interface Missed {
  note(missed: {
    readonly platform: string;
    readonly to: Place;
    readonly cause: Delivery['cause'];
    /** The platform it went to, or `stale`. */
    readonly where: string;
    readonly queuedAt: string;
  }): Promise<void>;
}

export interface CarryNeeds {
  readonly media: ReadonlyMap<string, Medium>;
  readonly ledger: Records;
  readonly fleets: Fleets;
  readonly missed: Missed;
  readonly compose: Compose;
  /** Puts deliveries into their platform's queue. */
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Told, at least once, of each delivery that has arrived. */
  readonly arrived: (delivery: Delivery) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
  /** What platforms said of their limits, over all processes. */
  readonly pace?: Pick<Pace, 'slow' | 'slowed'> | undefined;
  /** An alert that could not be sent for longer is not sent any more. */
  readonly staleMs?: number | undefined;
}

/** `parked`: nothing can be done before a platform returns; it is on record as due. */
export type Outcome = { readonly againMs: number } | 'parked' | void;

/** Renewed while it is carried: what is held longer belongs to a dead process. */
const LEASE_MS = 4_000;
const BUSY_MS = 250;
/** A message is edited at most this often; what comes faster is folded into the next edit. */
const EDIT_PACE_MS = 1_500;
/** Where a platform counts edits as messages and has asked to slow down, what is new goes first. */
const EDITS_YIELD_MS = 15_000;
/** After this, a platform may have forgotten the key of an attempt: it is looked up before it is repeated. */
const KEY_WINDOW_MS = 60_000;
const FINAL: ReadonlySet<Delivery['state']> = new Set(['failed', 'stale']);

/**
 * Brings one delivery up to date with its cause: posts it, or edits what stands there. May be called
 * any number of times, by any process, before and after a crash: the recipient sees one message.
 */
export function createCarry(needs: CarryNeeds): (id: string) => Promise<{ readonly againMs: number } | void> {
  const { media, ledger, fleets, logger, now } = needs;
  const detour = createDetour(needs);
  const arrival = createArrival(needs);
  const stale = createStale(needs);
  const called = createCalled(needs);

  return async (id) => {
    const held = await ledger.hold(id, LEASE_MS);
    if (!held) return { againMs: BUSY_MS };
    // A renewal that fails costs nothing yet: the same key is sent once, whoever sends it.
    const renewal = setInterval(() => void held.renew().catch(() => undefined), LEASE_MS / 3);
    try {
      const outcome = held.record && (await carry(held.record, held));
      if (outcome === 'parked') return await ledger.park(id as Delivery['id']);
      if (outcome === undefined) await ledger.settle([id as Delivery['id']]);
      return outcome;
    } finally {
      clearInterval(renewal);
      await held.release();
    }
  };

  async function carry(delivery: Delivery, held: Held): Promise<Outcome> {
    if (delivery.state === 'rerouted') return await detour.follow(delivery);
    if (FINAL.has(delivery.state)) return;
    const medium = media.get(delivery.platform);
    const to = addressOf(fleets.current(), delivery.to, delivery.platform);
    if (!medium || !to) {
      if (delivery.posted) return;
      return await detour.refused(delivery, 'has no account or room on this platform any more');
    }
    const composed = await needs.compose(delivery.cause, delivery.to);
    if (!composed) return delivery.posted ? undefined : await stale.nothingToSay(delivery);
    if (stale.isTooLate(delivery, composed)) return await stale.leaveOut(delivery, composed);
    const condition = conditionFor(delivery, medium.circuit.enter, fleets.current(), [...media.keys()]);
    if (!condition.up) return await detour.whileDown(delivery, condition.why);
    try {
      return delivery.posted
        ? await editIfOlder(delivery, delivery.posted, composed, medium)
        : await post(delivery, composed, medium, { to, held });
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      medium.circuit.failed(error);
      return await afterFailure(delivery, error);
    }
  }

  async function post(
    delivery: Delivery,
    composed: Composed,
    medium: Medium,
    { to, held }: { readonly to: Address; readonly held: Held },
  ): Promise<Outcome> {
    const { platform, circuit } = medium;
    if (platform.can.repeat === false && delivery.sendingAt !== undefined) {
      const words = 'it may have arrived: Tocsin was interrupted while sending, and cannot tell';
      return await detour.refused(delivery, words);
    }
    const found = await lookUp(delivery, platform, to);
    if (found === 'gone') await ledger.update(delivery.id, (d) => ({ ...d, sendingAt: undefined }));
    if (found !== undefined && found !== 'gone') {
      circuit.worked();
      await arrival.record(delivery, found, 0);
      return { againMs: EDIT_PACE_MS };
    }
    await platform.prepare?.(to);
    const waitMs = await slowed(platform);
    if (waitMs > 0) return (await detour.home(delivery)) ? undefined : { againMs: waitMs };
    const message = await called.in(composed.message, delivery, platform);
    // The fence: whoever lost it, by a pause of the process, leaves it to its new holder.
    const record = await held.update((d) =>
      d.posted || d.state === 'rerouted' || FINAL.has(d.state)
        ? undefined
        : {
            ...d,
            state: 'sending',
            sendingAt: d.sendingAt ?? now().toISOString(),
            // Where the first attempt arrived, the same key gives its message again, with its words.
            shown: d.sendingAt === undefined ? composed.revision : d.shown,
          },
    );
    if (record?.state !== 'sending') return { againMs: BUSY_MS };
    const posted = await platform.post(to, withNote(message, delivery.note), delivery.id);
    circuit.worked();
    await arrival.record(record, posted, record.shown);
    return record.shown < composed.revision ? { againMs: EDIT_PACE_MS } : undefined;
  }

  /** ms until the next message may go, where the platform asked for a slower pace. */
  async function slowed({ id, can }: ChatPlatform): Promise<number> {
    return can.oneLimit ? ((await needs.pace?.slowed(id)) ?? 0) : 0;
  }

  /** What an earlier attempt left there; `gone` = it surely left nothing. */
  async function lookUp(
    { id, sendingAt }: Delivery,
    platform: ChatPlatform,
    to: Address,
  ): Promise<Posted | 'gone' | undefined> {
    if (sendingAt === undefined || !platform.find) return undefined;
    // A clock that was set back says nothing about how long ago it was.
    if (Math.abs(now().getTime() - Date.parse(sendingAt)) <= KEY_WINDOW_MS) return undefined;
    return (await platform.find(to, id)) ?? 'gone';
  }

  async function editIfOlder(
    delivery: Delivery,
    posted: Posted,
    { message, revision }: Composed,
    { platform, circuit }: Medium,
  ): Promise<Outcome> {
    await arrival.tell(delivery);
    if (revision <= delivery.shown || !platform.can.edit) return;
    const last = Date.parse(delivery.editedAt ?? delivery.deliveredAt ?? delivery.queuedAt);
    const since = Math.max(0, now().getTime() - last);
    if (since < EDIT_PACE_MS) return { againMs: EDIT_PACE_MS - since };
    const waitMs = await slowed(platform);
    // Spread: all at once, but for one they would wait in vain again.
    if (waitMs > 0) return { againMs: waitMs + Math.random() * EDITS_YIELD_MS };
    await platform.edit(posted, withNote(message, delivery.note));
    circuit.worked();
    await ledger.update(delivery.id, (d) => ({
      ...d,
      shown: Math.max(d.shown, revision),
      editedAt: now().toISOString(),
      attempts: 0,
    }));
  }

  async function afterFailure(delivery: Delivery, error: OutsideError): Promise<Outcome> {
    // The bot is refused, not the message: it waits as in an outage.
    if (error.reason === 'unauthorized') return await detour.whileDown(delivery, error.message);
    if (!error.retryable) {
      if (!delivery.posted) return await detour.refused(delivery, error.message, error.maybeDone);
      logger.warn({ cause: delivery.cause, why: error.message }, 'posted message cannot be edited');
      await ledger.update(delivery.id, (d) => ({
        ...d,
        shown: Number.MAX_SAFE_INTEGER,
        reason: error.message,
      }));
      return;
    }
    const { platform, circuit } = media.get(delivery.platform) ?? {};
    const isForAll = error.reason === 'rate-limited' && !error.ofRecipient;
    if (isForAll && error.retryAfterMs !== undefined && platform?.can.oneLimit) {
      await needs.pace?.slow(platform.id, error.retryAfterMs);
    }
    const attempts = delivery.attempts + 1;
    // Only an attempt without an answer leaves something to look for.
    const isSurelyNot = error.reason === 'rate-limited' || platform?.can.repeat === false;
    const record = await ledger.update(delivery.id, ({ sendingAt, ...d }) => ({
      ...d,
      ...(d.state === 'sending' && { state: 'queued' as const }),
      ...(sendingAt !== undefined && !(isSurelyNot && delivery.sendingAt === undefined) && { sendingAt }),
      attempts,
      reason: error.message,
    }));
    const condition = circuit?.condition();
    if (record && condition?.up === false) return await detour.whileDown(record, condition.why);
    if (record && error.reason === 'rate-limited' && (await detour.home(record))) return;
    return { againMs: Math.max(50, error.retryAfterMs ?? backoffMs(attempts)) };
  }
}

const withNote = (message: Message, note: string | undefined): Message =>
  note === undefined ? message : { ...message, footer: [message.footer, note].filter(Boolean).join(' · ') };

const backoffMs = (attempts: number): number =>
  Math.min(30_000, 500 * 2 ** Math.min(attempts, 10)) * (0.75 + Math.random() / 2);
