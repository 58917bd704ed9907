import { afterEach, beforeEach, expect, test } from 'vitest';

import type { OperatorId } from '#src/domain/operator.ts';
import type { Sessions } from '#src/domain/session.ts';
import { createSessions } from '#src/store/sessions.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';

const alice = 'alice' as OperatorId;
let redis: TestRedis;
let sessions: Sessions;

beforeEach(async () => {
  redis = await testRedis();
  sessions = createSessions(redis.connection);
});
afterEach(() => redis[Symbol.asyncDispose]());

test('an invitation opens one session, whoever is first', async () => {
  const invitation = await sessions.invite(alice);
  const entered = await Promise.all([1, 2, 3].map(() => sessions.enter(invitation)));
  const opened = entered.filter((session) => session !== undefined);
  expect(opened).toHaveLength(1);
  expect(await sessions.whose(opened[0] ?? '')).toBe('alice');
});

test('a session ends when it is left; one secret is not the other', async () => {
  const invitation = await sessions.invite(alice);
  expect(await sessions.whose(invitation)).toBeUndefined();
  const session = (await sessions.enter(invitation)) ?? '';
  expect(await sessions.enter(session)).toBeUndefined();
  await sessions.leave(session);
  expect(await sessions.whose(session)).toBeUndefined();
  expect(await sessions.whose('')).toBeUndefined();
});

test('Redis holds no secret, and nothing for longer than it counts', async () => {
  const invitation = await sessions.invite(alice);
  const [key = ''] = await redis.connection.keys('*');
  expect(key).not.toContain(invitation);
  const seconds = await redis.connection.ttl(key);
  expect(seconds).toBeGreaterThan(590);
  expect(seconds).toBeLessThanOrEqual(600);
  await sessions.enter(invitation);
  const [session = ''] = await redis.connection.keys('*');
  expect(await redis.connection.ttl(session)).toBeLessThanOrEqual(12 * 3600);
});
