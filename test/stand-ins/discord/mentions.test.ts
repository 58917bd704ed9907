import { PermissionFlagsBits, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller, startBot } from './bot.ts';
import { startDiscord } from './discord.ts';
import type { Discord, DiscordOptions, Pinged } from './discord.ts';

const nobody: Pinged = { everyone: false, users: [], roles: [] };

interface Scene extends AsyncDisposable {
  readonly discord: Discord;
  readonly ada: string;
  readonly lead: string;
  /** Mentions everyone, the person and the role. */
  readonly content: string;
  post(body: object): Promise<string>;
  edit(id: string, body: object): Promise<unknown>;
}

async function scene(options?: DiscordOptions): Promise<Scene> {
  const discord = await startDiscord({ limits: false, ...options });
  const caller = createCaller(discord);
  const ada = discord.user({ name: 'ada' }).id;
  const lead = discord.role({ name: 'lead' });
  return {
    discord,
    ada,
    lead,
    content: `@everyone <@${ada}> <@&${lead}> <@100000000000000000>`,
    async post(body) {
      const { id } = (await caller.post(Routes.channelMessages(discord.channelId), { body })) as {
        id: string;
      };
      return id;
    },
    edit: (id, body) => caller.patch(Routes.channelMessage(discord.channelId, id), { body }),
    [Symbol.asyncDispose]: () => discord[Symbol.asyncDispose](),
  };
}

test('without allowed_mentions a regular message pings everybody it names', async () => {
  await using on = await scene();
  const id = await on.post({ content: on.content });
  expect(on.discord.message(id)?.pinged).toEqual({ everyone: true, users: [on.ada], roles: [on.lead] });
});

test('allowed_mentions narrows it down', async () => {
  await using on = await scene();
  const { discord, ada, lead, content } = on;
  const pinged = async (allowed: object): Promise<Pinged | undefined> =>
    discord.message(await on.post({ content, allowed_mentions: allowed }))?.pinged;
  expect(await pinged({ parse: [] })).toEqual(nobody);
  expect(await pinged({})).toEqual(nobody);
  expect(await pinged({ parse: ['users'] })).toEqual({ ...nobody, users: [ada] });
  expect(await pinged({ users: [ada] })).toEqual({ ...nobody, users: [ada] });
  expect(await pinged({ roles: [lead] })).toEqual({ ...nobody, roles: [lead] });
  expect(await pinged({ users: [discord.user({ name: 'bob' }).id] })).toEqual(nobody);
});

test('an edit without allowed_mentions pings again; one without content leaves it', async () => {
  await using on = await scene();
  const id = await on.post({ content: on.content, allowed_mentions: { parse: [] } });
  expect(on.discord.message(id)?.pinged).toEqual(nobody);
  await on.edit(id, { embeds: [{ title: 't' }] });
  expect(on.discord.message(id)?.pinged).toEqual(nobody);
  await on.edit(id, { content: `${on.content} again` });
  expect(on.discord.message(id)?.pinged).toEqual({ everyone: true, users: [on.ada], roles: [on.lead] });
  await on.edit(id, { content: on.content, allowed_mentions: { parse: [] } });
  expect(on.discord.message(id)?.edits.map(({ pinged }) => pinged.everyone)).toEqual([false, true, false]);
});

test('without the permission neither everyone nor an unmentionable role is pinged', async () => {
  await using on = await scene({
    botPermissions: PermissionFlagsBits.ViewChannel | PermissionFlagsBits.SendMessages,
  });
  const open = on.discord.role({ name: 'open', mentionable: true });
  const id = await on.post({ content: `${on.content} <@&${open}>` });
  expect(on.discord.message(id)?.pinged).toEqual({ everyone: false, users: [on.ada], roles: [open] });
});

test('embeds never ping', async () => {
  await using on = await scene();
  const id = await on.post({ embeds: [{ description: on.content }] });
  expect(on.discord.message(id)?.pinged).toEqual(nobody);
});

test('the answer to an interaction pings people only, unless it says otherwise', async () => {
  await using on = await scene();
  await using bot = await startBot(on.discord, {
    onInteraction: async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply();
      await interaction.editReply(on.content);
      await interaction.editReply({ content: on.content, allowedMentions: { parse: ['everyone'] } });
    },
  });
  await bot.client.application.commands.set([{ name: 'ping', description: 'p' }]);
  const asked = await on.discord.as(on.ada).slash('/ping');
  const done = await on.discord.until(() => asked.original?.edits[1] && asked.original);
  expect(done.edits.map(({ pinged }) => pinged)).toEqual([
    { ...nobody, users: [on.ada] },
    { ...nobody, everyone: true },
  ]);
});
