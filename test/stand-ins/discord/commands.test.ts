import { DiscordAPIError, Routes } from 'discord.js';
import type { REST } from 'discord.js';
import { expect, test } from 'vitest';
import { createCaller } from './bot.ts';
import { startDiscord } from './discord.ts';

const command = { name: 'health', description: 'Health' };
const option = { type: 3, name: 'coin', description: 'Which' };
const many = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ name: `c${index}`, description: 'd' }));

test('guild and global commands: overwritten, made, changed, read and deleted', async () => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const globally = Routes.applicationCommands(discord.applicationId);
  const inGuild = Routes.applicationGuildCommands(discord.applicationId, discord.guildId);
  const [kept] = (await caller.put(inGuild, { body: [command] })) as [{ id: string }];
  const again = (await caller.put(inGuild, { body: [{ ...command, description: 'New' }] })) as object[];
  expect(again).toMatchObject([{ id: kept.id, description: 'New', guild_id: discord.guildId }]);

  const made = (await caller.post(globally, { body: command })) as { id: string };
  expect(discord.requests.at(-1)?.status).toBe(201);
  expect(await caller.post(globally, { body: command })).toMatchObject({ id: made.id });
  expect(discord.requests.at(-1)?.status).toBe(200);
  const one = Routes.applicationCommand(discord.applicationId, made.id);
  expect(await caller.patch(one, { body: { description: 'Other' } })).toMatchObject({
    name: 'health',
    description: 'Other',
  });
  expect(await caller.get(one)).toMatchObject({ description: 'Other', type: 1 });
  expect(discord.commands()).toMatchObject({ global: [{ id: made.id }], guild: [{ id: kept.id }] });
  await caller.delete(one);
  await expect(caller.get(one)).rejects.toMatchObject({ code: 10063, status: 404 });
});

const bad: readonly {
  readonly why: string;
  readonly body: object;
  readonly at: readonly string[];
  readonly code: string;
}[] = [
  { why: 'no name', body: { description: 'd' }, at: ['name'], code: 'BASE_TYPE_REQUIRED' },
  {
    why: 'a capital',
    body: { ...command, name: 'Health' },
    at: ['name'],
    code: 'APPLICATION_COMMAND_INVALID_NAME',
  },
  { why: 'a space', body: { ...command, name: 'he alth' }, at: ['name'], code: 'STRING_TYPE_REGEX' },
  {
    why: '33 characters',
    body: { ...command, name: 'x'.repeat(33) },
    at: ['name'],
    code: 'BASE_TYPE_BAD_LENGTH',
  },
  { why: 'no description', body: { name: 'health' }, at: ['description'], code: 'BASE_TYPE_REQUIRED' },
  {
    why: 'a long description',
    body: { ...command, description: 'x'.repeat(101) },
    at: ['description'],
    code: 'BASE_TYPE_BAD_LENGTH',
  },
  {
    why: '26 options',
    body: { ...command, options: many(26).map((one) => ({ ...one, type: 3 })) },
    at: ['options'],
    code: 'BASE_TYPE_MAX_LENGTH',
  },
  {
    why: 'a bad option name',
    body: { ...command, options: [{ ...option, name: 'No!' }] },
    at: ['options', '0', 'name'],
    code: 'STRING_TYPE_REGEX',
  },
  {
    why: 'a required option after an optional one',
    body: { ...command, options: [option, { ...option, name: 'two', required: true }] },
    at: ['options', '1'],
    code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
  },
  {
    why: 'an option type that does not exist',
    body: { ...command, options: [{ ...option, type: 12 }] },
    at: ['options', '0', 'type'],
    code: 'BASE_TYPE_CHOICES',
  },
  {
    why: '26 choices',
    body: {
      ...command,
      options: [
        { ...option, choices: many(26).map((_, value) => ({ name: `${value}`, value: `${value}` })) },
      ],
    },
    at: ['options', '0', 'choices'],
    code: 'BASE_TYPE_MAX_LENGTH',
  },
  {
    why: 'a sub-command within a sub-command',
    body: {
      ...command,
      options: [{ ...option, type: 1, options: [{ ...option, type: 1 }] }],
    },
    at: ['options', '0', 'options', '0', 'type'],
    code: 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
  },
];

test.for(bad)('a command with $why is refused with 50035', async ({ body, at, code }) => {
  await using discord = await startDiscord();
  const refused = await refusalOf(createCaller(discord), discord.applicationId, body);
  expect(refused).toMatchObject({ status: 400, code: 50035 });
  const errors = (refused.rawError as unknown as { errors: Record<string, unknown> }).errors;
  const place = at.reduce<unknown>((here, step) => (here as Record<string, unknown>)[step], errors);
  expect(place).toMatchObject({ _errors: [{ code }] });
});

test('at most 100 slash commands, no two of one name', async () => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const path = Routes.applicationCommands(discord.applicationId);
  await expect(caller.put(path, { body: many(101) })).rejects.toMatchObject({ code: 30032 });
  await expect(caller.put(path, { body: [command, command] })).rejects.toMatchObject({ code: 50035 });
  expect(discord.commands().global).toEqual([]);
  await caller.put(path, { body: many(100) });
  await expect(caller.post(path, { body: command })).rejects.toMatchObject({ code: 30032 });
});

test('commands of another application or guild are out of reach', async () => {
  await using discord = await startDiscord();
  const caller = createCaller(discord);
  const other = '100000000000000000';
  await expect(caller.get(Routes.applicationCommands(other))).rejects.toMatchObject({ code: 10002 });
  const elsewhere = Routes.applicationGuildCommands(discord.applicationId, other);
  await expect(caller.get(elsewhere)).rejects.toMatchObject({ code: 50001, status: 403 });
});

async function refusalOf(caller: REST, applicationId: string, body: object): Promise<DiscordAPIError> {
  const result: unknown = await caller
    .post(Routes.applicationCommands(applicationId), { body })
    .catch((error: unknown) => error);
  if (!(result instanceof DiscordAPIError)) throw new Error('The command was taken');
  return result;
}
