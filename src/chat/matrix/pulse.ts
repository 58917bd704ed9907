import type { Condition } from '#src/domain/platform.ts';

/** Keeps from one moment to the next whether the homeserver answers. */
export interface Pulse {
  condition(): Condition;
  settled(): Promise<Condition>;
  /** It answered. */
  beat(): void;
  /** It did not; `sinceMs` is when it should have. `final` counts at once, the rest only after the grace. */
  miss(why: string, options?: { readonly sinceMs?: number; readonly final?: boolean }): void;
}

/** Down at first; later a failure must last for `graceMs` to count. */
export function createPulse(graceMs: number, now: () => number = Date.now): Pulse {
  const first = Promise.withResolvers<undefined>();
  let failure: { readonly why: string; readonly sinceMs: number; readonly counts: boolean } | undefined = {
    why: 'Matrix is not connected yet.',
    sinceMs: now(),
    counts: true,
  };

  const condition = (): Condition => {
    // A failure that seems to come was there before the clock was set back.
    const isBrief = failure && !failure.counts && Math.abs(now() - failure.sinceMs) <= graceMs;
    if (failure === undefined || isBrief) return { up: true };
    return { up: false, why: failure.why, since: new Date(failure.sinceMs) };
  };

  return {
    condition,
    settled: async () => {
      await first.promise;
      return condition();
    },
    beat() {
      failure = undefined;
      first.resolve(undefined);
    },
    miss(why, { sinceMs = now(), final = false } = {}) {
      failure = { why, sinceMs: failure?.sinceMs ?? sinceMs, counts: final || failure?.counts === true };
      first.resolve(undefined);
    },
  };
}
