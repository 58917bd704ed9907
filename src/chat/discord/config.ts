import { z } from 'zod';

const apiUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash) {
    return url.href.replace(/\/+$/, '');
  }
  context.addIssue({ code: 'custom', message: 'must be a web address, like https://discord.com/api' });
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
  DISCORD_API_URL: apiUrl.default('https://discord.com/api'),
} as const;
