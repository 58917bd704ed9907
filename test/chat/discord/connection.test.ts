import { describe, test } from 'vitest';

import type { Condition } from '#src/domain/platform.ts';
import type { Discord } from '#test/stand-ins/discord/discord.ts';

import { type Finished, failureOf, openDiscord, openWorld, say, standIn } from './open.ts';

async function openPlatform(whenFinished: Finished, ...opening: Parameters<typeof openDiscord>) {
  const platform = await openDiscord(...opening);
  whenFinished(async () => platform[Symbol.asyncDispose]());
  return platform;
}

const whyOf = (condition: Condition): string => (condition.up ? '' : condition.why);
const connected = (discord: Discord): number =>
  discord.gateway.sessions.filter((session) => session.connected).length;

describe.concurrent('a start', () => {
  test('asks for no privileged intent', async ({ expect, onTestFinished }) => {
    const { discord } = await openWorld({}, {}, onTestFinished);
    expect(discord.gateway.sessions.map(({ intents }) => intents)).toEqual([1]);
  });

  test('does not wait for a guild that never arrives', async ({ expect, onTestFinished }) => {
    const began = performance.now();
    const { platform } = await openWorld({ guildArrives: false }, {}, onTestFinished);
    expect(platform.condition()).toEqual({ up: true });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('with a wrong token says so and asks no more for a while', async ({ expect, onTestFinished }) => {
    const discord = await standIn(onTestFinished);
    const platform = await openPlatform(onTestFinished, discord, undefined, { token: 'MTIz.wrong.token' });
    expect(await platform.settled()).toMatchObject({
      up: false,
      why: expect.stringContaining('DISCORD_TOKEN') as string,
    });
    expect(discord.limits.invalid).toBe(1);
    expect(
      await failureOf(platform.post({ kind: 'room', id: discord.channelId }, say('x'), 'k')),
    ).toMatchObject({
      reason: 'unauthorized',
    });
  });

  test.for([
    [4004, 'DISCORD_TOKEN'],
    [4014, 'Privileged Gateway Intents'],
    [4013, '4013'],
  ] as const)(
    'that the gateway refuses with %s says what to do',
    async ([code, words], { expect, onTestFinished }) => {
      const discord = await standIn(onTestFinished);
      discord.gateway.refuseIdentify(code);
      const platform = await openPlatform(onTestFinished, discord);
      const condition = await platform.settled();
      expect(condition.up).toBe(false);
      expect(whyOf(condition)).toMatch(new RegExp(words, 'u'));
    },
  );

  test('during an outage returns at once, and connects when it is over', async ({
    expect,
    onTestFinished,
  }) => {
    const discord = await standIn(onTestFinished);
    await discord.refuse();
    const platform = await openPlatform(onTestFinished, discord);
    expect(await platform.settled()).toMatchObject({
      up: false,
      why: expect.stringContaining('ECONNREFUSED') as string,
    });
    await discord.restore();
    await expect.poll(() => platform.condition(), { timeout: 10_000 }).toEqual({ up: true });
  });

  test('ends when its signal does; the connection is closed', async ({ expect, onTestFinished }) => {
    const { discord, platform } = await openWorld({}, {}, onTestFinished);
    const other = await openDiscord(discord);
    expect(connected(discord)).toBe(2);
    await other[Symbol.asyncDispose]();
    await discord.until(() => connected(discord) === 1);
    expect(platform.condition()).toEqual({ up: true });
  });
});

describe.concurrent('a connection that is cut', () => {
  test.for([
    ['without a word', (discord: Discord) => discord.gateway.drop()],
    ['to be resumed', (discord: Discord) => discord.gateway.reconnect()],
  ] as const)('%s comes back, and is never called down', async ([, cut], { expect, onTestFinished }) => {
    const { discord, platform, listener, ada, registered } = await openWorld({}, {}, onTestFinished);
    await registered();
    cut(discord);
    await discord.until(() => connected(discord) === 0);
    expect(platform.condition()).toEqual({ up: true });
    await discord.gateway.ready();
    const told = listener.expect(() => true);
    await discord.as(ada.id).slash('/health');
    await told;
    expect(platform.condition()).toEqual({ up: true });
  });

  test('with a session that cannot be resumed begins another', async ({ expect, onTestFinished }) => {
    const { discord, platform } = await openWorld({}, {}, onTestFinished);
    discord.gateway.invalidate({ resumable: false });
    await discord.until(() => connected(discord) === 0);
    // discord.js leaves 5 s between two sessions.
    await discord.gateway.ready(1, 10_000);
    await expect.poll(() => platform.condition()).toEqual({ up: true });
  });

  test('because the token was taken away is down at once, and says so', async ({
    expect,
    onTestFinished,
  }) => {
    const { discord, platform } = await openWorld({}, {}, onTestFinished);
    discord.gateway.close(4004);
    await expect.poll(() => whyOf(platform.condition()), { timeout: 3_000 }).toContain('DISCORD_TOKEN');
  });
});
