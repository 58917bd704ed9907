import { type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';

import { createTelegram, type TelegramOptions } from '#src/chat/telegram/platform.ts';
import { type Block, type Message, text } from '#src/domain/message.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';
import { startTelegram, type Telegram } from '#test/stand-ins/telegram/telegram.ts';

export const silent: Logger = pino({ level: 'silent' });

export const alice = { kind: 'direct', handle: '7' } as const;

export const say = (title: string, ...blocks: readonly Block[]): Message => ({
  tone: 'neutral',
  title,
  blocks: blocks.length > 0 ? blocks : [text('words')],
});

const HASTY = { answerMs: 500, everyMs: 0, lookAgainMs: 50 };

/** A pace in memory. */
function memoryPace(): TelegramOptions['pace'] {
  const next = new Map<string, number>();
  return {
    async reserve(limits, patienceMs) {
      const now = Date.now();
      const waitMs = Math.max(0, ...limits.map(({ name }) => (next.get(name) ?? 0) - now));
      if (waitMs > patienceMs) return { granted: false, waitMs };
      for (const { name, perMs } of limits) next.set(name, now + waitMs + perMs);
      return { granted: true, waitMs };
    },
    hold: async (name, forMs) => void next.set(name, Date.now() + forMs),
  };
}

/** The platform, with the real grammY behind it, started; the first look has ended. */
export async function openTelegram(
  { token, api: apiUrl }: Pick<Telegram, 'token' | 'api'>,
  options: Partial<TelegramOptions> = {},
  logger = silent,
): Promise<ChatPlatform> {
  const platform = createTelegram({ token, apiUrl, pace: memoryPace(), patience: HASTY, ...options }, logger);
  await platform.start(undefined, new AbortController().signal);
  await platform.settled();
  return platform;
}

/** Both end with the test; alice has written to the bot. */
export async function openWorld(
  standIn: Parameters<typeof startTelegram>[0] = {},
  options: Partial<TelegramOptions> = {},
): Promise<{ telegram: Telegram; platform: ChatPlatform }> {
  const telegram = await startTelegram(standIn);
  telegram.person(alice.handle);
  const platform = await openTelegram(telegram, options);
  onTestFinished(async () => {
    await platform[Symbol.asyncDispose]();
    await telegram[Symbol.asyncDispose]();
  });
  return { telegram, platform };
}
