import type { Answer, Call } from './call.ts';
import type { Changes } from './changes.ts';
import { rateLimited } from './limits.ts';
import type { LimitScope } from './limits.ts';

export interface FaultMatch {
  readonly method?: string;
  /** Over the path without /api/v10. */
  readonly route?: RegExp;
  readonly when?: (call: Call) => boolean;
}

interface StatusFault {
  readonly kind: 'status';
  readonly status: number;
  readonly code?: number;
  readonly message?: string;
  readonly body?: object | string;
  /** Carry the request out first: the answer lies. */
  readonly effect?: boolean;
}

interface RateLimitFault {
  readonly kind: 'rate-limit';
  readonly retryAfterMs: number;
  readonly scope?: LimitScope;
}

interface HangFault {
  readonly kind: 'hang';
  readonly effect?: boolean;
}

interface SlowFault {
  readonly kind: 'slow';
  readonly delayMs: number;
}

interface DropFault {
  readonly kind: 'drop-before' | 'drop-after';
}

export type FaultPlan = { readonly match?: FaultMatch; readonly times?: number } & (
  StatusFault | RateLimitFault | HangFault | SlowFault | DropFault
);

/** One fault in force. */
export interface Fault {
  readonly plan: FaultPlan;
  readonly hits: number;
  /** Resolves once it has struck this many times. */
  hit(count?: number, timeoutMs?: number): Promise<void>;
  /** Lets go of every request it holds; they are carried on with. */
  release(): void;
  remove(): void;
}

export interface Faults {
  add(plan: FaultPlan): Fault;
  clear(): void;
  /** The first fault in force for the call, which is thereby struck. */
  strike(call: Call): Struck | undefined;
}

export interface Struck {
  readonly plan: FaultPlan;
  /** Settles when a hanging request may go on. */
  readonly released: Promise<void>;
}

interface Entry extends Fault {
  strike(): Struck;
  matches(call: Call): boolean;
}

export function createFaults(changes: Changes): Faults {
  const entries = new Set<Entry>();
  return {
    add(plan) {
      const entry = createEntry(plan, changes, () => entries.delete(entry));
      entries.add(entry);
      return entry;
    },
    clear() {
      for (const entry of entries) entry.release();
      entries.clear();
    },
    strike: (call) =>
      entries
        .values()
        .find((entry) => entry.matches(call))
        ?.strike(),
  };
}

function createEntry(plan: FaultPlan, changes: Changes, remove: () => void): Entry {
  let hits = 0;
  let gate = Promise.withResolvers<void>();
  return {
    plan,
    get hits() {
      return hits;
    },
    async hit(count = 1, timeoutMs = 5000) {
      await changes.until(() => hits >= count, timeoutMs, `${count} hits of a ${plan.kind} fault`);
    },
    release() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
    remove,
    matches: (call) => hits < (plan.times ?? Infinity) && fits(plan.match ?? {}, call),
    strike() {
      hits += 1;
      changes.tell();
      return { plan, released: gate.promise };
    },
  };
}

function fits({ method, route, when }: FaultMatch, call: Call): boolean {
  return (
    (method === undefined || method === call.method) &&
    (route === undefined || route.test(call.path)) &&
    (when === undefined || when(call))
  );
}

/** The made-up answer of a fault that has one. */
export function answerOf(plan: FaultPlan): Answer | undefined {
  if (plan.kind === 'rate-limit') return rateLimited(plan.retryAfterMs, plan.scope ?? 'user');
  if (plan.kind !== 'status') return undefined;
  const { status, code, message, body } = plan;
  if (body !== undefined) return { status, body };
  if (status >= 502 && code === undefined && message === undefined) {
    return {
      status,
      body: 'upstream connect error or disconnect/reset before headers. reset reason: overflow',
    };
  }
  return { status, body: { message: message ?? `${status}: Fault`, code: code ?? 0 } };
}
