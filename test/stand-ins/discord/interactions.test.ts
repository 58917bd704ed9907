import { InteractionContextType, MessageFlags, PermissionFlagsBits, SlashCommandBuilder } from 'discord.js';
import { expect, test } from 'vitest';
import { startBot } from './bot.ts';
import { CannotDo, startDiscord } from './discord.ts';
import { health, stage } from './stage.ts';

test('a slash command is deferred, edited and followed up', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    await interaction.deferReply();
    await interaction.editReply(`restarting ${interaction.options.getString('coin', true)}`);
    await interaction.followUp({ content: 'done', flags: MessageFlags.Ephemeral });
  });
  const asked = await on.discord.as(on.ada.id).slash('/node restart', { coin: 'KMD', hard: true });
  const answer = await asked.answered();
  expect(answer).toMatchObject({ kind: 'defer', ephemeral: false });
  expect(answer.afterMs).toBeLessThan(3000);
  expect(await asked.replied()).toMatchObject({
    content: 'restarting KMD',
    loading: false,
    ephemeral: false,
  });
  expect(await asked.followedUp()).toMatchObject([{ content: 'done', ephemeral: true, seenBy: on.ada.id }]);
  const { channelId } = on.discord;
  expect(on.discord.messages(channelId).map(({ content }) => content)).toEqual(['restarting KMD']);
  expect(on.discord.messages(channelId, { ephemeral: true })).toHaveLength(2);
  expect(on.bot.errors).toEqual([]);
});

test('whether a deferred answer is ephemeral is decided at the defer; the follow-up fills it', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.followUp('first');
    await interaction.followUp('second');
  });
  const asked = await on.discord.as(on.ada.id).slash('/health');
  expect(await asked.replied()).toMatchObject({ content: 'first', ephemeral: true, seenBy: on.ada.id });
  expect(await asked.followedUp()).toMatchObject([{ content: 'second', ephemeral: false }]);
});

test('the interaction carries member, permissions, channel and resolved people', async () => {
  const seen: unknown[] = [];
  const heard = Promise.withResolvers<string | undefined>();
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    const { options, memberPermissions, appPermissions, channelId, guildId, context } = interaction;
    seen.push({
      path: [options.getSubcommandGroup(), options.getSubcommand()],
      to: options.getUser('to', true).id,
      member: options.getMember('to') !== null,
      number: options.getInteger('number'),
      sends: memberPermissions?.has(PermissionFlagsBits.SendMessages),
      appSends: appPermissions.has(PermissionFlagsBits.SendMessages),
      where: [guildId, channelId, interaction.channel?.id, context],
    });
    const { resource } = await interaction.reply({ content: 'ok', withResponse: true });
    heard.resolve(resource?.message?.content);
  });
  const { discord, ada } = on;
  const bob = discord.user({ name: 'bob' });
  const asked = await discord.as(ada.id).slash('/node seat give', { to: bob.id, number: 7 });
  await asked.replied();
  expect(await heard.promise).toBe('ok');
  expect(seen).toEqual([
    {
      path: ['seat', 'give'],
      to: bob.id,
      member: true,
      number: 7,
      sends: true,
      appSends: true,
      where: [discord.guildId, discord.channelId, discord.channelId, InteractionContextType.Guild],
    },
  ]);
});

test('what Discord would not let a person send is refused at the keyboard', async () => {
  await using on = await stage(async () => {});
  const ada = on.discord.as(on.ada.id);
  await expect(ada.slash('/nothing')).rejects.toThrow(CannotDo);
  await expect(ada.slash('/node')).rejects.toThrow('needs a sub-command');
  await expect(ada.slash('/node burn')).rejects.toThrow('no sub-command "burn"');
  await expect(ada.slash('/node restart')).rejects.toThrow('"coin" of /node is required');
  await expect(ada.slash('/node restart', { coin: 7 })).rejects.toThrow('takes String');
  await expect(ada.slash('/node restart', { coin: 'KMD', now: true })).rejects.toThrow('no option "now"');
  await expect(ada.slash('/node seat give', { to: on.ada.id, number: 65 })).rejects.toThrow('not 65');
  await expect(ada.autocomplete('/node restart', 'hard', '')).rejects.toThrow('no autocomplete');
});

test('a command with default permissions is not shown to those without them', async () => {
  await using on = await stage(async (interaction) => {
    if (interaction.isChatInputCommand()) await interaction.reply('ok');
  });
  const { discord, bot, ada } = on;
  const secret = new SlashCommandBuilder()
    .setName('secret')
    .setDescription('s')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild);
  await bot.client.application.commands.create(secret, discord.guildId);
  await expect(discord.as(ada.id).slash('/secret')).rejects.toThrow('not shown');
  discord.giveRole(ada.id, discord.role({ name: 'lead', permissions: PermissionFlagsBits.ManageGuild }));
  const asked = await discord.as(ada.id).slash('/secret');
  expect(await asked.replied()).toMatchObject({ content: 'ok' });
});

test('autocomplete gives choices, at most 25', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isAutocomplete()) return;
    const { value } = interaction.options.getFocused(true);
    const count = value === 'many' ? 26 : 2;
    await interaction.respond(
      Array.from({ length: count }, (_, index) => ({ name: `${value}${index}`, value: `${index}` })),
    );
  });
  const ada = on.discord.as(on.ada.id);
  const typed = await ada.autocomplete('/node restart', 'coin', 'KM', { options: { hard: true } });
  expect(await typed.answered()).toMatchObject({
    kind: 'choices',
    choices: [
      { name: 'KM0', value: '0' },
      { name: 'KM1', value: '1' },
    ],
  });
  const many = await ada.autocomplete('/node restart', 'coin', 'many');
  expect(await many.refused()).toMatchObject({ code: 50035 });
  expect(many.response).toBeUndefined();
});

test('roles, channels and files come resolved', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    const { options } = interaction;
    const file = options.getAttachment('log', true);
    const text = await (await fetch(file.url)).text();
    await interaction.reply(
      [options.getRole('role')?.name, options.getChannel('room')?.name, file.name, text].join(' '),
    );
  });
  const { discord, bot, ada } = on;
  const command = new SlashCommandBuilder()
    .setName('file')
    .setDescription('f')
    .addRoleOption((option) => option.setName('role').setDescription('r'))
    .addChannelOption((option) => option.setName('room').setDescription('r'))
    .addAttachmentOption((option) => option.setName('log').setDescription('l'));
  await bot.client.application.commands.create(command);
  const log = { filename: 'a.log', bytes: Buffer.from('panic') };
  const role = discord.role({ name: 'lead' });
  const asked = await discord.as(ada.id).slash('/file', { role, room: discord.channelId, log });
  expect(await asked.replied()).toMatchObject({ content: 'lead general a.log panic' });
});

test('answering twice gives 40060', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    await interaction.reply('once');
    interaction.replied = false;
    await interaction.reply('twice');
  });
  const asked = await on.discord.as(on.ada.id).slash('/health');
  expect(await asked.refused()).toMatchObject({ code: 40060 });
  expect(await asked.replied()).toMatchObject({ content: 'once' });
});

test('answering too late gives 10062, and the person sees that nothing came', async () => {
  const gate = Promise.withResolvers<void>();
  await using on = await stage(
    async (interaction) => {
      await gate.promise;
      if (interaction.isChatInputCommand()) await interaction.reply('late');
    },
    { windows: { firstResponseMs: 20 } },
  );
  const asked = await on.discord.as(on.ada.id).slash('/health');
  await expect(asked.answered()).rejects.toThrow('did not respond to command health: no-response');
  gate.resolve();
  expect(await asked.refused()).toMatchObject({ code: 10062 });
  expect(asked.original).toBeUndefined();
});

test('the token ends: 50027', async () => {
  await using on = await stage(
    async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply();
      await interaction.editReply('too late');
    },
    { windows: { tokenMs: -1 } },
  );
  const asked = await on.discord.as(on.ada.id).slash('/health');
  expect(await asked.refused()).toMatchObject({ code: 50027 });
});

test('nobody connected: the interaction fails', async () => {
  await using discord = await startDiscord({ windows: { firstResponseMs: 20 } });
  const bot = await startBot(discord);
  await bot.client.application.commands.set([health]);
  await bot[Symbol.asyncDispose]();
  await discord.until(() => discord.gateway.sessions.length === 0);
  const asked = await discord.as(discord.user({ name: 'ada' }).id).slash('/health');
  await expect(asked.answered()).rejects.toThrow('nobody-connected');
});

test('in direct messages only global commands exist, and the person comes as user', async () => {
  const seen: unknown[] = [];
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    seen.push([interaction.user.id, interaction.member, interaction.guildId, interaction.context]);
    await interaction.reply('hello');
  });
  const { discord, bot, ada } = on;
  const guildOnly = new SlashCommandBuilder()
    .setName('inside')
    .setDescription('i')
    .setContexts(InteractionContextType.Guild);
  await bot.client.application.commands.create(guildOnly);
  await bot.client.application.commands.create(
    new SlashCommandBuilder().setName('mine').setDescription('m'),
    discord.guildId,
  );
  const actor = discord.as(ada.id);
  await expect(actor.slash('/inside', {}, { dm: true })).rejects.toThrow('not registered here');
  await expect(actor.slash('/mine', {}, { dm: true })).rejects.toThrow('not registered here');
  const asked = await actor.slash('/health', {}, { dm: true });
  expect(await asked.replied()).toMatchObject({ content: 'hello' });
  expect(seen).toEqual([[ada.id, null, null, InteractionContextType.BotDM]]);
  expect(discord.directMessages(ada.id)).toMatchObject([{ content: 'hello' }]);
  expect(discord.directMessageOpens.count).toBe(0);
});

test('the original can be read and deleted by its token', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    await interaction.reply({ content: 'see', files: [{ attachment: Buffer.from('log'), name: 'a.log' }] });
    const { content } = await interaction.fetchReply();
    await interaction.editReply({ content: `${content} you`, attachments: [] });
    await interaction.deleteReply();
  });
  const { discord } = on;
  const asked = await discord.as(on.ada.id).slash('/health');
  const gone = await discord.until(() => asked.original?.deletedAt && asked.original);
  expect(gone.edits).toMatchObject([{ content: 'see you' }]);
  expect(gone.attachments).toEqual([]);
  expect(discord.messages(discord.channelId)).toEqual([]);
});
