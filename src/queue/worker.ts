import { setTimeout as delay } from 'node:timers/promises';

import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';

import { QUEUE_PREFIX, QUEUES, type QueueName } from './queues.ts';

/** What a handler says when it is not finished: come back later. Costs no attempt. */
export interface Again {
  readonly againMs: number;
}

export type Handler = (data: unknown) => Promise<Again | void>;

export interface WorkerOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  /** Told of a job that will not be tried again. */
  readonly onLost?: ((queue: QueueName, job: string, why: string) => void) | undefined;
  readonly standstillMs?: number | undefined;
}

/** How long a worker waits after Redis did not answer it. */
const RETRY_MS = 500;
/** What runs when the end comes gets this long; what does not end then is taken up again by whoever works next. */
const DRAIN_MS = 2_000;

/**
 * BullMQ waits for a job for 10 s at most. One whose wait lasts longer although Redis answers stands still for good: bullmq 6.7
 * does when a node of a Cluster dies in the wrong moment.
 */
const STANDSTILL_MS = 15_000;
const LOOK_MS = 1_000;

/** Works on a queue until it is disposed; what runs then is waited for, within a bound. */
export function createWorker(name: QueueName, handle: Handler, options: WorkerOptions): AsyncDisposable {
  const { redis, logger, standstillMs = STANDSTILL_MS } = options;
  let worker = start(name, handle, options);
  let wait: unknown;
  let since = performance.now();
  const look = setInterval(() => {
    const now = performance.now();
    const current = redis.status === 'ready' ? worker['waiting'] : null;
    if (current === null || current !== wait) [wait, since] = [current, now];
    if (now - since < standstillMs || current === null) return;
    logger.warn({ queue: name }, 'a worker stood still: another one takes its place');
    // What it has in its hands it ends, and keeps locked until then.
    worker.close().catch(() => undefined);
    worker = start(name, handle, options);
  }, LOOK_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(look);
      const closed = worker.close().catch((error: unknown) => {
        logger.warn({ queue: name, why: wordsOf(error) }, 'queue not left in order');
      });
      await Promise.race([closed, delay(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}

function start(name: QueueName, handle: Handler, { redis, logger, onLost }: WorkerOptions): Worker {
  const { concurrency, lockMs, ...rest } = QUEUES[name];
  const begun = new WeakMap<Job, Promise<Again | void>>();
  const worker = new Worker(
    name,
    async (job: Job, token?: string) => {
      const again = await (begun.get(job) ?? run(handle, job));
      if (!again) return;
      await job.moveToDelayed(Date.now() + again.againMs, token);
      throw new DelayedError();
    },
    {
      connection: redis,
      prefix: QUEUE_PREFIX,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: Math.floor(lockMs / 3),
      maxStalledCount: 1_000,
      drainDelay: 1,
      runRetryDelay: RETRY_MS,
      ...('perSecond' in rest && { limiter: { max: rest.perSecond, duration: 1_000 } }),
    },
  );
  // Before BullMQ works on a job that it has, it looks for a further one: that round trip need not be waited for.
  worker.on('active', (job) => {
    if (job.deferredFailure !== undefined) return;
    const running = run(handle, job);
    // How it ends is asked for a little later.
    running.catch(() => undefined);
    begun.set(job, running);
  });
  worker.on('error', (error) => logger.warn({ queue: name, why: wordsOf(error) }, 'queue connection failed'));
  worker.on('failed', (job, error) => {
    const final =
      error instanceof UnrecoverableError || (job?.attemptsMade ?? 0) >= (job?.opts.attempts ?? 1);
    logger[final ? 'error' : 'warn'](
      { queue: name, job: job?.id, why: error.message, stack: error.stack },
      'job failed',
    );
    if (final) onLost?.(name, job?.id ?? '?', error.message);
  });
  return worker;
}

/** The only place where our errors become BullMQ's. */
async function run(handle: Handler, job: Job): Promise<Again | void> {
  try {
    return await handle(job.data);
  } catch (error) {
    if (error instanceof UserError) throw new UnrecoverableError(error.message);
    if (error instanceof OutsideError && !error.retryable) throw new UnrecoverableError(error.message);
    throw error;
  }
}
