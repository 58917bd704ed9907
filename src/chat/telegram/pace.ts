import { setTimeout as delay } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import type { Limit, Pace } from '#src/domain/pace.ts';

import { TELEGRAM } from './errors.ts';

/** Telegram allows 30 a second over all chats; evenly spread, and less. */
const ALL: Limit = { name: TELEGRAM, count: 1, perMs: 40 };
/** What would have to wait longer goes back to the queue: it was surely not sent. */
const PATIENCE_MS = 500;

export interface Turns {
  /** Resolves when it is the chat's turn. Throws OutsideError: `rate-limited`, with the time to wait. */
  take(chat: string): Promise<void>;
  /** Telegram asked to wait: all do. */
  pause(forMs: number): Promise<void>;
}

/**
 * One pace for all processes under one token: one message per chat in `everyMs`.
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
export const createTurns = (pace: Pick<Pace, 'reserve' | 'hold'>, everyMs: number): Turns => ({
  async take(chat) {
    const own: Limit = { name: `${TELEGRAM}:${chat}`, count: 1, perMs: everyMs };
    const { granted, waitMs } = await pace.reserve([own, ALL], PATIENCE_MS);
    if (!granted) {
      throw new OutsideError(TELEGRAM, 'rate-limited', 'Waiting for a turn at Telegram.', {
        retryAfterMs: Math.ceil(waitMs),
      });
    }
    if (waitMs > 0) await delay(Math.ceil(waitMs));
  },
  pause: (forMs) => pace.hold(ALL.name, forMs),
});
