import type { OutsideError, Reason } from '#src/domain/errors.ts';
import type { ChatPlatform, Condition } from '#src/domain/platform.ts';

/**
 * Whether a platform takes messages now, from what it says of itself and from how sending went. Closed: messages go.
 * Open: none go. Half-open, some time after it opened: one goes, and how that ends decides.
 */
export interface Circuit {
  /** Asking changes nothing; half-open counts as up. */
  condition(): Condition;
  /** The same for whoever sends now: while half-open, the first is let through, and the others find it open. */
  enter(): Condition;
  halfOpen(): boolean;
  worked(): void;
  failed(error: OutsideError): void;
}

/** Failures in a row that open it: one slow answer does not. */
const OPENS_AFTER = 3;
/** Until the first try; doubled by each that fails. */
const FIRST_WAIT_MS = 5_000;
const MOST_WAIT_MS = 60_000;

const TROUBLE: ReadonlySet<Reason> = new Set(['unavailable', 'timeout']);
/** It said no to this message: it works. */
const ANSWERED: ReadonlySet<Reason> = new Set(['forbidden', 'not-found', 'rejected']);

interface Open {
  readonly why: string;
  readonly since: Date;
  readonly waitMs: number;
  readonly untilMs: number;
  /** One was let through, and its end is not known yet. */
  readonly trying: boolean;
}

export function createCircuit(platform: ChatPlatform, now: () => number): Circuit {
  let failures = 0;
  let open: Open | undefined;

  function close(): void {
    failures = 0;
    open = undefined;
  }

  function condition(): Condition {
    const own = platform.condition();
    // It tells of its end itself, and so of its return: what failed before says nothing about then.
    if (!own.up) close();
    const leftMs = open ? open.untilMs - now() : 0;
    // More is left than it was to wait: the clock was set back.
    return !open || leftMs <= 0 || leftMs > open.waitMs
      ? own
      : { up: false, why: open.why, since: open.since };
  }

  const opened = (why: string, since: Date, waitMs: number): Open => ({
    why,
    since,
    waitMs,
    untilMs: now() + waitMs,
    trying: false,
  });

  return {
    condition,
    enter() {
      const found = condition();
      if (found.up && open) open = { ...open, untilMs: now() + open.waitMs, trying: true };
      return found;
    },
    halfOpen: () => condition().up && open !== undefined,
    worked: close,
    failed({ reason, message }) {
      if (ANSWERED.has(reason)) return close();
      if (!TROUBLE.has(reason)) return;
      failures++;
      // What its own status page says makes it quicker to believe; by itself it proves nothing.
      const enough = platform.reported?.()?.major ? 1 : OPENS_AFTER;
      if (open?.trying) open = opened(message, open.since, Math.min(open.waitMs * 2, MOST_WAIT_MS));
      else if (!open && failures >= enough) open = opened(message, new Date(now()), FIRST_WAIT_MS);
    },
  };
}
