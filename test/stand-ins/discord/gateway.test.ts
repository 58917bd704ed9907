import { constants, createInflate } from 'node:zlib';
import { Routes } from 'discord.js';
import type { Client } from 'discord.js';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createCaller, startBot } from './bot.ts';
import { startDiscord } from './discord.ts';
import type { Discord } from './discord.ts';

const once = (client: Client, event: 'shardResume' | 'shardReady'): Promise<void> =>
  new Promise((resolve) => client.once(event, () => resolve()));
const intents = ['Guilds', 'GuildMessages'] as const;

/** What the client is told while it is away must come with the RESUME. */
async function sayUnseen(discord: Discord, cut: () => void, client: Client): Promise<string[]> {
  const heard: string[] = [];
  client.on('messageCreate', ({ id }) => heard.push(id));
  const resumed = once(client, 'shardResume');
  cut();
  await discord.until(() => discord.gateway.sessions.every(({ connected }) => !connected));
  const ada = discord.as(discord.user({ name: 'ada' }).id);
  const said = [await ada.say(discord.channelId, 'one'), await ada.say(discord.channelId, 'two')];
  await resumed;
  expect(heard).toEqual(said.map(({ id }) => id));
  return heard;
}

test('a dropped connection is resumed, and what was missed is replayed in order', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord, { intents: [...intents] });
  await sayUnseen(discord, () => discord.gateway.drop(), bot.client);
  expect(discord.gateway.sessions).toMatchObject([{ connected: true, resumes: 1 }]);
});

test('a forced close with a code that allows it is resumed', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord, { intents: [...intents] });
  await sayUnseen(discord, () => discord.gateway.close(4000), bot.client);
  expect(discord.gateway.closes[0]).toMatchObject({ code: 4000, by: 'server' });
});

test('op 7 makes the client reconnect and resume', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const resumed = once(bot.client, 'shardResume');
  discord.gateway.reconnect();
  await resumed;
  expect(discord.gateway.sessions).toMatchObject([{ resumes: 1 }]);
});

test('op 9: a resumable session is resumed, another one begins anew', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const resumed = once(bot.client, 'shardResume');
  discord.gateway.invalidate({ resumable: true });
  await resumed;
  const [before] = discord.gateway.sessions;
  const ready = once(bot.client, 'shardReady');
  discord.gateway.invalidate({ resumable: false });
  await ready;
  expect(discord.gateway.sessions).toHaveLength(1);
  expect(discord.gateway.sessions[0]?.id).not.toBe(before?.id);
});

test('without heartbeat ACKs the client gives the connection up and resumes', async () => {
  await using discord = await startDiscord({ windows: { heartbeatMs: 60 } });
  await using bot = await startBot(discord);
  const resumed = once(bot.client, 'shardResume');
  discord.gateway.stopAcks();
  await discord.until(() => discord.gateway.closes.some(({ by }) => by === 'client'));
  discord.gateway.resumeAcks();
  await resumed;
});

test('an interaction that began while the client was away comes with the RESUME', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord, {
    onInteraction: async (interaction) => interaction.isRepliable() && interaction.reply('here'),
  });
  await bot.client.application.commands.set([{ name: 'health', description: 'h' }]);
  const ada = discord.as(discord.user({ name: 'ada' }).id);
  discord.gateway.drop();
  const asked = await ada.slash('/health');
  expect(await asked.replied()).toMatchObject({ content: 'here' });
});

test('the text of others comes with the content intent only', async () => {
  await using discord = await startDiscord({ intents: ['MessageContent'] });
  await using bot = await startBot(discord, { intents: [...intents, 'MessageContent'] });
  const heard = new Promise((resolve) => bot.client.once('messageCreate', ({ content }) => resolve(content)));
  await discord.as(discord.user({ name: 'ada' }).id).say(discord.channelId, 'in the room');
  expect(await heard).toBe('in the room');
});

test('two connections both hear everything', async () => {
  await using discord = await startDiscord();
  await using first = await startBot(discord, { intents: [...intents] });
  await using second = await startBot(discord, { intents: [...intents] });
  const heard = Promise.all(
    [first, second].map(
      ({ client }) => new Promise((resolve) => client.once('messageCreate', ({ id }) => resolve(id))),
    ),
  );
  const body = { content: 'x' };
  const path = Routes.channelMessages(discord.channelId);
  const { id } = (await createCaller(discord).post(path, { body })) as { id: string };
  expect(await heard).toEqual([id, id]);
});

test('the presence the bot sets is seen', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  bot.client.user.setPresence({ status: 'dnd' });
  await discord.until(() => (discord.gateway.presence as { status?: string } | undefined)?.status === 'dnd');
});

interface Raw extends Disposable {
  next(): Promise<{ op: number; t: string | null; d: unknown }>;
  send(payload: object | string): void;
  readonly closed: Promise<number>;
}

/** The bare protocol, for what discord.js never does. */
function connect(discord: Discord, query = 'v=10&encoding=json'): Raw {
  const socket = new WebSocket(`${discord.api.replace('http', 'ws').replace('/api', '')}/?${query}`);
  const arrived: ReturnType<typeof Promise.withResolvers<string>>[] = [];
  const place = (index: number): (typeof arrived)[number] => (arrived[index] ??= Promise.withResolvers());
  let received = 0;
  let read = 0;
  const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
  inflate.on('data', (chunk: Buffer) => place(received++).resolve(chunk.toString()));
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) inflate.write(data);
    else place(received++).resolve(data.toString());
  });
  return {
    next: async () => JSON.parse(await place(read++).promise) as { op: number; t: string | null; d: unknown },
    send: (payload) => socket.send(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    closed: new Promise((resolve) => socket.on('close', resolve)),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

const identify = (discord: Discord, extra: object = {}): object => ({
  op: 2,
  d: { token: discord.token, intents: 1, properties: {}, ...extra },
});

test('HELLO, READY, GUILD_CREATE, ACK; also through zlib-stream', async () => {
  await using discord = await startDiscord();
  for (const query of ['v=10&encoding=json', 'v=10&encoding=json&compress=zlib-stream']) {
    using raw = connect(discord, query);
    expect(await raw.next()).toMatchObject({ op: 10, d: { heartbeat_interval: 41_250 } });
    raw.send(identify(discord));
    expect(await raw.next()).toMatchObject({ op: 0, t: 'READY', s: 1, d: { v: 10 } });
    expect(await raw.next()).toMatchObject({ op: 0, t: 'GUILD_CREATE', s: 2, d: { id: discord.guildId } });
    raw.send({ op: 1, d: 2 });
    expect(await raw.next()).toMatchObject({ op: 11 });
    discord.gateway.requestHeartbeat();
    expect(await raw.next()).toMatchObject({ op: 1 });
  }
});

const misuse: readonly {
  readonly why: string;
  readonly code: number;
  readonly payloads: (d: Discord) => (object | string)[];
}[] = [
  { why: 'no JSON', code: 4002, payloads: () => ['{'] },
  { why: 'anything before IDENTIFY', code: 4003, payloads: () => [{ op: 3, d: {} }] },
  { why: 'an unknown opcode', code: 4001, payloads: (discord) => [identify(discord), { op: 99 }] },
  { why: 'a wrong token', code: 4004, payloads: (discord) => [identify(discord, { token: 'x' })] },
  { why: 'IDENTIFY twice', code: 4005, payloads: (discord) => [identify(discord), identify(discord)] },
  {
    why: 'a shard beyond the count',
    code: 4010,
    payloads: (discord) => [identify(discord, { shard: [1, 1] })],
  },
  {
    why: 'intents that are none',
    code: 4013,
    payloads: (discord) => [identify(discord, { intents: 'all' })],
  },
  { why: 'too many sends', code: 4008, payloads: () => Array.from({ length: 121 }, () => ({ op: 1 })) },
];

test.for(misuse)('$why is closed with $code', async ({ code, payloads }) => {
  await using discord = await startDiscord();
  using raw = connect(discord);
  await raw.next();
  for (const payload of payloads(discord)) raw.send(payload);
  expect(await raw.closed).toBe(code);
});

test('a session can be forgotten, and then not resumed', async () => {
  await using discord = await startDiscord();
  using first = connect(discord);
  await first.next();
  first.send(identify(discord));
  await discord.gateway.ready();
  const [session] = discord.gateway.sessions;
  discord.gateway.forget();
  using second = connect(discord);
  await second.next();
  second.send({ op: 6, d: { token: discord.token, session_id: session?.id, seq: 2 } });
  expect(await second.next()).toMatchObject({ op: 9, d: false });
});

test('another version is closed with 4012, a RESUME of nothing gets op 9', async () => {
  await using discord = await startDiscord();
  using old = connect(discord, 'v=6&encoding=json');
  expect(await old.closed).toBe(4012);
  using raw = connect(discord);
  await raw.next();
  raw.send({ op: 6, d: { token: discord.token, session_id: 'none', seq: 3 } });
  expect(await raw.next()).toMatchObject({ op: 9, d: false });
});

test('a client that never beats is closed with 4009', async () => {
  await using discord = await startDiscord({ windows: { heartbeatMs: 15 } });
  using raw = connect(discord);
  expect(await raw.closed).toBe(4009);
});
