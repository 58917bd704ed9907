import { type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';

import { createDiscord, type DiscordOptions } from '#src/chat/discord/platform.ts';
import { type Block, type Message, text } from '#src/domain/message.ts';
import type { ChatPlatform, Listener } from '#src/domain/platform.ts';
import { createListenerProbe } from '#test/conformance/listener-probe.ts';
import { type Discord, startDiscord } from '#test/stand-ins/discord/discord.ts';

/** Direct channels kept in memory. */
export const memoryDirects = (channels = new Map<string, string>()) => ({
  get: async (handle: string) => channels.get(handle),
  set: async (handle: string, channel: string) => void channels.set(handle, channel),
});

export const silent: Logger = pino({ level: 'silent' });

export const say = (title: string, ...blocks: readonly Block[]): Message => ({
  tone: 'neutral',
  title,
  blocks: blocks.length > 0 ? blocks : [text('words')],
});

/** The platform, with the real discord.js behind it, connecting to a stand-in. Options come before the stand-in's. */
export async function openDiscord(
  discord: Discord,
  listener: Listener = createListenerProbe(),
  options: Partial<DiscordOptions> = {},
  logger = silent,
): Promise<ChatPlatform> {
  const { token, guildId, api: apiUrl } = discord;
  const platform = createDiscord({ token, guildId, apiUrl, directs: memoryDirects(), ...options }, logger);
  await platform.start(listener, new AbortController().signal);
  await platform.settled();
  return platform;
}

/** Of the test's own context, where tests run at the same time. */
export type Finished = (end: () => Promise<void>) => void;

/** A stand-in that ends with the test. */
export async function standIn(whenFinished: Finished = onTestFinished): Promise<Discord> {
  const discord = await startDiscord({ limits: false });
  whenFinished(async () => discord[Symbol.asyncDispose]());
  return discord;
}

/** A stand-in with a connected platform and somebody in the room; all end with the test. */
export async function openWorld(
  standIn: Parameters<typeof startDiscord>[0] = {},
  options: Partial<DiscordOptions> = {},
  whenFinished: Finished = onTestFinished,
) {
  const discord = await startDiscord({ limits: false, ...standIn });
  const listener = createListenerProbe();
  const platform = await openDiscord(discord, listener, options);
  whenFinished(async () => {
    await platform[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });
  const room = { kind: 'room', id: discord.channelId } as const;
  const ada = discord.user({ name: 'ada' });
  return {
    discord,
    listener,
    platform,
    room,
    ada,
    direct: { kind: 'direct', handle: ada.id } as const,
    /** Titles of what stands in the room. */
    titles: () => discord.messages(discord.channelId).map(({ embeds }) => embeds[0]?.title),
    /** Resolves once the commands can be used. */
    registered: () => discord.until(() => discord.commands().global.length > 0),
  };
}

/** How a promise failed; undefined when it did not. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
