import { describe, expect, test } from 'vitest';

import { choices, text } from '#src/domain/message.ts';
import type { Heard } from '#src/domain/platform.ts';

import { openWorld, say } from './open.ts';
import { shownMessage } from './shown.ts';

const CALLBACK = { route: /\/interactions\/.*\/callback$/u };
const ANSWER = { route: /\/webhooks\// };
const any = (): boolean => true;

describe('a slash command', () => {
  test('is heard with who, where and what', async () => {
    const { discord, listener, ada, room, registered } = await openWorld();
    await registered();
    const told = listener.expect(any);
    const asked = await discord.as(ada.id).slash('/health', { node: 'KMD' });
    expect(await told).toMatchObject({
      id: asked.id,
      platform: 'discord',
      handle: ada.id,
      name: 'ada',
      direct: false,
      room: room.id,
      said: { command: 'health', args: { node: 'KMD' } },
    });
    expect(await asked.answered()).toMatchObject({ kind: 'defer', ephemeral: false });
  });

  test('a subcommand is an action; a direct message has no room, and tells the channel', async () => {
    const kept = new Map<string, string>();
    const directs = {
      get: async (handle: string) => kept.get(handle),
      set: async (handle: string, id: string) => void kept.set(handle, id),
    };
    const { discord, listener, platform, ada, direct, registered } = await openWorld({}, { directs });
    await registered();
    const told = listener.expect(any, [say('list')]);
    const asked = await discord.as(ada.id).slash('/silence list', {}, { dm: true });
    const heard = await told;
    expect(heard).toMatchObject({ direct: true, said: { command: 'silence', action: 'list', args: {} } });
    expect(heard.room).toBeUndefined();
    await asked.replied();
    const { channel } = await platform.post(direct, say('x'), 'k');
    expect(channel).toBe(asked.channelId);
    expect(kept.get(ada.id)).toBe(channel);
    expect(discord.directMessageOpens.count).toBe(0);
  });

  test('is answered in place of “thinking…”, then followed up', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    const told = listener.expect(any, [say('first'), say('second'), say('third')]);
    const asked = await discord.as(ada.id).slash('/health');
    await told;
    expect(shownMessage(await asked.replied())).toBe('first\nwords');
    expect((await asked.followedUp(2)).map(shownMessage)).toEqual(['second\nwords', 'third\nwords']);
    expect(discord.messages(discord.channelId).every(({ ephemeral }) => !ephemeral)).toBe(true);
  });

  const FOLLOW_UP = { method: 'POST', route: /\/webhooks\/\d+\/[^/]+$/u };
  const three = [say('first'), say('second'), say('third')];

  test.for([
    ['drop-after', ['second', 'third']],
    ['hang', ['third']],
    ['drop-before', ['third']],
    ['status', ['third']],
    ['rate-limit', ['second', 'third']],
  ] as const)(
    'a follow-up of which no answer came is never said twice: %s',
    async ([kind, shown], { onTestFinished }) => {
      const { discord, platform, listener, ada, registered } = await openWorld({}, {}, onTestFinished);
      await registered();
      const fault = { status: 503, retryAfterMs: 300, times: 1 };
      const struck = discord.faults.add({ match: FOLLOW_UP, ...fault, kind });
      const told = listener.expect(any, three);
      const asked = await discord.as(ada.id).slash('/health');
      await told;
      await struck.hit();
      await discord.until(
        () => asked.followUps.some((message) => shownMessage(message).startsWith('third')),
        12_000,
      );
      expect(asked.followUps.map((message) => shownMessage(message).split('\n')[0])).toEqual(shown);
      expect(platform.condition()).toEqual({ up: true });
    },
  );

  test('the first answer is an edit: it is said again until it arrived, and stands once', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    const match = { method: 'PATCH', route: /\/messages\/@original$/u };
    discord.faults.add({ match, kind: 'drop-after', times: 1 });
    const again = discord.faults.add({ match, kind: 'status', status: 503, times: 2 });
    const told = listener.expect(any, [say('first')]);
    const asked = await discord.as(ada.id).slash('/health');
    await told;
    await again.hit(2);
    await discord.until(() => discord.requests.filter(({ path }) => path.endsWith('@original')).length === 4);
    expect(shownMessage(await asked.replied())).toBe('first\nwords');
    expect(asked.followUps).toEqual([]);
  });

  test('a private one is answered for the asker only', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    const told = listener.expect(any, [say('secret'), say('more')]);
    const asked = await discord.as(ada.id).slash('/link');
    await told;
    expect(await asked.replied()).toMatchObject({ ephemeral: true, seenBy: ada.id });
    expect(await asked.followedUp()).toMatchObject([{ ephemeral: true }]);
    expect(discord.messages(discord.channelId)).toEqual([]);
  });

  test('suggestions while it is typed', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    listener.complete = async (suggest, typed, handle) => [
      `${suggest} ${typed} ${handle}`,
      'x'.repeat(101),
      '',
      ...Array.from({ length: 40 }, (_, at) => `n${at}`),
    ];
    await registered();
    const typing = await discord.as(ada.id).autocomplete('/health', 'node', 'KM');
    const { choices } = await typing.answered();
    expect(choices).toHaveLength(25);
    expect(choices?.slice(0, 2)).toEqual([
      { name: `node KM ${ada.id}`, value: `node KM ${ada.id}` },
      { name: 'n0', value: 'n0' },
    ]);
    expect(listener.heard).toEqual([]);
  });

  test('no suggestions where they fail', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    listener.complete = () => Promise.reject(new Error('no Redis'));
    await registered();
    const typing = await discord.as(ada.id).autocomplete('/health', 'node', 'KM');
    expect((await typing.answered()).choices).toEqual([]);
  });
});

describe('a button', () => {
  const withButton = say('alert', choices({ label: 'Ack', emoji: '👍', words: ['ack', 'a 1'] }));

  test('says its words, for whoever presses it, and is answered to them alone', async () => {
    const { discord, listener, platform, room, ada } = await openWorld();
    const posted = await platform.post(room, withButton, 'k');
    const told = listener.expect(any, [say('noted')]);
    const pressed = await discord.as(ada.id).press(posted.id, '👍 Ack');
    expect(await told).toMatchObject({ id: pressed.id, handle: ada.id, said: { line: 'ack "a 1"' } });
    expect(await pressed.answered()).toMatchObject({ kind: 'defer', ephemeral: true });
    expect(shownMessage(await pressed.replied())).toBe('noted\nwords');
    expect(discord.message(posted.id)?.edits).toEqual([]);
  });

  test('in another server is refused politely, and not heard', async () => {
    const { discord, listener, platform, room, ada } = await openWorld({}, { guildId: '123456789012345678' });
    const posted = await platform.post(room, withButton, 'k');
    const pressed = await discord.as(ada.id).press(posted.id, '👍 Ack');
    expect(await pressed.answered()).toMatchObject({ kind: 'message', ephemeral: true });
    expect(pressed.original?.content).toContain('another server');
    expect(listener.heard).toEqual([]);
  });
});

describe('the first response', () => {
  test('comes within a second, 99 times of 100, while every command keeps the process busy', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    listener.hear = async (heard: Heard) => {
      for (const until = performance.now() + 15; performance.now() < until;);
      await heard.answer(say('done', text('x'.repeat(3_000))));
    };
    const asked = [];
    for (let round = 0; round < 10; round++) {
      const ten = await Promise.all(
        Array.from({ length: 10 }, () => discord.as(ada.id).slash('/health', { node: 'KMD' })),
      );
      await Promise.all(ten.map((one) => one.replied()));
      asked.push(...ten);
    }
    const times = asked
      .map(({ response }) => response?.afterMs ?? Infinity)
      .toSorted((one, other) => one - other);
    expect(times).toHaveLength(100);
    expect(times[98]).toBeLessThan(1_000);
  });

  test('comes before anything is heard', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    const asked: { readonly response: unknown }[] = [];
    const responseWhenHeard = Promise.withResolvers<unknown>();
    listener.hear = async () => responseWhenHeard.resolve(asked[0]?.response);
    const fault = discord.faults.add({ match: CALLBACK, kind: 'slow', delayMs: 200, times: 1 });
    asked.push(await discord.as(ada.id).slash('/health'));
    await fault.hit();
    expect(await responseWhenHeard.promise).toMatchObject({ kind: 'defer' });
  });

  test('that arrived although the connection broke counts: heard once, answered once', async () => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    discord.faults.add({ match: CALLBACK, kind: 'drop-after', times: 1 });
    const told = listener.expect(any, [say('answer')]);
    const asked = await discord.as(ada.id).slash('/health');
    await told;
    expect(shownMessage(await asked.replied())).toContain('answer');
    expect(listener.heard).toHaveLength(1);
  });

  test.for([
    ['too late', { status: 404, code: 10062 }],
    ['given by another process', { status: 400, code: 40060 }],
  ] as const)('%s: nothing is carried out', async ([, refusal]) => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    const fault = discord.faults.add({ match: CALLBACK, kind: 'status', ...refusal, times: 1 });
    await discord.as(ada.id).slash('/ack', { alert: 'a1' });
    await fault.hit();
    const told = listener.expect(any);
    const next = await discord.as(ada.id).slash('/health');
    expect((await told).id).toBe(next.id);
    expect(listener.heard).toHaveLength(1);
  });
});

describe('an answer', () => {
  test.for([
    ['the interaction has expired', { status: 404, code: 10015 }],
    ['the token is invalid', { status: 401, code: 50027 }],
    ['Discord does not like it', { status: 400, code: 50035 }],
  ] as const)('when %s: nobody is troubled, and the platform stays up', async ([, refusal]) => {
    const { discord, listener, platform, ada, registered } = await openWorld();
    await registered();
    const fault = discord.faults.add({ match: ANSWER, kind: 'status', ...refusal });
    const told = listener.expect(any, [say('first'), say('second')]);
    await discord.as(ada.id).slash('/health');
    await told;
    expect(fault.hits).toBe(2);
    expect(platform.condition()).toEqual({ up: true });
  });

  test.for([
    [{ kind: 'status', status: 503 }],
    [{ kind: 'rate-limit', retryAfterMs: 300 }],
    [{ kind: 'drop-before' }],
  ] as const)('arrives although Discord first answers %j', async ([fault]) => {
    const { discord, listener, ada, registered } = await openWorld();
    await registered();
    discord.faults.add({ match: ANSWER, ...fault, times: 1 });
    const told = listener.expect(any, [say('answer')]);
    const asked = await discord.as(ada.id).slash('/health');
    await told;
    expect(shownMessage(await asked.replied())).toContain('answer');
  });
});
