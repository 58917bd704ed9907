import { afterEach, beforeEach, expect, test } from 'vitest';

import type { AccountLink, AccountLinks, LinkState } from '#src/domain/linking.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { createLinks } from '#src/store/links.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
let links: AccountLinks;
beforeEach(async () => {
  redis = await testRedis();
  links = createLinks(redis.connection);
});
afterEach(() => redis[Symbol.asyncDispose]());

const put = (id: string, state: LinkState) => {
  const link: AccountLink = {
    id,
    operator: 'erin' as OperatorId,
    from: { platform: 'discord', handle: 'd-erin' },
    platform: 'matrix',
    state,
    offeredAt: '',
    expiresAt: '',
    by: 'erin',
    revision: 1,
    told: 0,
    changedAt: '',
  };
  return links.update(id, (current) => ({ ...(current ?? link), state }));
};
const standing = async () => (await links.standing()).map(({ id }) => id);

test('what stands is listed as long as it stands', async () => {
  await put('a', 'proven');
  expect(await standing()).toEqual([]);
  await put('a', 'standing');
  await put('b', 'standing');
  expect(await standing()).toEqual(['a', 'b']);
  await put('a', 'removed');
  expect(await standing()).toEqual(['b']);
});

test('of two who use one code at once, one does', async () => {
  await put('a', 'offered');
  const takes = Array.from({ length: 10 }, async (_, at) => {
    let won = false;
    await links.update('a', (current) => {
      won = current?.state === 'offered';
      return won && current ? { ...current, state: 'proven', handle: `@m${at}:x` } : current;
    });
    return won;
  });
  expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(1);
});

test('attempts are counted by name, over all processes, for ten minutes', async () => {
  const counts = await Promise.all([1, 2, 3].map(() => createLinks(redis.connection).attempt('a')));
  expect(new Set(counts)).toEqual(new Set([1, 2, 3]));
  expect(await links.attempt('b')).toBe(1);
  const [key = ''] = await redis.connection.keys('*attempts:a');
  const leftMs = await redis.connection.pttl(key);
  expect(leftMs).toBeGreaterThan(590_000);
  expect(leftMs).toBeLessThanOrEqual(600_000);
});
