import type { Logger } from 'pino';

import type { Compose, Composed, Delivery } from '#src/domain/delivery.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Lease, Leases } from '#src/domain/lease.ts';
import type { Mention, Message } from '#src/domain/message.ts';
import type { Pace } from '#src/domain/pace.ts';
import type { Address, ChatPlatform, Posted } from '#src/domain/platform.ts';
import { type Place, placeName } from '#src/domain/room.ts';

import type { Circuit } from './circuit.ts';
import { createDetour } from './detour.ts';
import { addressOf, conditionFor } from './media.ts';

/** A medium with what is known of its state. */
export interface Medium {
  readonly platform: ChatPlatform;
  readonly circuit: Circuit;
}

interface Records {
  get(id: string): Promise<Delivery | undefined>;
  of(cause: Delivery['cause']): Promise<readonly Delivery[]>;
  update(
    id: Delivery['id'],
    change: (current: Delivery) => Delivery | undefined,
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
  }): Promise<void>;
}

export interface CarryNeeds {
  readonly media: ReadonlyMap<string, Medium>;
  readonly ledger: Records;
  readonly leases: Leases;
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
const LEASE_MS = 10_000;
const BUSY_MS = 250;
/** A message is edited at most this often; what comes faster is folded into the next edit. */
const EDIT_PACE_MS = 1_500;
/** Where a platform counts edits as messages and has asked to slow down, what is new goes first. */
const EDITS_YIELD_MS = 15_000;
/** After this, a platform may have forgotten the key of an attempt: it is looked up before it is repeated. */
const KEY_WINDOW_MS = 60_000;
export const STALE_MS = 6 * 3_600_000;
/** An alert that ended before it was told is told all the same, unless it waited for longer than this. */
const OVER_MS = 60_000;
const FINAL: ReadonlySet<Delivery['state']> = new Set(['failed', 'stale']);

/**
 * Brings one delivery up to date with its cause: posts it, or edits what stands there. May be called
 * any number of times, by any process, before and after a crash: the recipient sees one message.
 */
export function createCarry(needs: CarryNeeds): (id: string) => Promise<{ readonly againMs: number } | void> {
  const { media, ledger, leases, fleets, missed, logger, now, staleMs = STALE_MS } = needs;
  const detour = createDetour(needs);

  return async (id) => {
    const lease = await leases.take(`delivery:${id}`, LEASE_MS);
    if (!lease) return { againMs: BUSY_MS };
    // A renewal that fails costs nothing yet: the same key is sent once, whoever sends it.
    const renewal = setInterval(() => void lease.renew().catch(() => undefined), LEASE_MS / 3);
    try {
      const delivery = await ledger.get(id);
      const outcome = delivery && (await carry(delivery, lease));
      if (outcome === 'parked') return await ledger.park(id as Delivery['id']);
      if (outcome === undefined) await ledger.settle([id as Delivery['id']]);
      return outcome;
    } finally {
      clearInterval(renewal);
      await lease.release();
    }
  };

  async function carry(delivery: Delivery, lease: Lease): Promise<Outcome> {
    if (delivery.state === 'rerouted') return await detour.follow(delivery);
    if (FINAL.has(delivery.state)) return;
    const medium = media.get(delivery.platform);
    const to = addressOf(fleets.current(), delivery.to, delivery.platform);
    if (!medium || !to) {
      if (delivery.posted) return;
      return await detour.refused(delivery, 'has no account or room on this platform any more');
    }
    const condition = conditionFor(delivery, medium, fleets.current(), [...media.keys()]);
    const composed = await needs.compose(delivery.cause, delivery.to);
    if (!composed) {
      if (!delivery.posted) await end(delivery, 'stale', 'nothing to say');
      return;
    }
    if (isTooLate(delivery, composed)) return await leaveOut(delivery, composed);
    if (!condition.up) return await detour.whileDown(delivery, condition.why);
    try {
      return delivery.posted
        ? await editIfOlder(delivery, delivery.posted, composed, medium)
        : await post(delivery, composed, medium, { to, lease });
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
    { to, lease }: { readonly to: Address; readonly lease: Lease },
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
      await arrive(delivery, found, 0);
      return { againMs: EDIT_PACE_MS };
    }
    const waitMs = await slowed(platform);
    if (waitMs > 0) return { againMs: waitMs };
    const message = await withCalls(delivery, composed.message, platform);
    // The fence: whoever lost the lease, by a pause of the process, leaves it to its new holder.
    if (!(await lease.renew())) return { againMs: BUSY_MS };
    const record = await ledger.update(delivery.id, (d) =>
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
    await arrive(delivery, posted, record.shown);
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

  async function arrive(delivery: Delivery, posted: Posted, shown: number): Promise<void> {
    const record = await ledger.update(delivery.id, ({ reason, ...d }) => {
      // Whoever was faster has recorded the same message, and maybe a later edit of it.
      if (d.posted) return undefined;
      const kept = { ...d, sendingAt: undefined, posted, shown, deliveredAt: now().toISOString() };
      return d.state === 'rerouted' ? { ...kept, reason } : { ...kept, state: 'delivered' };
    });
    if (!record) return;
    logger.info(
      { cause: delivery.cause, to: placeName(delivery.to), platform: delivery.platform },
      'message delivered',
    );
    await tell(record);
  }

  /** May be repeated: a crash may come between the record and the telling. */
  async function tell(delivery: Delivery): Promise<void> {
    const { cause, to, instead, platform, toldAt } = delivery;
    if (toldAt !== undefined) return;
    await needs.arrived(delivery);
    if (instead !== undefined && to.kind === 'room') {
      await missed.note({ platform: instead, to, cause, where: platform });
    }
    await ledger.update(delivery.id, (d) => ({ ...d, toldAt: now().toISOString() }));
  }

  async function editIfOlder(
    delivery: Delivery,
    posted: Posted,
    { message, revision }: Composed,
    { platform, circuit }: Medium,
  ): Promise<Outcome> {
    await tell(delivery);
    if (revision <= delivery.shown || !platform.can.edit) return;
    const last = Date.parse(delivery.editedAt ?? delivery.deliveredAt ?? delivery.queuedAt);
    const since = Math.max(0, now().getTime() - last);
    if (since < EDIT_PACE_MS) return { againMs: EDIT_PACE_MS - since };
    const waitMs = await slowed(platform);
    if (waitMs > 0) return { againMs: waitMs + EDITS_YIELD_MS };
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
    const { platform } = media.get(delivery.platform) ?? {};
    const isForAll = error.reason === 'rate-limited' && !error.ofRecipient;
    if (isForAll && error.retryAfterMs !== undefined && platform?.can.oneLimit) {
      await needs.pace?.slow(platform.id, error.retryAfterMs);
    }
    const attempts = delivery.attempts + 1;
    // Only an attempt without an answer leaves something to look for.
    const isSurelyNot = error.reason === 'rate-limited' || platform?.can.repeat === false;
    await ledger.update(delivery.id, ({ sendingAt, ...d }) => ({
      ...d,
      ...(d.state === 'sending' && { state: 'queued' as const }),
      ...(sendingAt !== undefined && !(isSurelyNot && delivery.sendingAt === undefined) && { sendingAt }),
      attempts,
      reason: error.message,
    }));
    return { againMs: Math.max(50, error.retryAfterMs ?? backoffMs(attempts)) };
  }

  function ageOf({ queuedAt }: Delivery): number {
    return now().getTime() - Date.parse(queuedAt);
  }

  function isTooLate(delivery: Delivery, { over }: Composed): boolean {
    if (delivery.posted || delivery.sendingAt !== undefined) return false;
    if (typeof over === 'string') return true;
    if (!delivery.cause.startsWith('alert:')) return false;
    const age = ageOf(delivery);
    return age > staleMs || (over === true && age > OVER_MS);
  }

  /** Not sent one by one any more: the digest counts it, and names it if it fires on. */
  async function leaveOut(delivery: Delivery, { over }: Composed): Promise<void> {
    const { cause, to, instead, platform } = delivery;
    if (typeof over === 'string') return await end(delivery, 'stale', over);
    await missed.note({ platform: instead ?? platform, to, cause, where: 'stale' });
    const waited = `it waited for ${Math.round(ageOf(delivery) / 60_000)} minutes`;
    await end(delivery, 'stale', over ? `over before it could be sent: ${waited}` : `too old: ${waited}`);
  }

  async function end(delivery: Delivery, state: 'stale', reason: string): Promise<void> {
    await ledger.update(delivery.id, (d) => (d.posted ? undefined : { ...d, state, reason }));
  }

  /** Who would have to wait for a direct message is called in the room instead. */
  async function withCalls(delivery: Delivery, message: Message, platform: ChatPlatform): Promise<Message> {
    const { cause, to, urgency } = delivery;
    const isUrgent = urgency === 'mandatory' || urgency === 'critical';
    if (to.kind !== 'room' || !isUrgent || !platform.waiting) return message;
    const rows = await ledger.of(cause);
    const fleet = fleets.current();
    const people = rows.flatMap(({ to: other, state }) => {
      const operator = other.kind === 'direct' && state !== 'delivered' && fleet.operator(other.operator);
      return operator && operator.handles[platform.id] !== undefined ? [operator] : [];
    });
    if (people.length === 0) return message;
    const wait = new Set(await platform.waiting(people.flatMap(({ handles }) => handles[platform.id] ?? [])));
    const called = [...new Set(people)]
      .filter(({ handles }) => wait.has(handles[platform.id] ?? ''))
      .map(({ id, handles }): Mention => ({ name: id, handles }));
    return called.length === 0
      ? message
      : { ...message, mentions: [...(message.mentions ?? []), ...called.slice(0, MOST_CALLED)] };
  }
}

/** More would not fit into one message. */
const MOST_CALLED = 75;

const withNote = (message: Message, note: string | undefined): Message =>
  note === undefined ? message : { ...message, footer: [message.footer, note].filter(Boolean).join(' · ') };

const backoffMs = (attempts: number): number =>
  Math.min(30_000, 500 * 2 ** Math.min(attempts, 10)) * (0.75 + Math.random() / 2);
