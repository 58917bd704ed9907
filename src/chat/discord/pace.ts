import { setTimeout as delay } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import type { Limit, Pace } from '#src/domain/pace.ts';

import { DISCORD } from './errors.ts';

/** Discord allows 50 a second; evenly spread, and a little less, so that no second on its clock has more. */
const EVERY_MS = 20.6;
const ALL: Limit = { name: 'discord', count: 1, perMs: EVERY_MS };
/** What its channels allow, as its headers say by default; a bit longer, for calls that took longer than others. */
const PER_CHANNEL = { count: 5, perMs: 5_150 } as const;
/** A call waits for its turn for so long; what would take longer goes back to the queue. */
const PATIENCE_MS = 1_000;
/** Who comes later than this to the place reserved takes another: places are only even when they are kept. */
const LATE_MS = 20;

export interface Calls {
  /** Resolves when the call may be made. Throws OutsideError: `rate-limited`, with the time to wait. */
  turn(method: string, path: string): Promise<void>;
  /** Discord said that it was too fast all the same. */
  refused(method: string, path: string, failure: OutsideError): Promise<void>;
}

/** One pace for all calls of all processes under one token. */
export function createCalls(pace: Pace): Calls {
  return {
    async turn(method, path) {
      const own = limitOf(method, path);
      for (;;) {
        const { granted, waitMs } = await pace.reserve(own ? [own, ALL] : [ALL], PATIENCE_MS);
        if (!granted) {
          throw new OutsideError(DISCORD, 'rate-limited', 'Waiting for a turn at Discord', {
            retryAfterMs: Math.ceil(waitMs),
          });
        }
        if (waitMs === 0) return;
        const begun = performance.now();
        await delay(Math.ceil(waitMs));
        if (performance.now() - begun - waitMs < LATE_MS) return;
      }
    },
    async refused(method, path, { reason, retryAfterMs }) {
      if (reason !== 'rate-limited' || retryAfterMs === undefined) return;
      await pace.hold((limitOf(method, path) ?? ALL).name, retryAfterMs);
    },
  };
}

/** Messages and edits count per channel, each for themselves. */
function limitOf(method: string, path: string): Limit | undefined {
  const [, channel, message] = /^\/channels\/(\d+)\/messages(?:\/(\d+))?$/.exec(path) ?? [];
  const isMessage = method === 'POST' && message === undefined;
  const isEdit = method === 'PATCH' && message !== undefined;
  if (channel === undefined || (!isMessage && !isEdit)) return undefined;
  return { name: `discord:${isEdit ? 'edit' : 'post'}:${channel}`, ...PER_CHANNEL };
}
