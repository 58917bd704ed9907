import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createHeartbeats, type Heart, SILENT_AFTER_MS } from '#src/alerting/heartbeats.ts';
import type { Signal } from '#src/domain/alert.ts';
import { documents } from '#src/store/documents.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

describe('heartbeats', () => {
  let redis: TestRedis;
  let clock: number;
  let signals: Signal[];
  let heartbeats: ReturnType<typeof createHeartbeats>;
  let killed: boolean;

  beforeEach(async () => {
    redis = await testRedis();
    clock = Date.parse('2026-01-01T00:00:00Z');
    signals = [];
    killed = false;
    const hearts = documents<Heart>(redis.connection, 'hearts', { keep: 10 });
    heartbeats = createHeartbeats({
      hearts: {
        ...hearts,
        update: (name, change) =>
          killed ? Promise.reject(new Error('killed')) : hearts.update(name, change),
      },
      intake: {
        accept: (given) => {
          signals.push(...given);
          return Promise.resolve([]);
        },
      },
      now: () => new Date(clock),
    });
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  it('raises one alert for a silent heart and takes it back when it beats again', async () => {
    await heartbeats.beat('backup');
    await heartbeats.sweep();
    expect(signals).toEqual([]);
    clock += SILENT_AFTER_MS + 1;
    await heartbeats.sweep();
    await heartbeats.sweep();
    expect(signals).toMatchObject([
      { status: 'firing', labels: { heartbeat: 'backup', severity: 'critical' } },
    ]);
    await heartbeats.beat('backup');
    await heartbeats.sweep();
    await heartbeats.sweep();
    expect(signals.slice(1)).toMatchObject([{ status: 'resolved', startsAt: signals[0]!.startsAt }]);
  });

  it('raises it again, the same, after a kill before that was written down', async () => {
    await heartbeats.beat('backup');
    clock += SILENT_AFTER_MS + 1;
    killed = true;
    await expect(heartbeats.sweep()).rejects.toThrow('killed');
    killed = false;
    await heartbeats.sweep();
    expect(new Set(signals.map(({ labels }) => JSON.stringify(labels))).size).toBe(1);
    expect(signals.every(({ status }) => status === 'firing')).toBe(true);
  });
});
