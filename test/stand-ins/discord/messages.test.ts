import { DiscordAPIError, EmbedBuilder, PermissionFlagsBits, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller, startBot } from './bot.ts';
import { startDiscord } from './discord.ts';
import type { Discord } from './discord.ts';

const button = (label: string, id: string): object => ({ type: 2, style: 1, label, custom_id: id });
const row = (...components: object[]): object => ({ type: 1, components });
const letters = (count: number): string => 'x'.repeat(count);

test('a message is posted, edited, read and deleted', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const channel = await bot.client.channels.fetch(discord.channelId);
  if (!channel?.isSendable()) throw new Error('no channel');
  const sent = await channel.send({ content: 'node down', embeds: [new EmbedBuilder().setTitle('KMD')] });
  const edited = await sent.edit('node up');
  expect(edited.editedTimestamp).not.toBeNull();
  const fetched = await channel.messages.fetch({ message: sent.id, force: true });
  expect(fetched).toMatchObject({ content: 'node up', embeds: [{ title: 'KMD' }] });
  const stored = discord.message(sent.id);
  expect(stored).toMatchObject({
    authorId: discord.botId,
    embeds: [{ title: 'KMD', type: 'rich' }],
    edits: [{ content: 'node up' }],
  });
  expect(stored?.edits[0]?.at.getTime()).toBeGreaterThanOrEqual(stored?.createdAt.getTime() ?? Infinity);
  await fetched.delete();
  expect(discord.messages(discord.channelId)).toEqual([]);
  expect(discord.message(sent.id)?.deletedAt).toBeInstanceOf(Date);
});

test('files come as multipart and are kept with their bytes', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const channel = await bot.client.channels.fetch(discord.channelId);
  if (!channel?.isSendable()) throw new Error('no channel');
  const attachment = Buffer.from('line\n'.repeat(1000));
  const sent = await channel.send({ files: [{ attachment, name: 'debug.log', description: 'the log' }] });
  const [stored] = discord.message(sent.id)?.attachments ?? [];
  expect(stored).toMatchObject({ filename: 'debug.log', size: 5000, description: 'the log' });
  expect(stored?.bytes.equals(attachment)).toBe(true);
  const served = await fetch(sent.attachments.first()?.url ?? '');
  expect(Buffer.from(await served.arrayBuffer()).equals(attachment)).toBe(true);
  const huge = { files: [{ attachment: Buffer.alloc(11 * 1024 * 1024), name: 'huge' }] };
  await expect(channel.send(huge)).rejects.toMatchObject({ code: 40005, status: 413 });
});

interface Case {
  readonly why: string;
  readonly body: object;
  readonly at?: string;
  readonly code?: number;
}

const refused: readonly Case[] = [
  { why: 'nothing', body: {}, code: 50006 },
  { why: 'blanks only', body: { content: '  \n' }, code: 50006 },
  { why: '2001 characters', body: { content: letters(2001) }, at: 'content' },
  { why: '11 embeds', body: { embeds: Array.from({ length: 11 }, () => ({ title: 't' })) }, at: 'embeds' },
  {
    why: '6001 characters over all embeds',
    body: { embeds: [{ description: letters(4000) }, { description: letters(2001) }] },
    at: 'embeds',
  },
  { why: 'a title of 257', body: { embeds: [{ title: letters(257) }] }, at: 'embeds.0.title' },
  {
    why: 'a description of 4097',
    body: { embeds: [{ description: letters(4097) }] },
    at: 'embeds.0.description',
  },
  {
    why: 'a footer of 2049',
    body: { embeds: [{ footer: { text: letters(2049) } }] },
    at: 'embeds.0.footer.text',
  },
  {
    why: '26 fields',
    body: { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'n', value: 'v' })) }] },
    at: 'embeds.0.fields',
  },
  {
    why: 'a field name of 257',
    body: { embeds: [{ fields: [{ name: letters(257), value: 'v' }] }] },
    at: 'embeds.0.fields.0.name',
  },
  {
    why: 'a field value of 1025',
    body: { embeds: [{ fields: [{ name: 'n', value: letters(1025) }] }] },
    at: 'embeds.0.fields.0.value',
  },
  {
    why: 'an empty field value',
    body: { embeds: [{ fields: [{ name: 'n', value: '' }] }] },
    at: 'embeds.0.fields.0.value',
  },
  {
    why: '6 rows',
    body: { content: 'x', components: Array.from({ length: 6 }, (_, n) => row(button('b', `${n}`))) },
    at: 'components',
  },
  {
    why: '6 buttons in a row',
    body: { content: 'x', components: [row(...Array.from({ length: 6 }, (_, n) => button('b', `${n}`)))] },
    at: 'components.0.components',
  },
  {
    why: 'a custom id of 101',
    body: { content: 'x', components: [row(button('b', letters(101)))] },
    at: 'components.0.components.0.custom_id',
  },
  {
    why: 'a label of 81',
    body: { content: 'x', components: [row(button(letters(81), 'a'))] },
    at: 'components.0.components.0.label',
  },
  {
    why: 'one custom id twice',
    body: { content: 'x', components: [row(button('a', 'same'), button('b', 'same'))] },
    at: 'components.0.components.1.custom_id',
  },
  { why: 'a nonce of 26', body: { content: 'x', nonce: letters(26) }, at: 'nonce' },
  {
    why: 'parse and users at once',
    body: { content: 'x', allowed_mentions: { parse: ['users'], users: ['100000000000000000'] } },
    at: 'allowed_mentions',
  },
  {
    why: 'a reply to nothing',
    body: { content: 'x', message_reference: { message_id: '100000000000000000' } },
    at: 'message_reference',
  },
];

test.for(refused)('a message with $why is refused', async ({ body, at, code = 50035 }) => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const result: unknown = await caller
    .post(Routes.channelMessages(discord.channelId), { body })
    .catch((error: unknown) => error);
  if (!(result instanceof DiscordAPIError)) throw new Error('It was taken');
  expect(result).toMatchObject({ status: 400, code });
  if (at !== undefined) {
    const { errors } = result.rawError as unknown as { errors: unknown };
    const place = at
      .split('.')
      .reduce<unknown>((here, step) => (here as Record<string, unknown>)[step], errors);
    expect(place).toHaveProperty('_errors');
  }
  expect(discord.messages(discord.channelId)).toEqual([]);
});

test('exactly at the limits a message is taken', async () => {
  await using discord = await startDiscord();
  const fields = Array.from({ length: 25 }, () => ({ name: 'n'.repeat(36), value: 'v'.repeat(44) }));
  const body = {
    content: letters(2000),
    embeds: [{ title: letters(256), description: letters(3744), fields }],
    components: Array.from({ length: 5 }, (_, r) =>
      row(...Array.from({ length: 5 }, (_each, b) => button(letters(80), `${r}-${b}-${letters(96)}`))),
    ),
  };
  await createCaller(discord).post(Routes.channelMessages(discord.channelId), { body });
  expect(discord.messages(discord.channelId)).toHaveLength(1);
});

test('messages are listed newest first: limit, before, after, around', async () => {
  await using discord = await startDiscord({ limits: false });
  const path = Routes.channelMessages(discord.channelId);
  const caller = createCaller(discord);
  const ids: string[] = [];
  for (const content of 'abcdefg') {
    const { id } = (await caller.post(path, { body: { content } })) as { id: string };
    ids.push(id);
  }
  const list = async (query: Record<string, string>): Promise<string> => {
    const page = (await caller.get(path, { query: new URLSearchParams(query) })) as { content: string }[];
    return page.map(({ content }) => content).join('');
  };
  expect(await list({})).toBe('gfedcba');
  expect(await list({ limit: '2' })).toBe('gf');
  expect(await list({ before: ids[3] ?? '', limit: '2' })).toBe('cb');
  expect(await list({ after: ids[3] ?? '', limit: '2' })).toBe('fe');
  expect(await list({ around: ids[3] ?? '', limit: '3' })).toBe('edc');
  await expect(list({ limit: '101' })).rejects.toMatchObject({ code: 50035 });
});

test('channels and messages that are not there, not ours, or not permitted', async () => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const nothing = '100000000000000000';
  const post = (channelId: string, body: object = { content: 'x' }): Promise<unknown> =>
    caller.post(Routes.channelMessages(channelId), { body });
  await expect(post(nothing)).rejects.toMatchObject({ code: 10003, status: 404 });
  const missing = Routes.channelMessage(discord.channelId, nothing);
  await expect(caller.get(missing)).rejects.toMatchObject({ code: 10008, status: 404 });

  const said = await discord.as(discord.user({ name: 'ada' }).id).say(discord.channelId, 'hi');
  const theirs = Routes.channelMessage(discord.channelId, said.id);
  await expect(caller.patch(theirs, { body: { content: 'x' } })).rejects.toMatchObject({ code: 50005 });
  await expect(caller.delete(theirs)).rejects.toMatchObject({ code: 50013, status: 403 });

  const hidden = discord.channel({ name: 'hidden', deny: PermissionFlagsBits.ViewChannel });
  await expect(post(hidden.id)).rejects.toMatchObject({ code: 50001, status: 403 });
  const readonly = discord.channel({ name: 'readonly', deny: PermissionFlagsBits.SendMessages });
  await expect(post(readonly.id)).rejects.toMatchObject({ code: 50013, status: 403 });
  const plain = discord.channel({ name: 'plain', deny: PermissionFlagsBits.EmbedLinks });
  await expect(post(plain.id, { embeds: [{ title: 't' }] })).rejects.toMatchObject({ code: 50013 });
  discord.removeChannel(plain.id);
  await expect(post(plain.id)).rejects.toMatchObject({ code: 10003 });
});

test('the typing sign is noted', async () => {
  await using discord = await startDiscord();
  await createCaller(discord).post(Routes.channelTyping(discord.channelId));
  expect(discord.typing).toMatchObject([{ channelId: discord.channelId }]);
});

test('malformed JSON is refused with 50109, another version with 50041', async () => {
  await using discord = await startDiscord();
  const url = `${discord.api}/v10${Routes.channelMessages(discord.channelId)}`;
  const headers = { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' };
  const broken = await fetch(url, { method: 'POST', headers, body: '{' });
  expect([broken.status, await broken.json()]).toMatchObject([400, { code: 50109 }]);
  const old = await fetch(url.replace('v10', 'v6'), { headers });
  expect([old.status, await old.json()]).toMatchObject([400, { code: 50041 }]);
});

async function post(discord: Discord, body: object): Promise<{ id: string; content: string }> {
  const path = Routes.channelMessages(discord.channelId);
  return (await createCaller(discord).post(path, { body })) as { id: string; content: string };
}

test('with enforce_nonce the same nonce gives the earlier message', async () => {
  await using discord = await startDiscord();
  const first = await post(discord, { content: 'one', nonce: 'n1', enforce_nonce: true });
  const again = await post(discord, { content: 'two', nonce: 'n1', enforce_nonce: true });
  expect(again).toMatchObject({ id: first.id, content: 'one', nonce: 'n1' });
  const other = await post(discord, { content: 'three', nonce: 'n2', enforce_nonce: true });
  const unenforced = await post(discord, { content: 'four', nonce: 'n1' });
  expect(new Set([first.id, other.id, unenforced.id]).size).toBe(3);
});

test('8 concurrent requests with one nonce write one message', async () => {
  await using discord = await startDiscord({ limits: false });
  const all = await Promise.all(
    Array.from({ length: 8 }, () => post(discord, { content: 'once', nonce: 'n', enforce_nonce: true })),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(discord.messages(discord.channelId)).toHaveLength(1);
});

test('a nonce is forgotten after its window', async () => {
  await using discord = await startDiscord({ windows: { nonceMs: -1 } });
  await post(discord, { content: 'one', nonce: 'n', enforce_nonce: true });
  await post(discord, { content: 'two', nonce: 'n', enforce_nonce: true });
  expect(discord.messages(discord.channelId)).toHaveLength(2);
});
