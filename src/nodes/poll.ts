import { setTimeout as pause } from 'node:timers/promises';

interface Patience {
  readonly everyMs: number;
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** Looks again and again until something is seen; undefined when the time is over. Rejects when the signal aborts. */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  { everyMs, withinMs, signal }: Patience,
): Promise<T | undefined> {
  const until = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() + everyMs > until) return undefined;
    await pause(everyMs, undefined, { signal });
  }
}

/** As the longest wait is told: "2 min", "30 s". */
export const spell = (ms: number): string =>
  ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1_000)} s`;
