import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import type { DiscordOptions } from '#src/chat/discord/platform.ts';
import type { Listener } from '#src/domain/platform.ts';
import { createListenerProbe } from '#test/conformance/listener-probe.ts';
import type { Discord } from '#test/stand-ins/discord/discord.ts';

import { openDiscord, standIn } from './open.ts';

/** Starts, waits until the commands are in line, and ends; returns the paths that were written to. */
async function writtenBy(
  discord: Discord,
  listener: Listener = createListenerProbe(),
  options: Partial<DiscordOptions> = {},
): Promise<readonly string[]> {
  const registered = Promise.withResolvers<void>();
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => line.includes('commands are registered') && registered.resolve() },
  );
  const before = discord.requests.length;
  const platform = await openDiscord(discord, listener, options, logger);
  await registered.promise;
  await platform[Symbol.asyncDispose]();
  return discord.requests
    .slice(before)
    .filter(({ method, path }) => method !== 'GET' && path.includes('/commands'))
    .map(({ method, path }) => `${method} ${path.includes('/guilds/') ? 'guild' : 'global'}`);
}

test('the first start registers in the guild and for direct messages, the second writes nothing', async () => {
  const discord = await standIn();
  expect(await writtenBy(discord)).toEqual(['PUT guild', 'PUT global']);
  const { guild, global } = discord.commands();
  expect(guild.map(({ name }) => name)).toEqual(['health', 'ack', 'link', 'silence']);
  expect(global.map(({ name }) => name)).toEqual(['health', 'ack', 'link', 'silence']);
  expect(global.map(({ contexts }) => contexts)).toEqual([[1], [1], [1], [1]]);
  expect(await writtenBy(discord)).toEqual([]);
  expect(discord.commands()).toEqual({ guild, global });
});

test('a change is written once; commands that stay keep their ids, those that went are gone', async () => {
  const discord = await standIn();
  await writtenBy(discord);
  const before = discord.commands().guild;
  const probe = createListenerProbe();
  const menu = probe.menu
    .filter(({ name }) => name !== 'link')
    .map((one) => (one.name === 'ack' ? { ...one, summary: 'New' } : one));
  expect(await writtenBy(discord, { ...probe, menu })).toEqual(['PUT guild', 'PUT global']);
  const after = discord.commands().guild;
  expect(after.map(({ name, description }) => `${name}: ${description}`)).toEqual([
    'health: Tries health',
    'ack: New',
    'silence: Tries silence',
  ]);
  expect(after.map(({ id }) => id)).toEqual(before.filter(({ name }) => name !== 'link').map(({ id }) => id));
  expect(await writtenBy(discord, { ...probe, menu })).toEqual([]);
});

test('without a guild they are global, in guilds and direct messages', async () => {
  const discord = await standIn();
  const everywhere = { guildId: undefined };
  expect(await writtenBy(discord, undefined, everywhere)).toEqual(['PUT global']);
  expect(discord.commands().guild).toEqual([]);
  expect(discord.commands().global[0]?.contexts).toEqual([0, 1]);
  expect(await writtenBy(discord, undefined, everywhere)).toEqual([]);
});

test('a guild where the bot is not: told in the log, and the platform works', async () => {
  const discord = await standIn();
  const told = Promise.withResolvers<string>();
  const logger = pino({ level: 'error' }, { write: (line: string) => told.resolve(line) });
  const platform = await openDiscord(discord, undefined, { guildId: '100000000000000001' }, logger);
  onTestFinished(() => platform[Symbol.asyncDispose]());
  expect(await told.promise).toMatch(/commands not registered.*applications\.commands/u);
  expect(platform.condition()).toEqual({ up: true });
});
