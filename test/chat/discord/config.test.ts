import { expect, test } from 'vitest';
import { z } from 'zod';

import { discordVariables } from '#src/chat/discord/config.ts';

const Variables = z.object(discordVariables);

test('nothing set: no token, and Discord’s own address', () => {
  expect(Variables.parse({})).toEqual({
    DISCORD_API_URL: 'https://discord.com/api',
    DISCORD_NEW_DMS: { burst: 10, everyMs: 30_000 },
  });
});

test.for([
  ['DISCORD_TOKEN', 'two words'],
  ['DISCORD_GUILD_ID', '123'],
  ['DISCORD_API_URL', 'ftp://discord.com'],
  ['DISCORD_API_URL', 'https://user:secret@discord.com/api'],
  ['DISCORD_STATUS_URL', 'status.example.org'],
] as const)('%s: a fault is told without the value', ([name, value]) => {
  const { error } = Variables.safeParse({ [name]: value });
  expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
  expect(error?.message).not.toContain(value);
});

test('the status page is read where one is named', () => {
  const DISCORD_STATUS_URL = 'https://discordstatus.com/api/v2/status.json';
  expect(Variables.parse({ DISCORD_STATUS_URL })).toMatchObject({ DISCORD_STATUS_URL });
});

test('a slash at the end of the address does not matter', () => {
  expect(Variables.parse({ DISCORD_API_URL: 'http://127.0.0.1:1/api/' }).DISCORD_API_URL).toBe(
    'http://127.0.0.1:1/api',
  );
});
