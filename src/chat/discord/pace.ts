import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import type { Limit, Pace } from '#src/domain/pace.ts';

import { DISCORD } from './errors.ts';

/**
 * Discord allows 50 a second over all routes. What counts is when a call arrives there, which is some time between its
 * beginning and its end: a place is free again a second after its call has ended, so that no second has more.
 */
const SECOND: Limit = { name: 'discord', count: 50, perMs: 1_002 };
/** Spread, a little closer than evenly: what is urgent never waits behind a heap of calls, and what was kept back is made up for. */
const SPREAD: Limit = { name: 'discord', count: 1, perMs: 17 };
/** What its channels allow until its headers have said it; all of it a bit longer, for calls that took longer than others. */
const PER_CHANNEL: Allowed = { count: 5, perMs: 5_150 };
const LONGER = 1.03;
/** A call waits for its turn for so long; what would take longer goes back to the queue. */
const PATIENCE_MS = 1_000;
const KINDS = ['post', 'edit'] as const;
type Kind = (typeof KINDS)[number];
type Allowed = Pick<Limit, 'count' | 'perMs'> & {
  /** Discord's name of the limit: kinds of calls that have it in common count together. */
  readonly bucket?: string | undefined;
};

export interface Calls {
  /**
   * Resolves when the call may be made, with what is to be called when it has ended. Throws OutsideError:
   * `rate-limited`, with the time to wait.
   */
  turn(method: string, path: string): Promise<() => void>;
  /** What the headers of an answer say of the limits. */
  learn(method: string, path: string, headers: { get(name: string): string | null }): void;
  /** Discord said that it was too fast all the same: for this call's own limit, or for the bot as a whole. */
  refused(method: string, path: string, failure: OutsideError, of: 'call' | 'bot'): Promise<void>;
}

/** One pace for all calls of all processes under one token. */
export function createCalls(pace: Pace): Calls {
  const allowed = new Map<Kind, Allowed | undefined>([
    ['post', PER_CHANNEL],
    ['edit', PER_CHANNEL],
  ]);

  /**
   * Messages and edits count per channel: together, until Discord's headers have said that each has a bucket of its own.
   * Always under the same names: what other processes, or this one before it knew, have spent stays spent.
   */
  function limitsOf(method: string, path: string): readonly Limit[] {
    const { kind, channel } = targetOf(method, path) ?? {};
    const own = kind && allowed.get(kind);
    if (!own) return [];
    const { bucket, ...figures } = own;
    const isApart = (one: Kind): boolean => {
      const other = allowed.get(one);
      return !other || (bucket !== undefined && other.bucket !== undefined && other.bucket !== bucket);
    };
    const kinds = KINDS.filter((one) => one === kind || !isApart(one));
    return kinds.map((one) => ({ name: `discord:${one}:${channel}`, ...figures }));
  }

  /** One of this process asks for a place, those behind it wait for that one. */
  let line = Promise.resolve();
  async function begin(call: string): Promise<void> {
    for (let wait = await pace.begin(SECOND, call); wait > 0; wait = await pace.begin(SECOND, call)) {
      await delay(Math.ceil(wait));
    }
  }

  return {
    learn(method, path, headers) {
      const { kind } = targetOf(method, path) ?? {};
      if (kind === undefined) return;
      const [count, left, resetS] = ['limit', 'remaining', 'reset-after'].map((name) => {
        const said = headers.get(`x-ratelimit-${name}`);
        return said === null ? undefined : Number(said);
      });
      if (count === undefined || resetS === undefined) return void allowed.set(kind, undefined);
      // Only the first call of a window tells how long it is.
      if (left !== count - 1 || count <= 0) return;
      const bucket = headers.get('x-ratelimit-bucket') ?? undefined;
      allowed.set(kind, { count, perMs: resetS * 1_000 * LONGER, bucket });
    },
    async turn(method, path) {
      const limits = [...limitsOf(method, path), SPREAD];
      const call = randomUUID();
      const first = { limit: SECOND, call };
      const { granted, waitMs, begun } = await pace.reserve(limits, PATIENCE_MS, first);
      if (!granted) {
        throw new OutsideError(DISCORD, 'rate-limited', 'Waiting for a turn at Discord', {
          retryAfterMs: Math.ceil(waitMs),
        });
      }
      if (waitMs > 0) await delay(Math.ceil(waitMs));
      if (!begun)
        await (line = line.then(
          () => begin(call),
          () => begin(call),
        ));
      return () => void pace.end(SECOND, call).catch(() => undefined);
    },
    async refused(method, path, { reason, retryAfterMs }, of) {
      if (reason !== 'rate-limited' || retryAfterMs === undefined) return;
      // A route without figures of its own is held back by discord.js, in this process: the others go on.
      const held = of === 'bot' ? [SPREAD] : limitsOf(method, path);
      await Promise.all(held.map(({ name }) => pace.hold(name, retryAfterMs)));
    },
  };
}

function targetOf(
  method: string,
  path: string,
): { readonly kind: Kind; readonly channel: string } | undefined {
  const [, channel, message] = /^\/channels\/(\d+)\/messages(?:\/(\d+))?$/.exec(path) ?? [];
  if (channel === undefined) return undefined;
  if (method === 'POST' && message === undefined) return { kind: 'post', channel };
  return method === 'PATCH' && message !== undefined ? { kind: 'edit', channel } : undefined;
}
