import { z } from 'zod';

/** The environment's variables for Telegram. */
export const telegramVariables = {
  TELEGRAM_TOKEN: z
    .string()
    .regex(/^\d{1,20}:[A-Za-z0-9_-]{5,}$/u, 'must be the token that @BotFather gave, like 123456:ABC-def')
    .optional(),
  TELEGRAM_API_URL: z
    .url({ protocol: /^https?$/u, error: 'must be a web address, like https://api.telegram.org' })
    .transform((url) => url.replace(/\/+$/u, ''))
    .default('https://api.telegram.org'),
};
