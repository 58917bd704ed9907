import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';

import { QUEUE_NAMES, QUEUE_PREFIX, QUEUES, type QueueName } from './queues.ts';

export interface Adding {
  readonly data: unknown;
  /** The same id twice is one job, as long as the first is kept. */
  readonly id?: string | undefined;
  /** Not added while a job that was added with the same word is not over. */
  readonly unless?: string | undefined;
  readonly delayMs?: number | undefined;
  /**
   * At most one job under this name and priority waits, and one more while that is worked on: the last change is
   * never missed, and what has become urgent does not wait in its old place.
   */
  readonly single?: string | undefined;
  /** 1 overtakes 10. */
  readonly priority?: number | undefined;
}

/** Adds jobs. */
export interface Producer extends AsyncDisposable {
  /** On record when it resolves; one round trip however many. Throws OutsideError when Redis cannot take it. */
  add(queue: QueueName, jobs: readonly Adding[]): Promise<void>;
  /** Jobs that wait, by queue. */
  waiting(): Promise<Readonly<Record<QueueName, number>>>;
}

/** Kept for looking at, and for recognising a job that is added again. */
const KEPT = {
  removeOnComplete: { age: 3600, count: 1_000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 5_000 },
};

/**
 * `redis` must be connected, and fail fast (no offline queue), so that a caller learns at once that
 * nothing was kept.
 */
export function createProducer(redis: Redis): Producer {
  const queues = new Map(
    QUEUE_NAMES.map((name) => {
      const queue = new Queue(name, {
        connection: redis,
        prefix: QUEUE_PREFIX,
        skipWaitingForReady: true,
        defaultJobOptions: {
          ...KEPT,
          attempts: QUEUES[name].attempts,
          backoff: { type: 'exponential', delay: 500 },
        },
      });
      // Errors of the connection come with the call they hurt; without a listener they would end the process.
      queue.on('error', () => undefined);
      return [name, queue] as const;
    }),
  );
  const of = (name: QueueName): Queue => queues.get(name)!;
  const translated = async <T>(deed: Promise<T>): Promise<T> => {
    try {
      return await deed;
    } catch (error) {
      throw new OutsideError('redis', 'unavailable', `Redis did not take the job: ${wordsOf(error)}`, {
        cause: error,
      });
    }
  };
  return {
    async add(name, jobs) {
      if (jobs.length === 0) return;
      const bulk = jobs.map(({ data, id, unless, delayMs, priority, single }) => ({
        name,
        data,
        opts: {
          ...(id !== undefined && { jobId: id }),
          ...(unless !== undefined && { deduplication: { id: unless } }),
          ...(delayMs !== undefined && { delay: delayMs }),
          ...(single !== undefined && {
            deduplication: { id: `${single} ${priority ?? 0}`, keepLastIfActive: true },
          }),
          ...(priority !== undefined && { priority }),
        },
      }));
      await translated(of(name).addBulk(bulk));
    },
    async waiting() {
      const counts = await Promise.all(
        QUEUE_NAMES.map(async (name) => {
          const {
            waiting = 0,
            prioritized = 0,
            delayed = 0,
          } = await of(name).getJobCounts('waiting', 'prioritized', 'delayed');
          return [name, waiting + prioritized + delayed] as const;
        }),
      );
      return Object.fromEntries(counts) as Record<QueueName, number>;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => undefined)));
    },
  };
}
