import { HTTPError, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller, startBot } from './bot.ts';
import { startDiscord } from './discord.ts';
import type { Discord } from './discord.ts';

const sends = { method: 'POST', route: /\/messages$/ };

function post(discord: Discord, body: object, signal?: AbortSignal): Promise<unknown> {
  const request = { body, ...(signal && { signal }) };
  return createCaller(discord).post(Routes.channelMessages(discord.channelId), request);
}

test('a 5xx strikes as often as asked, and nothing happened', async () => {
  await using discord = await startDiscord();
  const fault = discord.faults.add({ match: sends, kind: 'status', status: 503, times: 2 });
  await expect(post(discord, { content: 'x' })).rejects.toBeInstanceOf(HTTPError);
  await expect(post(discord, { content: 'x' })).rejects.toMatchObject({ status: 503 });
  expect(discord.messages(discord.channelId)).toEqual([]);
  await post(discord, { content: 'x' });
  expect(fault.hits).toBe(2);
  expect(discord.messages(discord.channelId)).toHaveLength(1);
  expect(discord.requests.map(({ status, fault: kind }) => [status, kind])).toEqual([
    [503, 'status'],
    [503, 'status'],
    [200, undefined],
  ]);
});

test('a 502 may come after the effect', async () => {
  await using discord = await startDiscord();
  discord.faults.add({ match: sends, kind: 'status', status: 502, effect: true, times: 1 });
  await expect(post(discord, { content: 'x' })).rejects.toMatchObject({ status: 502 });
  expect(discord.messages(discord.channelId)).toHaveLength(1);
});

test('any JSON error can be given, for some requests only', async () => {
  await using discord = await startDiscord();
  discord.faults.add({
    match: { when: ({ body }) => JSON.stringify(body).includes('bad') },
    kind: 'status',
    status: 403,
    code: 20028,
    message: 'The write action you are performing on the channel has hit the write rate limit.',
  });
  await post(discord, { content: 'good' });
  await expect(post(discord, { content: 'bad' })).rejects.toMatchObject({ status: 403, code: 20028 });
});

test('dropped before: nothing happened; dropped after: it did, and a retry with the nonce finds it', async () => {
  await using discord = await startDiscord();
  discord.faults.add({ match: sends, kind: 'drop-before', times: 1 });
  const body = { content: 'once', nonce: 'delivery-1', enforce_nonce: true };
  await expect(post(discord, body)).rejects.toThrow();
  expect(discord.messages(discord.channelId)).toEqual([]);

  discord.faults.add({ match: sends, kind: 'drop-after', times: 1 });
  await expect(post(discord, body)).rejects.toThrow();
  const [written] = discord.messages(discord.channelId);
  expect(await post(discord, body)).toMatchObject({ id: written?.id });
  expect(discord.messages(discord.channelId)).toHaveLength(1);
});

test('a request hangs until it is released, or for ever', async () => {
  await using discord = await startDiscord();
  const fault = discord.faults.add({ match: sends, kind: 'hang', times: 2 });
  const pending = post(discord, { content: 'held' });
  await fault.hit();
  expect(discord.messages(discord.channelId)).toEqual([]);
  fault.release();
  expect(await pending).toMatchObject({ content: 'held' });

  const controller = new AbortController();
  const abandoned = post(discord, { content: 'given up' }, controller.signal);
  await fault.hit(2);
  controller.abort();
  await expect(abandoned).rejects.toThrow();
  expect(discord.messages(discord.channelId)).toHaveLength(1);
});

test('a hanging request may have had its effect', async () => {
  await using discord = await startDiscord();
  const fault = discord.faults.add({ match: sends, kind: 'hang', effect: true });
  const controller = new AbortController();
  const pending = post(discord, { content: 'written' }, controller.signal);
  await fault.hit();
  await discord.until(() => discord.messages(discord.channelId).length === 1);
  controller.abort();
  await expect(pending).rejects.toThrow();
});

test('429s can be given on demand, for a route, globally, or shared', async () => {
  await using discord = await startDiscord();
  const answer = (): Promise<Response> => fetch(`${discord.api}/v10/gateway`);
  discord.faults.add({ kind: 'rate-limit', retryAfterMs: 1500, times: 1 });
  const route = await answer();
  expect([route.status, route.headers.get('retry-after'), await route.json()]).toEqual([
    429,
    '2',
    { message: 'You are being rate limited.', retry_after: 1.5, global: false },
  ]);
  discord.faults.add({ kind: 'rate-limit', retryAfterMs: 10, scope: 'global', times: 1 });
  expect((await answer()).headers.get('x-ratelimit-global')).toBe('true');
  discord.faults.add({ kind: 'rate-limit', retryAfterMs: 10, scope: 'shared', times: 1 });
  expect((await answer()).headers.get('x-ratelimit-scope')).toBe('shared');
  expect(discord.limits.given).toEqual(
    new Map([
      ['GET /gateway', 2],
      ['global', 1],
    ]),
  );
  expect(discord.limits.invalid).toBe(2);
});

test('a slow answer comes', async () => {
  await using discord = await startDiscord();
  discord.faults.add({ match: sends, kind: 'slow', delayMs: 30 });
  await post(discord, { content: 'x' });
  expect(discord.requests[0]?.tookMs).toBeGreaterThanOrEqual(29);
});

test('faults can be taken back', async () => {
  await using discord = await startDiscord();
  const fault = discord.faults.add({ kind: 'status', status: 500 });
  await expect(post(discord, { content: 'x' })).rejects.toMatchObject({ status: 500 });
  fault.remove();
  await post(discord, { content: 'x' });
  discord.faults.add({ kind: 'drop-before' });
  discord.faults.clear();
  await post(discord, { content: 'x' });
});

test('a whole outage cuts REST and gateway; afterwards the session is resumed', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const resumed = new Promise((resolve) => bot.client.once('shardResume', resolve));
  const reconnecting = new Promise((resolve) => bot.client.once('shardReconnecting', resolve));
  await discord.refuse();
  await reconnecting;
  await expect(post(discord, { content: 'x' })).rejects.toThrow();
  await discord.restore();
  await resumed;
  await post(discord, { content: 'back' });
  expect(discord.gateway.sessions).toMatchObject([{ connected: true, resumes: 1 }]);
});
