import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createTurns } from '#src/chat/matrix/turns.ts';
import { OutsideError } from '#src/domain/errors.ts';
import { createPace } from '#src/store/pace.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

const told = (retryAfterMs: number) => new OutsideError('matrix', 'rate-limited', 'told', { retryAfterMs });
const refusal = async (asked: Promise<unknown>): Promise<OutsideError> =>
  asked.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as OutsideError,
  );

test('whoever waits for a new room is not asked for at the homeserver, by no process', async () => {
  const [one, two] = [createTurns(createPace(redis.connection)), createTurns(createPace(redis.connection))];
  const refused = await refusal(one.room(() => Promise.reject(told(60_000))));
  expect(refused).toMatchObject({ ofRecipient: true, retryAfterMs: 60_000 });
  const open = vi.fn(async () => 'room');
  for (const turns of [one, two]) {
    const waits = await refusal(turns.room(open));
    expect(waits).toMatchObject({ reason: 'rate-limited', ofRecipient: true });
    expect(waits.retryAfterMs).toBeGreaterThan(55_000);
  }
  expect(open).not.toHaveBeenCalled();
  // Messages and what counts as one go on.
  expect(await two.reaction(async () => 'put')).toBe('put');
});

test('a room that waits for its turn uses up no place of messages', async () => {
  const pace = createPace(redis.connection);
  const turns = createTurns(pace);
  await refusal(turns.room(() => Promise.reject(told(60_000))));
  await pace.slow('matrix', 100);
  await vi.waitUntil(async () => (await pace.slowed('matrix')) === 0);
  await new Promise((resolve) => setTimeout(resolve, 110));
  await refusal(turns.room(async () => 'room'));
  expect(await pace.slowed('matrix')).toBe(0);
});

test('any other failure slows nothing down', async () => {
  const turns = createTurns(createPace(redis.connection));
  const gone = new OutsideError('matrix', 'unavailable', 'gone');
  expect(await refusal(turns.room(() => Promise.reject(gone)))).toBe(gone);
  expect(await turns.room(async () => 'room')).toBe('room');
});

test('of many that ask at once, only the first is refused by the homeserver', async () => {
  const turns = createTurns(createPace(redis.connection));
  const open = vi.fn(() => Promise.reject(told(60_000)));
  const refused = await Promise.all(Array.from({ length: 20 }, () => refusal(turns.room(open))));
  expect(refused.every(({ reason }) => reason === 'rate-limited')).toBe(true);
  expect(open).toHaveBeenCalledTimes(1);
});
