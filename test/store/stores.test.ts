import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Alert, AlertId } from '#src/domain/alert.ts';
import { createStores, KEEP } from '#src/store/stores.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

const alert = (id: string, more: Partial<Alert>): Alert => ({
  id: id as AlertId,
  episode: 1,
  status: 'resolved',
  labels: { alertname: id },
  annotations: {},
  startsAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  announced: 1,
  revision: 1,
  ...more,
});

test('an alert that fires or was not told is never dropped, however many come; what is over goes, the oldest first', async () => {
  const { alerts } = createStores(redis.connection, () => new Date());
  const first = [
    alert('fires', { status: 'firing' }),
    alert('untold', { announced: 0 }),
    alert('over', {}),
  ] as const;
  await alerts.addAll(first.map((one) => [one.id, one]));
  expect(await alerts.held()).toBe(2);
  const others = Array.from({ length: KEEP.alerts }, (_, at) => alert(`o${at}`, {}));
  await alerts.addAll(others.map((one) => [one.id, one]));
  const stand = await alerts.getMany(['fires', 'untold', 'over', 'o0', `o${KEEP.alerts - 1}`]);
  expect(stand.map((one) => one?.id)).toEqual([
    'fires',
    'untold',
    undefined,
    undefined,
    `o${KEEP.alerts - 1}`,
  ]);
  // Over and told, it goes as the others do.
  await alerts.update('fires', (one) => one && { ...one, status: 'resolved' });
  expect(await alerts.held()).toBe(1);
}, 30_000);
