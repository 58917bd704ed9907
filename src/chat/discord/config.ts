import { z } from 'zod';

import type { TurnPace } from '#src/domain/pace.ts';

const webAddress = (example: string) =>
  z.string().transform((text, context) => {
    const url = URL.parse(text);
    if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash) {
      return url.href.replace(/\/+$/, '');
    }
    context.addIssue({ code: 'custom', message: `must be a web address, like ${example}` });
    return z.NEVER;
  });

const BUDGET = 'must be like 10 + 1 per 30s: so many new direct messages at once, then one in that time';
const budget = z.string().transform((text, context): TurnPace => {
  const [, burst = '', seconds = ''] = /^(\d{1,4}) ?\+ ?1 per (\d{1,5}(?:\.\d{1,3})?)s$/.exec(text) ?? [];
  const pace = { burst: Number(burst), everyMs: Number(seconds) * 1_000 };
  if (pace.burst >= 1 && pace.everyMs > 0) return pace;
  context.addIssue({ code: 'custom', message: BUDGET });
  return z.NEVER;
});

/** The variables of Discord. Without a token the platform is absent; without a guild, commands are global. */
export const discordVariables = {
  DISCORD_TOKEN: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/,
      'must be one word of plain ASCII characters, as copied from the application’s page',
    )
    .optional(),
  DISCORD_GUILD_ID: z
    .string()
    .regex(/^\d{17,20}$/, 'must be an id of 17 to 20 digits')
    .optional(),
  DISCORD_API_URL: webAddress('https://discord.com/api').default('https://discord.com/api'),
  DISCORD_STATUS_URL: webAddress('https://discordstatus.com/api/v2/status.json').optional(),
  DISCORD_NEW_DMS: budget.default({ burst: 10, everyMs: 30_000 }),
} as const;
