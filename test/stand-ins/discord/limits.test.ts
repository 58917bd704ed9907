import { RateLimitError, REST, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller } from './bot.ts';
import { startDiscord } from './discord.ts';
import type { Discord } from './discord.ts';

/** One raw request: discord.js would wait instead of running into the limit. */
async function raw(discord: Discord, path: string, body?: object): Promise<Response> {
  return fetch(`${discord.api}/v10${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const routes = [{ method: 'POST', route: /messages$/, limit: 2, perMs: 60_000 }];

test('a bucket counts per channel, says so in headers, and ends in 429', async () => {
  await using discord = await startDiscord({ limits: { routes } });
  const path = Routes.channelMessages(discord.channelId);
  const first = await raw(discord, path, { content: '1' });
  expect(first.headers.get('x-ratelimit-limit')).toBe('2');
  expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
  expect(Number(first.headers.get('x-ratelimit-reset-after'))).toBeGreaterThan(59);
  expect(Number(first.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
  await raw(discord, path, { content: '2' });
  const third = await raw(discord, path, { content: '3' });
  expect(third.status).toBe(429);
  expect(third.headers.get('retry-after')).toBe('60');
  expect(third.headers.get('x-ratelimit-scope')).toBe('user');
  expect(third.headers.get('x-ratelimit-global')).toBeNull();
  expect(third.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(await third.json()).toMatchObject({ message: 'You are being rate limited.', global: false });

  const elsewhere = discord.channel({ name: 'other' });
  const other = await raw(discord, Routes.channelMessages(elsewhere.id), { content: '1' });
  expect(other.status).toBe(200);
  expect(other.headers.get('x-ratelimit-bucket')).toBe(first.headers.get('x-ratelimit-bucket'));
  expect(discord.limits.given).toEqual(new Map([['POST /channels/:channel/messages', 1]]));
  expect(discord.limits.invalid).toBe(1);
  expect(discord.messages(discord.channelId)).toHaveLength(2);
});

test('discord.js heeds the bucket: it can be made to reject instead of waiting', async () => {
  await using discord = await startDiscord({ limits: { routes } });
  const rest = new REST({ api: discord.api, version: '10', retries: 0, rejectOnRateLimit: ['/'] });
  rest.setToken(discord.token);
  const post = (): Promise<unknown> =>
    rest.post(Routes.channelMessages(discord.channelId), { body: { content: 'x' } });
  await post();
  await post();
  await expect(post()).rejects.toBeInstanceOf(RateLimitError);
  expect(discord.limits.given.size).toBe(0);
});

test('over 50 a second everything is refused globally; interaction callbacks are not counted', async () => {
  await using discord = await startDiscord({ limits: { globalPerSecond: 3, routes: [] } });
  for (let count = 0; count < 3; count += 1) expect((await raw(discord, '/users/@me')).status).toBe(200);
  const refused = await raw(discord, '/users/@me');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('x-ratelimit-global')).toBe('true');
  expect(refused.headers.get('x-ratelimit-scope')).toBe('global');
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.json()).toMatchObject({ global: true });
  const callback = await raw(discord, Routes.interactionCallback('100000000000000000', 'token'), {});
  expect(await callback.json()).toMatchObject({ code: 10062 });
  expect(discord.limits.given).toEqual(new Map([['global', 1]]));
});

test('limits can be switched off', async () => {
  await using discord = await startDiscord({ limits: false });
  const answers = await Promise.all(Array.from({ length: 100 }, () => raw(discord, '/users/@me')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
});

test('too many invalid requests end in a ban', async () => {
  await using discord = await startDiscord({ limits: { invalidPerTenMinutes: 2 } });
  for (const token of ['wrong', 'wrong too']) {
    const caller = createCaller(discord, token);
    await expect(caller.get('/users/@me')).rejects.toMatchObject({ status: 401 });
  }
  const banned = await raw(discord, '/users/@me');
  expect(banned.status).toBe(429);
  expect(banned.headers.get('retry-after')).toBe('3600');
  expect(await banned.text()).toContain('1015');
});
