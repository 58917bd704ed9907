import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';

import { wordsOf } from '#src/domain/errors.ts';
import type { Lease, Leases } from '#src/domain/lease.ts';

/** The time in which one process alone leads. */
export interface Term {
  readonly fence: number;
  /** Aborts before somebody else can lead. */
  readonly over: AbortSignal;
}

export interface Leadership extends AsyncDisposable {
  leads(): boolean;
  /** Resolves once it was tried for the first time. */
  settled(): Promise<void>;
  /** Stops leading, and hands over at once. */
  [Symbol.asyncDispose](): Promise<void>;
}

interface LeadershipOptions {
  readonly leases: Leases;
  readonly name: string;
  /** What a holder is recognised by. */
  readonly note: string;
  /** Whether the holder with this note is known to be dead: it is not waited for. */
  readonly hasEnded: (note: string) => boolean;
  /** Begins; everything it does must end when the term does. */
  readonly lead: (term: Term) => void;
  readonly logger: Logger;
  readonly pace?: Partial<LeadershipPace> | undefined;
}

export interface LeadershipPace {
  /** A dead leader is followed by another after this. */
  readonly leaseMs: number;
  /** How often a leader renews. */
  readonly renewMs: number;
  /** How long before its lease may end a leader that cannot renew stops. */
  readonly marginMs: number;
  /** How often a standby tries. */
  readonly tryMs: number;
}

export const LEADERSHIP_PACE: LeadershipPace = {
  leaseMs: 6_000,
  renewMs: 1_000,
  marginMs: 1_500,
  tryMs: 500,
};
/** No answer from Redis is waited for longer. */
const ANSWER_MS = 1_500;
const HAND_OVER_MS = 1_000;

/** Leads whenever nobody else does, until it is disposed. */
export function createLeadership(options: LeadershipOptions): Leadership {
  const { leases, name, note, hasEnded, lead, logger } = options;
  const { leaseMs, renewMs, marginMs, tryMs } = { ...LEADERSHIP_PACE, ...options.pace };
  const stopping = new AbortController();
  const settled = Promise.withResolvers<void>();
  let leading = false;

  async function take(): Promise<Lease | undefined> {
    const lease = await leases.take(name, leaseMs, note);
    if (lease) return lease;
    const holder = await leases.holder(name);
    if (!holder || !hasEnded(holder.note)) return undefined;
    await leases.bury(name, holder.fence);
    return await leases.take(name, leaseMs, note);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const asked = performance.now();
      const lease = await take().catch((error: unknown) => {
        logger.debug({ why: wordsOf(error) }, 'leadership could not be asked for');
        return undefined;
      });
      if (lease) await serve(lease, asked);
      settled.resolve();
      await pause(tryMs * (0.75 + Math.random() / 2), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      );
    }
  }

  /** Leads as long as it is certain that nobody else does. */
  async function serve(lease: Lease, taken: number): Promise<void> {
    const over = new AbortController();
    const known = { lease: name, fence: lease.fence };
    const sureUntil = taken + leaseMs - marginMs;
    // An answer that came too late, or while this process slept, is none.
    if (performance.now() < sureUntil && !stopping.signal.aborted) {
      leading = true;
      logger.info(known, 'leads');
      lead({ fence: lease.fence, over: over.signal });
      settled.resolve();
      await renewed(lease, sureUntil);
      leading = false;
      over.abort(new Error('no longer leads'));
      logger[stopping.signal.aborted ? 'info' : 'warn'](known, 'leads no longer');
    }
    await inTime(
      lease.release().then(() => true),
      HAND_OVER_MS,
    );
  }

  /** Renews it until that fails for too long, somebody else has it, or the end comes. */
  async function renewed(lease: Lease, first: number): Promise<void> {
    for (let sureUntil = first; ;) {
      const waitMs = Math.min(renewMs, Math.max(0, sureUntil - performance.now()));
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      const asked = performance.now();
      if (stopping.signal.aborted || asked >= sureUntil) return;
      const isHeld = await inTime(lease.renew(), sureUntil - asked);
      if (isHeld === false) return;
      if (isHeld) sureUntil = asked + leaseMs - marginMs;
    }
  }

  const running = run();
  return {
    leads: () => leading,
    settled: () => settled.promise,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

/** Undefined when it failed or took too long: nothing is known. */
async function inTime(answer: Promise<boolean>, withinMs: number): Promise<boolean | undefined> {
  const late = new AbortController();
  const nothing = pause(Math.min(withinMs, ANSWER_MS), undefined, { signal: late.signal }).catch(
    () => undefined,
  );
  try {
    return await Promise.race([answer, nothing]);
  } catch {
    return undefined;
  } finally {
    late.abort();
  }
}
