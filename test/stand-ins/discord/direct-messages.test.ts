import { ChannelType, Partials, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller, startBot } from './bot.ts';
import { startDiscord } from './discord.ts';

test('the bot writes to a person; the channel is opened once', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const ada = discord.user({ name: 'ada' });
  const person = await bot.client.users.fetch(ada.id);
  const channel = await person.createDM();
  expect(channel.type).toBe(ChannelType.DM);
  await person.send('update by Friday');
  await createCaller(discord).post(Routes.userChannels(), { body: { recipient_id: ada.id } });
  expect(discord.directMessages(ada.id)).toMatchObject([
    { content: 'update by Friday', channelId: channel.id },
  ]);
  expect(discord.directMessageOpens).toMatchObject({ count: 1, refused: 0, users: [ada.id] });
});

test('closed direct messages: the channel opens, sending gives 50007', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord);
  const ada = discord.user({ name: 'ada', closedDms: true });
  const person = await bot.client.users.fetch(ada.id);
  await person.createDM();
  await expect(person.send('x')).rejects.toMatchObject({ code: 50007, status: 403 });
  discord.closeDms(ada.id, false);
  await person.send('now');
  discord.leave(ada.id);
  await expect(person.send('x')).rejects.toMatchObject({ code: 50278, status: 403 });
});

test('too many NEW channels give 40003; known ones stay open', async () => {
  await using discord = await startDiscord({ limits: { newDirectMessages: { count: 2, perMs: 60_000 } } });
  const caller = createCaller(discord);
  const open = (userId: string): Promise<unknown> =>
    caller.post(Routes.userChannels(), { body: { recipient_id: userId } });
  const [one, two, three] = ['a', 'b', 'c'].map((name) => discord.user({ name }).id) as [
    string,
    string,
    string,
  ];
  await open(one);
  await open(two);
  await expect(open(three)).rejects.toMatchObject({ code: 40003, status: 403 });
  await open(one);
  expect(discord.directMessageOpens).toEqual({ count: 2, refused: 1, users: [one, two] });
});

test('nobody by that id, and an id that is none', async () => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const open = (id: string): Promise<unknown> =>
    caller.post(Routes.userChannels(), { body: { recipient_id: id } });
  await expect(open('100000000000000000')).rejects.toMatchObject({ code: 50033, status: 400 });
  await expect(open('ada')).rejects.toMatchObject({ code: 50035, status: 400 });
});

test('what a person writes to the bot arrives, with its text, without the content intent', async () => {
  await using discord = await startDiscord();
  await using bot = await startBot(discord, {
    intents: ['Guilds', 'GuildMessages', 'DirectMessages'],
    partials: [Partials.Channel],
  });
  const ada = discord.user({ name: 'ada' });
  const heard: string[] = [];
  const third = new Promise<void>((resolve) => {
    bot.client.on('messageCreate', (message) => {
      heard.push(message.content);
      if (heard.length === 3) resolve();
    });
  });
  const actor = discord.as(ada.id);
  await actor.say({ dm: true }, 'privately');
  await actor.say(discord.channelId, 'in the room');
  await actor.say(discord.channelId, `<@${discord.botId}> for you`);
  await third;
  expect(heard).toEqual(['privately', '', `<@${discord.botId}> for you`]);
});
