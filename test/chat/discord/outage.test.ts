import { setTimeout as delay } from 'node:timers/promises';

import { describe, test } from 'vitest';

import { createDiscord } from '#src/chat/discord/platform.ts';
import type { OutsideError } from '#src/domain/errors.ts';
import type { Condition } from '#src/domain/platform.ts';
import { createListenerProbe } from '#test/conformance/listener-probe.ts';

import { failureOf, memoryDirects, openDiscord, openWorld, say, silent, standIn } from './open.ts';

const whyOf = (condition: Condition): string => (condition.up ? '' : condition.why);

describe.concurrent('an outage', () => {
  test('is noticed within 5 s, and its end; nothing is lost or doubled', async ({
    expect,
    onTestFinished,
  }) => {
    const { discord, platform, room, titles, listener, ada, registered } = await openWorld(
      {},
      {},
      onTestFinished,
    );
    await registered();
    discord.faults.add({ match: { method: 'POST', route: /\/messages$/u }, kind: 'drop-after', times: 1 });
    await failureOf(platform.post(room, say('half'), 'k1'));
    await discord.refuse();
    const refused = (await failureOf(platform.post(room, say('none'), 'k2'))) as OutsideError;
    expect(refused).toMatchObject({ system: 'discord', reason: 'unavailable', retryable: true });
    await expect.poll(() => platform.condition().up, { timeout: 5_000 }).toBe(false);

    await discord.restore();
    await expect.poll(() => platform.condition(), { timeout: 10_000 }).toEqual({ up: true });
    await platform.post(room, say('half'), 'k1');
    await platform.post(room, say('none'), 'k2');
    expect(titles()).toEqual(['half', 'none']);

    await discord.gateway.ready();
    const told = listener.expect(() => true);
    const asked = await discord.as(ada.id).slash('/health');
    expect((await told).id).toBe(asked.id);
    expect(listener.heard).toHaveLength(1);
  });

  test('of the gateway alone is noticed; what is posted arrives meanwhile', async ({
    expect,
    onTestFinished,
  }) => {
    const { discord, platform, room, titles } = await openWorld({}, {}, onTestFinished);
    discord.gateway.forget();
    discord.gateway.refuseIdentify(4000);
    discord.gateway.drop();
    await expect.poll(() => platform.condition().up, { timeout: 5_000 }).toBe(false);
    expect(whyOf(platform.condition())).toContain('gateway');
    await platform.post(room, say('still'), 'k');
    expect(titles()).toEqual(['still']);
    discord.gateway.refuseIdentify(undefined);
    await expect.poll(() => platform.condition(), { timeout: 10_000 }).toEqual({ up: true });
  });

  test('of calls alone is noticed after one failure, and its end without another message', async ({
    expect,
    onTestFinished,
  }) => {
    const { discord, platform, room } = await openWorld({}, {}, onTestFinished);
    const outage = discord.faults.add({ kind: 'status', status: 503 });
    await failureOf(platform.post(room, say('x'), 'k'));
    await expect.poll(() => platform.condition().up, { timeout: 5_000 }).toBe(false);
    outage.remove();
    await expect.poll(() => platform.condition(), { timeout: 10_000 }).toEqual({ up: true });
  });

  test('without any traffic is noticed: a closed gateway within 5 s', async ({ expect, onTestFinished }) => {
    const { discord, platform } = await openWorld({}, {}, onTestFinished);
    await discord.refuse();
    await expect.poll(() => platform.condition().up, { timeout: 5_000, interval: 50 }).toBe(false);
    await discord.restore();
    await expect.poll(() => platform.condition(), { timeout: 10_000 }).toEqual({ up: true });
  });

  test.for([
    ['that fail', { kind: 'status', status: 503 }],
    ['that never end', { kind: 'hang' }],
  ] as const)(
    'of calls alone, %s, is noticed behind a live gateway by a look when nothing is sent',
    async ([, fault], { expect, onTestFinished }) => {
      const { discord, platform, registered } = await openWorld({}, { idleMs: 300 }, onTestFinished);
      await registered();
      const outage = discord.faults.add(fault);
      // The look, a second, and the second look; each look may take 3 s.
      await expect.poll(() => platform.condition().up, { timeout: 8_500, interval: 50 }).toBe(false);
      expect(discord.gateway.sessions.filter(({ connected }) => connected)).toHaveLength(1);
      expect(
        discord.requests.filter(({ fault: struck }) => struck).every(({ method }) => method === 'GET'),
      ).toBe(true);
      outage.remove();
      outage.release();
      await expect.poll(() => platform.condition(), { timeout: 10_000 }).toEqual({ up: true });
    },
  );

  test('is none when one look fails or is slow', async ({ expect, onTestFinished }) => {
    const { discord, platform } = await openWorld({}, { idleMs: 300 }, onTestFinished);
    const match = { method: 'GET', route: /\/users\/@me$/u };
    for (const fault of [{ kind: 'status', status: 500 }, { kind: 'drop-before' }] as const) {
      const struck = discord.faults.add({ match, times: 1, ...fault });
      await struck.hit();
      const looks = () => discord.requests.filter(({ path }) => path.endsWith('/users/@me')).length;
      const before = looks();
      await discord.until(() => looks() > before + 1);
      expect(platform.condition()).toEqual({ up: true });
    }
  });

  test('is looked for while nothing is sent, and rarely', async ({ expect, onTestFinished }) => {
    const { discord, platform, room } = await openWorld({}, { idleMs: 400 }, onTestFinished);
    const looks = () => discord.requests.filter(({ path }) => path.endsWith('/users/@me'));
    await discord.until(() => looks().length >= 4);
    const gaps = looks().map(({ at }, index, all) => at.getTime() - (all[index - 1]?.at.getTime() ?? 0));
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(310);
    // Each message is a look.
    await platform.post(room, say('x'), 'k');
    const before = looks().length;
    for (let posts = 0; posts < 8; posts++) {
      await platform.post(room, say('x'), `k${posts}`);
      await delay(100);
    }
    expect(looks().length).toBe(before);
  });

  test('one failed call is none', async ({ expect, onTestFinished }) => {
    const { discord, platform, room } = await openWorld({}, {}, onTestFinished);
    discord.faults.add({ match: { method: 'POST' }, kind: 'status', status: 500, times: 1 });
    await failureOf(platform.post(room, say('x'), 'k'));
    await discord.until(() => discord.requests.some(({ path }) => path.endsWith('/users/@me')));
    expect(platform.condition()).toEqual({ up: true });
  });
});

describe.concurrent('the end', () => {
  test('comes within 2 s in the middle of an outage', async ({ expect, onTestFinished }) => {
    const discord = await standIn(onTestFinished);
    const platform = await openDiscord(discord);
    await discord.refuse();
    await expect.poll(() => platform.condition().up, { timeout: 5_000 }).toBe(false);
    const began = performance.now();
    await platform[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('comes within 2 s although an answer is under way', async ({ expect, onTestFinished }) => {
    const { discord, platform, listener, ada, registered } = await openWorld({}, {}, onTestFinished);
    await registered();
    discord.faults.add({ match: { route: /\/webhooks\// }, kind: 'hang' });
    const told = Promise.withResolvers<void>();
    listener.hear = async (heard) => {
      told.resolve();
      await heard.answer(say('x'));
    };
    await discord.as(ada.id).slash('/health');
    await told.promise;
    const began = performance.now();
    await platform[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('before anything began is no trouble', async ({ expect, onTestFinished }) => {
    const discord = await standIn(onTestFinished);
    const platform = createDiscord(
      { token: discord.token, apiUrl: discord.api, directs: memoryDirects() },
      silent,
    );
    expect(platform.condition().up).toBe(false);
    await platform[Symbol.asyncDispose]();
    const stopped = new AbortController();
    stopped.abort();
    await platform.start(createListenerProbe(), stopped.signal);
    expect((await platform.settled()).up).toBe(false);
  });
});
