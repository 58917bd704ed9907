import { OutsideError } from '#src/domain/errors.ts';
import type { Pace } from '#src/domain/pace.ts';

/**
 * What a homeserver counts as a message, and limits more tightly besides (Synapse: ten rooms, then one in 62.5 s). Once it
 * has said so, such things go one at a time at its pace; what has to wait is refused here, with `rate-limited`,
 * instead of asking it again and again.
 */
export interface Turns {
  /** Throws OutsideError, of a limit with `ofRecipient`: messages to others need not wait. */
  room<T>(open: () => Promise<T>): Promise<T>;
  invitation<T>(open: () => Promise<T>): Promise<T>;
  reaction<T>(put: () => Promise<T>): Promise<T>;
}

/** What the homeserver said of its limits, over all processes. */
export type Limits = Pick<Pace, 'slow' | 'slowed'>;

const MESSAGES = 'matrix';
/** After a homeserver said that it was too fast, and not for how long. */
const PENALTY_MS = 60_000;
/** Who waited longer behind a call that hangs comes again later. */
const PATIENCE_MS = 5_000;
const AGAIN_MS = 1_000;
/** Reactions leave the place to messages that wait for it: the words under a message say the same. */
const REACTIONS_YIELD_MS = 15_000;

export function createTurns(limits: Limits | undefined): Turns {
  const within = (line: string, yieldMs = 0) => {
    let last: Promise<unknown> = Promise.resolve();
    // One after another: who comes behind the first to be refused asks no more, and a burst leaves messages a place.
    return <T>(deed: () => Promise<T>): Promise<T> => {
      const since = Date.now();
      const done = last.then(() => inTurn(deed, since));
      last = done.catch(() => undefined);
      return done;
    };
    async function inTurn<T>(deed: () => Promise<T>, since: number): Promise<T> {
      const isHeldUp = Date.now() - since > PATIENCE_MS;
      const waitMs = isHeldUp ? AGAIN_MS : ((await limits?.slowed(...new Set([line, MESSAGES]))) ?? 0);
      if (waitMs > 0) {
        const words = 'Tocsin goes at the pace that the homeserver allows';
        const retryAfterMs = waitMs + yieldMs;
        throw new OutsideError('matrix', 'rate-limited', words, { retryAfterMs, ofRecipient: true });
      }
      try {
        return await deed();
      } catch (error) {
        if (!(error instanceof OutsideError) || error.reason !== 'rate-limited' || error.ofRecipient)
          throw error;
        const { system, reason, message, cause, retryAfterMs = PENALTY_MS } = error;
        await limits?.slow(line, retryAfterMs);
        throw new OutsideError(system, reason, message, { cause, retryAfterMs, ofRecipient: true });
      }
    }
  };
  return {
    room: within('matrix-rooms'),
    invitation: within('matrix-invitations'),
    reaction: within(MESSAGES, REACTIONS_YIELD_MS),
  };
}
