import { afterEach, beforeEach, expect, test } from 'vitest';

import { createTurns } from '#src/chat/telegram/pace.ts';
import { createPace } from '#src/store/pace.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

const process = () => createTurns(createPace(redis.connection), 5_000);
const tooEarly = expect.objectContaining({ system: 'telegram', reason: 'rate-limited', maybeDone: false });

test('one person has one turn at a time, over all processes; others have theirs', async () => {
  const [one, other] = [process(), process()];
  await one.take('7');
  await expect(other.take('7')).rejects.toEqual(tooEarly);
  await expect(one.take('7')).rejects.toMatchObject({ retryAfterMs: expect.closeTo(5_000, -3) });
  await other.take('8');
});

test('once Telegram asks one process to wait, all wait', async () => {
  const [one, other] = [process(), process()];
  await one.pause(3_000);
  await expect(other.take('9')).rejects.toEqual(tooEarly);
});

test('no more than 25 a second', async () => {
  const [one, other] = [process(), process()];
  const began = performance.now();
  for (let chat = 0; chat < 10; chat++) await (chat % 2 === 0 ? one : other).take(`${chat}`);
  expect(performance.now() - began).toBeGreaterThan(9 * 38);
});
