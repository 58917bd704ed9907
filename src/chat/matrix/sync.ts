import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';
import { z } from 'zod';

import { type OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { Followed } from '#src/domain/platform.ts';

import { matrixFailure } from './errors.ts';
import type { Listening } from './listen.ts';
import type { Pulse } from './pulse.ts';
import type { Wire } from './wire.ts';

export interface Following {
  readonly wire: Wire;
  /** Before the first sync of a connection, and again after a failure there. */
  readonly prepare: (me: string) => Promise<Listening>;
  /** Events of this room were left out. */
  readonly gap: (roomId: string) => void;
  readonly pulse: Pulse;
  readonly homeserverUrl: string;
  readonly followed: Followed | undefined;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** By how much a poll's answer may be late. */
const SLACK_MS = 5_000;
const FRESH_MS = 10 * 60_000;
/** A command that takes longer than this does not hold the record back any more. */
const HELD_MS = 60_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;
// Nothing gets better by asking again soon: somebody must act.
const REFUSED_RETRY_MS = 60_000;

const FILTER = JSON.stringify({
  presence: { types: [] },
  account_data: { types: ['m.direct'] },
  room: {
    account_data: { types: [] },
    ephemeral: { types: [] },
    state: { types: [], lazy_load_members: true },
    timeline: {
      limit: 100,
      types: ['m.room.message', 'm.room.encrypted', 'm.reaction', 'm.room.encryption', 'm.room.member'],
    },
  },
});

const Synced = z.looseObject({
  next_batch: z.string(),
  rooms: z
    .looseObject({
      join: z
        .record(
          z.string(),
          z.looseObject({ timeline: z.looseObject({ limited: z.boolean().optional() }).optional() }),
        )
        .optional(),
    })
    .optional(),
});

/** Connects and follows the rooms until the signal aborts; whatever fails is tried again. Never rejects. */
export async function follow(following: Following, logger: Logger): Promise<void> {
  const { pulse, signal } = following;
  let retryMs = FIRST_RETRY_MS;
  const recovered = (): void => {
    if (!pulse.condition().up) logger.info('matrix answers');
    pulse.beat();
    retryMs = FIRST_RETRY_MS;
  };
  while (!signal.aborted) {
    const failure = await connection(following, recovered, logger).catch((error: unknown) =>
      matrixFailure(error),
    );
    if (failure === undefined || signal.aborted) return;
    const refused = failure.reason === 'unauthorized';
    const late = failure.reason === 'timeout' ? SLACK_MS : 0;
    pulse.miss(failure.message, { final: refused, sinceMs: Date.now() - late });
    const waitMs = waitOf(failure, retryMs);
    logger.warn({ reason: failure.reason, why: failure.message, waitMs }, 'matrix does not answer');
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

const waitOf = ({ reason, retryAfterMs = 0 }: OutsideError, retryMs: number): number =>
  reason === 'unauthorized'
    ? REFUSED_RETRY_MS
    : Math.min(Math.max(retryAfterMs, retryMs * (0.75 + Math.random() / 2)), REFUSED_RETRY_MS);

/**
 * Syncs until the signal aborts. How far was read is kept once all before it has its answer: what Tocsin dies over is
 * brought again. Throws when a call fails.
 */
async function connection(following: Following, recovered: () => void, logger: Logger): Promise<undefined> {
  const { wire, prepare, gap, homeserverUrl, pollMs, signal } = following;
  const me = await wire.me();
  const account = `${me} ${homeserverUrl}`;
  const listening = await prepare(me);
  const keep = keeper(following, account, logger);
  const start = await leftOff(following, account, logger);
  let token = start?.token;
  let backlog = start === undefined || Date.now() - start.savedAtMs > FRESH_MS;
  let timeout = 0;
  while (!signal.aborted) {
    const query = { filter: FILTER, timeout, ...(token !== undefined && { since: token }) };
    const withinMs = timeout + SLACK_MS;
    const call = timeout === 0 ? { query } : { query, withinMs };
    const answer = await wire.ask('GET', '/_matrix/client/v3/sync', call);
    if (signal.aborted) return undefined;
    const { next_batch, rooms = {} } = Synced.parse(answer);
    for (const [roomId, { timeline }] of Object.entries(rooms.join ?? {})) if (timeline?.limited) gap(roomId);
    await wire.digest(answer, listening.take(backlog));
    recovered();
    if (signal.aborted) return undefined;
    keep(next_batch, listening.heeded());
    token = next_batch;
    backlog = false;
    timeout = pollMs;
  }
  return undefined;
}

/** Keeps tokens one after the other, each after what came before it was heeded. */
function keeper({ followed, signal }: Following, account: string, logger: Logger) {
  let kept = Promise.resolve();
  async function keep(before: Promise<void>, token: string, heeded?: Promise<unknown>): Promise<void> {
    await before;
    if (heeded) await Promise.race([heeded, pause(HELD_MS, undefined, { ref: false })]);
    // Not kept, it is read again by the next start, which knows what was done.
    if (signal.aborted) return;
    await followed?.save(account, token, Date.now()).catch((error: unknown) => {
      logger.warn({ why: wordsOf(error) }, 'how far Matrix was read could not be kept');
    });
  }
  return (token: string, heeded?: Promise<unknown>): void => {
    kept = keep(kept, token, heeded);
  };
}

/** Beginning anew would leave out what was said meanwhile: it is asked for until it is known. */
async function leftOff({ followed, signal }: Following, account: string, logger: Logger) {
  while (!signal.aborted) {
    try {
      return await followed?.load(account);
    } catch (error) {
      logger.warn({ why: wordsOf(error) }, 'how far Matrix was read is not known yet');
      await pause(LAST_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
