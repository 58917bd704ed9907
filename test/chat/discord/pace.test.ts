import { REST } from 'discord.js';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createApi, restOptions } from '#src/chat/discord/api.ts';
import { createCalls } from '#src/chat/discord/pace.ts';
import { OutsideError } from '#src/domain/errors.ts';
import { createPace } from '#src/store/pace.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { startDiscord } from '#test/stand-ins/discord/discord.ts';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

const apis = (discord: { readonly api: string; readonly token: string }, count: number) =>
  Array.from({ length: count }, () =>
    createApi(
      new REST(restOptions(discord.api)),
      discord.token,
      () => undefined,
      createCalls(createPace(redis.connection)),
    ),
  );

test('several processes together make as many calls as Discord allows, and never one too many', async () => {
  await using discord = await startDiscord({
    limits: { routes: [{ route: /./, limit: 1_000, perMs: 1_000 }] },
  });
  const both = apis(discord, 2);
  const begun = performance.now();
  let waited = 0;
  const ask = async (at: number): Promise<void> => {
    for (;;) {
      try {
        return void (await both[at % 2]!.get('/users/@me'));
      } catch (error) {
        if (!(error instanceof OutsideError) || error.reason !== 'rate-limited') throw error;
        waited++;
        await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
      }
    }
  };
  await Promise.all(Array.from({ length: 120 }, (_, at) => ask(at)));
  const tookMs = performance.now() - begun;
  expect([...discord.limits.given]).toEqual([]);
  expect(waited).toBeGreaterThan(0);
  expect(tookMs).toBeGreaterThan(1_900);
});

test('a channel takes five in five seconds; who would wait long is told for how long', async () => {
  await using discord = await startDiscord();

  const both = apis(discord, 2);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, at) =>
      both[at % 2]!.post(`/channels/${discord.channelId}/messages`, { content: `m${at}` }),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({
        reason: 'rate-limited',
        retryAfterMs: expect.any(Number) as number,
      });
  }
  expect([...discord.limits.given]).toEqual([]);
});
