import { once } from 'node:events';

import { pino } from 'pino';
import { expect, test, vi } from 'vitest';

import { redisPlaceOf } from '#src/config/redis-url.ts';
import type { Cause } from '#src/domain/delivery.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Place } from '#src/domain/room.ts';
import { openDelivery } from '#src/delivery/media.ts';
import { createProducer } from '#src/queue/producer.ts';
import { createWorker } from '#src/queue/worker.ts';
import { openRedis } from '#src/store/open.ts';
import { createStores, type Stores } from '#src/store/stores.ts';
import { startCluster } from '#test/real/redis-cluster.ts';
import { startSentinels } from '#test/real/redis-sentinel.ts';

const WITHIN = { timeout: 40_000, interval: 100 };
const logger = pino({ level: 'silent' });
const ops: Place = { kind: 'room', room: 'ops' as never };

/** Everything that is on record is written and read back once; `turn` makes its names new. */
async function useAll(stores: Stores, turn: string): Promise<void> {
  const causes = Array.from({ length: 20 }, (_, at): Cause => `alert:${turn}${at}:1`);
  const rows = causes.map((cause) =>
    openDelivery({ cause, to: ops, urgency: 'warning', at: new Date(), platform: 'discord' }),
  );
  await stores.ledger.open(rows);
  expect((await stores.ledger.of(causes[3] ?? 'note:')).map(({ state }) => state)).toEqual(['queued']);
  const [row] = rows;
  const updated = row && (await stores.ledger.update(row.id, (now) => ({ ...now, state: 'delivered' })));
  expect(updated?.state).toBe('delivered');
  expect((await stores.ledger.list({ limit: 100 })).length).toBeGreaterThanOrEqual(causes.length);

  const verdicts = await stores.bundles.admit(
    causes.map((cause) => ({ cause, to: ops, urgency: 'warning' })),
  );
  expect(verdicts).toHaveLength(causes.length);
  for (const bundle of new Set(verdicts.filter((verdict) => verdict !== undefined))) {
    expect((await stores.bundles.members(bundle)).length).toBeGreaterThan(0);
  }
  const queuedAt = new Date().toISOString();
  await stores.outages.note({
    platform: turn,
    to: ops,
    cause: causes[0] ?? 'note:',
    where: 'matrix',
    queuedAt,
  });
  await stores.outages.end(turn, 60_000);
  expect(await stores.outages.untold()).not.toEqual([]);

  await stores.notes.update(turn, () => ({ message: { tone: 'neutral', title: turn, blocks: [] } }));
  expect((await stores.notes.get(turn))?.message.title).toBe(turn);
  await stores.audit.write({ who: 'test', what: `tried.${turn}` });
  expect((await stores.audit.list(1))[0]?.what).toBe(`tried.${turn}`);
  const lease = await stores.leases.take(turn, 5_000, 'note');
  expect(await lease?.renew()).toBe(true);
  expect(await stores.leases.take(turn, 5_000)).toBeUndefined();
  expect(await stores.leases.holder(turn)).toEqual({ fence: lease?.fence, note: 'note' });
  expect(await stores.once.begin(turn, lease?.fence ?? 0, turn)).toBe(true);
  await stores.once.done(turn);
  expect(await stores.once.begin(turn, lease?.fence ?? 0, turn)).toBe(false);
  await lease?.release();
  await stores.followed.save('me', { token: turn, savedAtMs: 1 }, lease?.fence ?? 0);
  expect((await stores.followed.load('me'))?.token).toBe(turn);
  const session = await stores.sessions.enter(await stores.sessions.invite('alice' as OperatorId));
  expect(await stores.sessions.whose(session ?? '')).toBe('alice');
  const of = { node: 'n', service: turn };
  const scope = { coin: turn };
  const { stands } = await stores.patrolMemory.keep(scope, undefined, {
    contacts: {},
    conditions: [],
    unsent: [],
  });
  expect(await stores.patrolMemory.recall(scope)).toEqual(stands);
  await stores.turns.keep([{ ...of, everyMs: 60_000, offsetMs: 0 }]);
  expect((await stores.turns.turn({ ended: [], limit: 10, hungLimit: 10 })).taken).toEqual([of]);
}

/** Everything over one URL; `failOver` takes the master away in the middle. */
async function goesOn(url: string, failOver: () => Promise<void>): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const place = redisPlaceOf(url);
  const redis = stack.use(await openRedis({ place, dataDir: '/nowhere', onError: () => undefined }));
  const stores = createStores(redis.connect('steady'), () => new Date());
  const prompt = redis.connect('prompt');
  await once(prompt, 'ready');
  const producer = stack.use(createProducer(prompt));
  const done: string[] = [];
  const handle = async (data: unknown): Promise<void> => void done.push(String(data));
  stack.use(createWorker('alerts', handle, { redis: redis.connect('patient'), logger }));

  await useAll(stores, 'before');
  await producer.add('alerts', [{ data: 'one' }, { data: 'two', priority: 1 }]);
  await vi.waitFor(() => expect(done.toSorted()).toEqual(['one', 'two']), WITHIN);

  await failOver();
  const began = performance.now();
  // On another master the scripts are not known yet, and pipelines meet that as well.
  await vi.waitFor(() => useAll(stores, `after${Math.round(performance.now() - began)}`), WITHIN);
  const recordsMs = performance.now() - began;
  await vi.waitFor(() => producer.add('alerts', [{ data: 'three' }]), WITHIN);
  await vi.waitFor(() => expect(done).toContain('three'), WITHIN);
  const queueMs = performance.now() - began;
  expect(await producer.waiting()).toMatchObject({ alerts: 0 });
  console.log(`after the failover: records ${Math.round(recordsMs)} ms, queue ${Math.round(queueMs)} ms`);
  expect(queueMs).toBeLessThan(15_000);
}

test('records and queues over Sentinel, before and after another master is chosen', async () => {
  await using sentinels = await startSentinels();
  await goesOn(sentinels.url, () => sentinels.failOver());
});

test('records and queues over Sentinel, when a living master is relieved of its role', async () => {
  await using sentinels = await startSentinels();
  await goesOn(sentinels.url, () => sentinels.handOver());
});

test('records and queues over a Cluster, before and after a replica takes over', async () => {
  await using cluster = await startCluster();
  await goesOn(cluster.url, () => cluster.failOver('{tocsin}'));
});
