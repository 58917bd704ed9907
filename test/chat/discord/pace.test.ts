import { REST } from 'discord.js';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createApi, restOptions } from '#src/chat/discord/api.ts';
import { createCalls } from '#src/chat/discord/pace.ts';
import { renderDiscord } from '#src/chat/discord/render.ts';
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

test('messages and edits that Discord counts together are counted together, over processes', async () => {
  const together = { route: /^\/channels\/\d+\/messages/, limit: 5, perMs: 800, bucket: 'together' };
  await using discord = await startDiscord({ limits: { routes: [together] } });
  const [one, other] = apis(discord, 2);
  const path = `/channels/${discord.channelId}/messages` as const;
  const text = (content: string) => renderDiscord({ tone: 'neutral', title: content, blocks: [] });
  const post = (content: string) => one!.message('POST', path, text(content));
  const edit = (id: string, content: string) => other!.message('PATCH', `${path}/${id}`, text(content));
  const windowIsOver = () => new Promise((resolve) => setTimeout(resolve, 900));
  // Each learns from the first answer of a window.
  const { id } = await post('first');
  await windowIsOver();
  await edit(id, 'changed');
  await windowIsOver();
  const calls = [1, 2, 3, 4].flatMap((at) => [post(`m${at}`), edit(id, `e${at}`)]);
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(5);
  expect([...discord.limits.given]).toEqual([]);
});

test('what one process has spent before another knows the limits stays spent', async () => {
  const [one, other] = [createCalls(createPace(redis.connection)), createCalls(createPace(redis.connection))];
  const path = '/channels/100000000000000001/messages/100000000000000002';
  const edited = async (calls: typeof one, left: number): Promise<void> => {
    (await calls.turn('PATCH', path))();
    const said = { limit: '5', remaining: `${left}`, 'reset-after': '30', bucket: 'edits' };
    calls.learn(
      'PATCH',
      path,
      new Headers(Object.entries(said).map(([name, value]) => [`x-ratelimit-${name}`, value])),
    );
  };
  // The first answer of a window tells how long it is.
  for (const left of [4, 3, 2, 1, 0]) await edited(one, left);
  await expect(other.turn('PATCH', path)).rejects.toMatchObject({ reason: 'rate-limited' });
});

test('a refusal of one route does not hold up the others, one of the bot as a whole does', async () => {
  await using discord = await startDiscord();
  const [api] = apis(discord, 1);
  const post = () => api!.post(`/channels/${discord.channelId}/messages`, { content: 'm' });
  discord.faults.add({
    kind: 'rate-limit',
    retryAfterMs: 3_000,
    times: 1,
    match: { method: 'GET', route: /^\/users/ },
  });
  await expect(api!.get('/users/@me')).rejects.toMatchObject({ reason: 'rate-limited' });
  await post();
  discord.faults.add({ kind: 'rate-limit', retryAfterMs: 3_000, scope: 'global', times: 1 });
  await expect(post()).rejects.toMatchObject({ reason: 'rate-limited' });
  await expect(createCalls(createPace(redis.connection)).turn('GET', '/gateway')).rejects.toMatchObject({
    reason: 'rate-limited',
  });
});
