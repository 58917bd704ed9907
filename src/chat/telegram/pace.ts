import { OutsideError } from '#src/domain/errors.ts';

import { TELEGRAM } from './errors.ts';

/** Keeps this process within what Telegram takes: what comes too early fails at once, and was surely not sent. */
export interface Pace {
  /** Throws OutsideError `rate-limited` until it is the chat's turn. */
  take(chat: string): void;
  /** Telegram asked to wait: all do. */
  pause(forMs: number): void;
}

/** https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: one message a second per chat. */
const EVERY_MS = 1_000;
const SWEPT_AT = 1_000;

export function createPace(everyMs = EVERY_MS, now: () => number = Date.now): Pace {
  const next = new Map<string, number>();
  let pausedUntil = 0;

  function sweep(at: number): void {
    for (const [chat, turn] of next) if (turn <= at) next.delete(chat);
  }

  return {
    take(chat) {
      const at = now();
      const turn = Math.max(next.get(chat) ?? 0, pausedUntil);
      if (turn > at) {
        throw new OutsideError(TELEGRAM, 'rate-limited', 'Telegram takes one message a second per person.', {
          retryAfterMs: turn - at,
        });
      }
      if (next.size >= SWEPT_AT) sweep(at);
      next.set(chat, at + everyMs);
    },
    pause(forMs) {
      pausedUntil = Math.max(pausedUntil, now() + forMs);
    },
  };
}
