import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import { createProducer } from '#src/queue/producer.ts';
import { QUEUE_PREFIX } from '#src/queue/queues.ts';
import { createWorker, type Handler } from '#src/queue/worker.ts';
import { startRedis } from '#test/real/redis.ts';
import { testRedis } from '#test/real/keyspace.ts';

const logger = pino({ level: 'silent' });

async function withWorker(
  handle: Handler,
  deed: (kit: { redis: Redis; lost: Promise<string> }) => Promise<void>,
): Promise<void> {
  await using redis = await testRedis();
  const { promise: lost, resolve } = Promise.withResolvers<string>();
  const onLost = (_queue: string, _job: string, why: string): void => resolve(why);
  await using _worker = createWorker('alerts', handle, { redis: redis.connection, logger, onLost });
  await deed({ redis: redis.connection, lost });
}

describe('a worker', () => {
  it('takes what any BullMQ producer adds', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await withWorker(
      (data) => Promise.resolve(resolve(data)),
      async ({ redis }) => {
        const outside = new Queue('alerts', { connection: redis, prefix: QUEUE_PREFIX });
        await outside.add('anything', { labels: { a: '1' } });
        expect(await promise).toEqual({ labels: { a: '1' } });
        await outside.close();
      },
    );
  });

  it('fails a job at once that cannot be read, keeps it readable, and tells', async () => {
    let tries = 0;
    await withWorker(
      () => {
        tries++;
        return Promise.reject(new UserError('labels: missing'));
      },
      async ({ redis, lost }) => {
        await using producer = createProducer(redis);
        await producer.add('alerts', [{ data: { bad: true } }]);
        expect(await lost).toBe('labels: missing');
        const queue = new Queue('alerts', { connection: redis, prefix: QUEUE_PREFIX });
        const [failed] = await queue.getFailed();
        expect([failed?.data, failed?.failedReason, tries]).toEqual([{ bad: true }, 'labels: missing', 1]);
        await queue.close();
      },
    );
  });

  it('is given one job while another for the same is not over, also when that comes back later', async () => {
    const seen: string[] = [];
    const told = Promise.withResolvers<void>();
    await withWorker(
      (data) => {
        seen.push((data as { job: string }).job);
        if (seen.length === 4) told.resolve();
        return Promise.resolve(seen.length < 3 ? { againMs: 30 } : undefined);
      },
      async ({ redis }) => {
        await using producer = createProducer(redis);
        const add = (job: string) => producer.add('alerts', [{ data: { job }, unless: 'same' }]);
        await add('first');
        await expect.poll(() => seen.length, { interval: 1 }).toBeGreaterThan(0);
        await add('second');
        await expect.poll(() => seen.length, { interval: 5 }).toBe(3);
        await expect
          .poll(async () => (await add('third'), seen.includes('third')), { interval: 20 })
          .toBe(true);
        await told.promise;
        expect(seen.slice(0, 4)).toEqual(['first', 'first', 'first', 'third']);
      },
    );
  });

  it('begins a job once, however many there are and however they end', async () => {
    const begun = new Map<number, number>();
    const all = Promise.withResolvers<void>();
    await withWorker(
      (data) => {
        const { at } = data as { at: number };
        const times = (begun.get(at) ?? 0) + 1;
        begun.set(at, times);
        if (begun.size === 200) all.resolve();
        if (at % 3 === 1 && times === 1) return Promise.resolve({ againMs: 1 });
        return at % 3 === 2 ? Promise.reject(new UserError('no')) : Promise.resolve();
      },
      async ({ redis }) => {
        await using producer = createProducer(redis);
        await producer.add(
          'alerts',
          Array.from({ length: 200 }, (_, at) => ({ data: { at } })),
        );
        await all.promise;
        const queue = new Queue('alerts', { connection: redis, prefix: QUEUE_PREFIX });
        const left = () => queue.getJobCounts('waiting', 'active', 'delayed');
        await expect.poll(left, { interval: 10 }).toEqual({ waiting: 0, active: 0, delayed: 0 });
        for (const [at, times] of begun) expect(times, `job ${at}`).toBe(at % 3 === 1 ? 2 : 1);
        await queue.close();
      },
    );
  });

  it('comes back later without losing an attempt, and tries again what may work later', async () => {
    const seen: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await withWorker(
      () => {
        seen.push(seen.length);
        if (seen.length <= 30) return Promise.resolve({ againMs: 1 });
        if (seen.length === 31) return Promise.reject(new OutsideError('x', 'timeout', 'later'));
        return Promise.resolve(resolve());
      },
      async ({ redis }) => {
        await using producer = createProducer(redis);
        await producer.add('alerts', [{ data: {} }]);
        await promise;
        expect(seen).toHaveLength(32);
      },
    );
  });

  it('that stands still is replaced: nothing waits for a restart', async () => {
    await using redis = await testRedis();
    const { connection } = redis;
    const duplicate = connection.duplicate.bind(connection);
    let hung = 0;
    connection.duplicate = (...more) => {
      const blocking = duplicate(...more);
      // As when a node of a Cluster dies: the wait never ends, and ending the connection is never told either.
      if (hung++ > 0) return blocking;
      blocking.bzpopmin = () => new Promise<never>(() => undefined);
      blocking.disconnect = () => undefined;
      return blocking;
    };
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const handle: Handler = (data) => Promise.resolve(resolve(data));
    const options = { redis: connection, logger, standstillMs: 4_000 };
    await using _worker = createWorker('alerts', handle, options);
    await vi.waitUntil(() => hung > 0);
    await using producer = createProducer(connection);
    await producer.add('alerts', [{ data: { late: true } }]);
    expect(await promise).toEqual({ late: true });
    expect(hung).toBe(2);
  });
});

describe('a producer', () => {
  it('says within a second that Redis did not take it', async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    redis.on('error', () => undefined);
    await new Promise((resolve) => redis.once('ready', resolve));
    const producer = createProducer(redis);
    await producer.add('alerts', [{ data: {} }]);
    await server.kill();
    const before = performance.now();
    await expect(producer.add('alerts', [{ data: {} }])).rejects.toThrow(OutsideError);
    expect(performance.now() - before).toBeLessThan(1_000);
    await producer[Symbol.asyncDispose]();
    redis.disconnect();
  });

  it('keeps one job per id', async () => {
    await using redis = await testRedis();
    await using producer = createProducer(redis.connection);
    await producer.add('remediations', [
      { data: 1, id: 'r1' },
      { data: 2, id: 'r1' },
    ]);
    expect((await producer.waiting()).remediations).toBe(1);
  });
});
