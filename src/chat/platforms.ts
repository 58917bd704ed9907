import type { Logger } from 'pino';

import type { Console, ConsolePosts } from '#src/domain/console.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';

import { createConsole } from './console/platform.ts';
import { createDiscord, type DiscordOptions } from './discord/platform.ts';
import { createEmail, type EmailOptions } from './email/platform.ts';
import { createMatrix, type MatrixOptions } from './matrix/platform.ts';
import { createTelegram, type TelegramOptions } from './telegram/platform.ts';

/** What each platform is made from; one that is not given is not connected. */
export interface PlatformSettings {
  readonly discord?: DiscordOptions | undefined;
  readonly matrix?: MatrixOptions | undefined;
  readonly email?: EmailOptions | undefined;
  readonly telegram?: TelegramOptions | undefined;
  readonly console?: { readonly posts: ConsolePosts; readonly rooms: () => readonly string[] } | undefined;
}

interface Entry {
  readonly id: keyof PlatformSettings;
  readonly name: string;
  /** Undefined when it is not configured. */
  create(settings: PlatformSettings, logger: Logger): (ChatPlatform & Partial<Console>) | undefined;
}

/** Every platform there is, in the order in which a recipient's media are tried: personal ones come after the chats. */
export const platforms: readonly Entry[] = [
  {
    id: 'discord',
    name: 'Discord',
    create: ({ discord }, logger) => discord && createDiscord(discord, logger),
  },
  { id: 'matrix', name: 'Matrix', create: ({ matrix }, logger) => matrix && createMatrix(matrix, logger) },
  { id: 'email', name: 'mail', create: ({ email }, logger) => email && createEmail(email, logger) },
  {
    id: 'telegram',
    name: 'Telegram',
    create: ({ telegram }, logger) => telegram && createTelegram(telegram, logger),
  },
  {
    id: 'console',
    name: 'the trial page',
    create: ({ console }, logger) => console && createConsole({ ...console, logger }),
  },
];
