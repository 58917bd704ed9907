import { isIP } from 'node:net';

import { z } from 'zod';

import { discordVariables } from '#src/chat/discord/config.ts';
import { emailVariables } from '#src/chat/email/config.ts';
import { matrixVariables } from '#src/chat/matrix/config.ts';
import { telegramVariables } from '#src/chat/telegram/config.ts';
import { parseDuration } from '#src/domain/duration.ts';
import { wordsOf } from '#src/domain/errors.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { RedisPlace } from '#src/domain/redis.ts';

import { redisPlaceOf } from './redis-url.ts';
import { httpUrl, secret } from './value.ts';

/** What a process does: hears chat, works on queues, answers HTTP. */
export const PROCESS_ROLES = ['gateway', 'worker', 'web'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const port = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, {
    error: ({ input }) => `must be a port, 0 to 65535 (0 = any free one), not "${String(input)}"`,
  })
  .transform(Number);

const HOST_NAME = /^(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*$/;
const host = z.string().refine((text) => isIP(text) > 0 || (HOST_NAME.test(text) && !/^[\d.]+$/.test(text)), {
  error: ({ input }) =>
    `must be an address or a host name without a port, like 127.0.0.1, not "${String(input)}"`,
});

const roles = z.string().transform((text, context): ReadonlySet<ProcessRole> => {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0)
    context.addIssue({ code: 'custom', message: `must name at least one of ${PROCESS_ROLES.join(', ')}` });
  const isRole = (word: string): word is ProcessRole => PROCESS_ROLES.some((role) => role === word);
  for (const word of words.filter((word) => !isRole(word))) {
    const message = `there is no role "${word}"${didYouMean(word, PROCESS_ROLES)}; there are ${PROCESS_ROLES.join(', ')}`;
    context.addIssue({ code: 'custom', message });
  }
  return new Set(words.filter(isRole));
});

const span = z.string().transform((text, context): number => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: wordsOf(error) });
    return z.NEVER;
  }
});

const redisUrl = z.string().transform((url, context): RedisPlace => {
  try {
    return redisPlaceOf(url);
  } catch (error) {
    context.addIssue({ code: 'custom', message: wordsOf(error) });
    return z.NEVER;
  }
});

const coreShape = {
  REDIS_URL: redisUrl.optional(),
  DATA_DIR: z.string().default('./var'),
  FLEET_FILE: z.string().default('./fleet.yaml'),
  HTTP_HOST: host.default('127.0.0.1'),
  HTTP_PORT: port.default(8080),
  PUBLIC_URL: httpUrl.optional(),
  INGRESS_TOKEN: secret.optional(),
  API_TOKEN: secret.optional(),
  GITHUB_WEBHOOK_SECRET: z.string().optional(),
  GITHUB_TOKEN: secret.optional(),
  GITHUB_API_URL: httpUrl.default('https://api.github.com'),
  ROLES: roles.default(new Set(PROCESS_ROLES)),
  STALE_AFTER: span.default(6 * 3_600_000),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, {
      error: ({ input }) => `must be one of ${LOG_LEVELS.join(', ')}, not "${String(input)}"`,
    })
    .default('info'),
} as const;

/** Every variable there is, as text from outside → what it means. */
export const Environment = z.object({
  ...discordVariables,
  ...matrixVariables,
  ...emailVariables,
  ...telegramVariables,
  ...coreShape,
});
export type Environment = z.infer<typeof Environment>;
export type VariableName = keyof Environment;

export const VARIABLES = Object.keys(Environment.shape) as readonly VariableName[];
/** They carry what a chat cannot: without one, they do nothing. */
export const BESIDE_A_CHAT: readonly VariableName[] = ['SMTP_URL', 'TELEGRAM_TOKEN'];

/** What only makes sense together: the names that are missing once one of them is set. */
export const TOGETHER: readonly (readonly VariableName[])[] = [
  ['MATRIX_HOMESERVER_URL', 'MATRIX_ACCESS_TOKEN'],
  ['SMTP_URL', 'MAIL_FROM'],
];

/** Variables whose values must not be seen in any log. */
export const SECRETS: readonly VariableName[] = [
  'DISCORD_TOKEN',
  'MATRIX_ACCESS_TOKEN',
  'TELEGRAM_TOKEN',
  'SMTP_URL',
  'INGRESS_TOKEN',
  'API_TOKEN',
  'GITHUB_WEBHOOK_SECRET',
  'GITHUB_TOKEN',
];
