import { DiscordAPIError, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller, createClient, startBot } from './bot.ts';
import { startDiscord } from './discord.ts';

test('the real client logs in, is ready, and sees the guild and its channel', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const { client } = bot;
  expect(client.isReady()).toBe(true);
  expect(client.user.id).toBe(discord.botId);
  expect(client.guilds.cache.get(discord.guildId)?.channels.cache.has(discord.channelId)).toBe(true);
  expect(discord.gateway.sessions).toMatchObject([{ connected: true, resumes: 0 }]);
});

test('ids look like snowflakes', async () => {
  await using discord = await startDiscord();
  const ids = [discord.botId, discord.guildId, discord.channelId, discord.user({ name: 'ada' }).id];
  for (const id of ids) expect(id).toMatch(/^\d{17,19}$/);
  expect(new Set(ids).size).toBe(4);
});

test('a wrong token is refused by REST with 401 and code 0', async () => {
  await using discord = await startDiscord();
  const wrong = createCaller(discord, 'no-such-token');
  const refused = await wrong.get(Routes.user('@me')).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DiscordAPIError);
  expect(refused).toMatchObject({ status: 401, code: 0, message: '401: Unauthorized' });
  await expect(createClient(discord).login('a.b.c')).rejects.toThrow();
  expect(discord.limits.invalid).toBe(2);
});

test('the gateway closes a wrong token with 4004', async () => {
  await using discord = await startDiscord();
  discord.gateway.refuseIdentify(4004);
  const client = createClient(discord);
  await expect(client.login(discord.token)).rejects.toThrow('Authentication failed');
  await discord.until(() => discord.gateway.closes.some(({ code }) => code === 4004));
  await client.destroy();
});

test('a privileged intent that is not switched on is closed with 4014, one that is works', async () => {
  await using discord = await startDiscord();
  const client = createClient(discord, { intents: ['Guilds', 'GuildMembers'] });
  await expect(client.login(discord.token)).rejects.toThrow('disallowed intents');
  expect(discord.gateway.closes).toMatchObject([{ code: 4014, by: 'server' }]);
  await client.destroy();

  await using open = await startDiscord({ intents: ['GuildMembers'] });
  await using bot = await startBot(open, { intents: ['Guilds', 'GuildMembers'] });
  const ada = open.user({ name: 'ada' });
  const members = await bot.client.guilds.cache.get(open.guildId)?.members.fetch();
  expect(members?.has(ada.id)).toBe(true);
});

test('intents that do not exist are closed with 4013', async () => {
  await using discord = await startDiscord();
  const client = createClient(discord, { intents: 1 << 30 });
  await expect(client.login(discord.token)).rejects.toThrow('invalid intents');
  await client.destroy();
});

test('a guild that never arrives leaves the client waiting until it is delivered', async () => {
  await using discord = await startDiscord({ guildArrives: false });
  const client = createClient(discord);
  const ready = new Promise((resolve) => client.once('clientReady', resolve));
  await client.login(discord.token);
  await discord.gateway.ready();
  expect(client.isReady()).toBe(false);
  discord.gateway.deliverGuild();
  await ready;
  await client.destroy();
});

test('the application, the bot and people can be read', async () => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const ada = discord.user({ name: 'ada' });
  expect(await caller.get(Routes.currentApplication())).toMatchObject({ id: discord.applicationId });
  expect(await caller.get(Routes.oauth2CurrentApplication())).toMatchObject({ id: discord.applicationId });
  expect(await caller.get(Routes.user(ada.id))).toMatchObject({ id: ada.id, username: 'ada' });
  expect(await caller.get(Routes.guildMember(discord.guildId, ada.id))).toMatchObject({ roles: [] });
  expect(await caller.get(Routes.guildChannels(discord.guildId))).toMatchObject([{ id: discord.channelId }]);
  const nobody = '100000000000000000';
  await expect(caller.get(Routes.user(nobody))).rejects.toMatchObject({ code: 10013, status: 404 });
  await expect(caller.get(Routes.guild(nobody))).rejects.toMatchObject({ code: 10004, status: 404 });
  await expect(caller.get('/no/such/route')).rejects.toMatchObject({ code: 0, status: 404 });
  await expect(caller.put('/users/@me')).rejects.toMatchObject({ code: 0, status: 405 });
});

test('starting again on the same port with the same state goes on where it stopped', async () => {
  const first = await startDiscord();
  const caller = createCaller(first);
  await caller.post(Routes.channelMessages(first.channelId), { body: { content: 'before' } });
  await first[Symbol.asyncDispose]();
  await using second = await startDiscord({ port: first.port, state: first.state });
  await caller.post(Routes.channelMessages(first.channelId), { body: { content: 'after' } });
  expect(second.messages(first.channelId).map(({ content }) => content)).toEqual(['before', 'after']);
});
