import { REST } from 'discord.js';
import { describe, expect, test } from 'vitest';

import { createApi, restOptions } from '#src/chat/discord/api.ts';
import type { OutsideError } from '#src/domain/errors.ts';
import { choices } from '#src/domain/message.ts';

import { failureOf, memoryDirects, openWorld, say, standIn } from './open.ts';

const NOWHERE = { kind: 'room', id: '100000000000000001' } as const;
const POST_MESSAGE = { method: 'POST', route: /\/messages$/u };

describe('a message', () => {
  test('that arrived although the connection broke is not sent again under its key', async () => {
    const { discord, platform, room, titles } = await openWorld();
    discord.faults.add({ match: POST_MESSAGE, kind: 'drop-after', times: 1 });
    expect(await failureOf(platform.post(room, say('once'), 'key-1'))).toMatchObject({
      reason: 'unavailable',
      retryable: true,
    });
    const posted = await platform.post(room, say('once'), 'key-1');
    expect(titles()).toEqual(['once']);
    expect(posted).toEqual({ platform: 'discord', channel: room.id, id: discord.messages(room.id)[0]?.id });
  });

  test('is found by its key when the nonce is long forgotten, edits and other people aside', async () => {
    const { discord, platform, room, ada } = await openWorld({ windows: { nonceMs: -1 } });
    await discord.as(ada.id).say(room.id, 'key-1');
    const posted = await platform.post(room, say('first'), 'key-1');
    for (let at = 0; at < 101; at++) await discord.as(ada.id).say(room.id, `later ${at}`);
    const later = await platform.post(room, say('later'), 'key-3');
    expect(await platform.find?.(room, 'key-1')).toEqual(posted);
    expect(await platform.find?.(room, 'key-3')).toEqual(later);
    expect(await platform.find?.(room, 'key-2')).toBeUndefined();
    expect((await platform.post(room, say('again'), 'key-1')).id).not.toBe(posted.id);
  });

  test('a long key is made short, and still found', async () => {
    const { discord, platform, room } = await openWorld();
    const key = 'k'.repeat(60);
    const posted = await platform.post(room, say('x'), key);
    expect(await platform.post(room, say('x'), key)).toEqual(posted);
    expect(await platform.find?.(room, key)).toEqual(posted);
    expect(discord.messages(room.id)).toHaveLength(1);
  });

  test('loses its buttons and files when an edit has none', async () => {
    const { discord, platform, room } = await openWorld();
    const button = choices({ label: 'Ack', emoji: '👍', words: ['ack', 'a1'] });
    const image = { kind: 'image', name: 'a', alt: 'a', png: new Uint8Array([1, 2]) } as const;
    const posted = await platform.post(room, say('x', button, image), 'k');
    expect(discord.message(posted.id)).toMatchObject({
      components: [{}],
      attachments: [{ filename: '1-a.png' }],
    });
    await platform.edit(posted, say('y'));
    expect(discord.message(posted.id)).toMatchObject({ components: [], attachments: [], edits: [{}] });
  });

  test('to a channel there is not: not-found', async () => {
    const { platform } = await openWorld();
    expect(await failureOf(platform.post(NOWHERE, say('x'), 'k'))).toMatchObject({
      reason: 'not-found',
      retryable: false,
    });
  });

  test('where the bot may not write: forbidden', async () => {
    const { discord, platform } = await openWorld();
    const { id } = discord.channel({ name: 'locked', deny: 1n << 11n });
    expect(await failureOf(platform.post({ kind: 'room', id }, say('x'), 'k'))).toMatchObject({
      reason: 'forbidden',
    });
  });

  test.for([
    [
      { kind: 'status', status: 503 },
      { reason: 'unavailable', retryable: true },
    ],
    [
      { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' },
      { reason: 'unavailable', retryable: true },
    ],
    [
      { kind: 'status', status: 403, body: '<html>Blocked</html>' },
      { reason: 'unavailable', retryable: true },
    ],
    [{ kind: 'drop-before' }, { reason: 'unavailable', retryable: true }],
    [
      { kind: 'rate-limit', retryAfterMs: 1_700 },
      { reason: 'rate-limited', retryAfterMs: expect.closeTo(2_000, -3) as number },
    ],
    [
      { kind: 'rate-limit', retryAfterMs: 1_700, scope: 'global' },
      { reason: 'rate-limited', retryAfterMs: expect.closeTo(2_000, -3) as number },
    ],
  ] as const)('when Discord answers %j: %j, and nothing is tried again', async ([fault, failure]) => {
    const { discord, platform, room, titles } = await openWorld();
    const struck = discord.faults.add({ match: POST_MESSAGE, ...fault });
    expect(await failureOf(platform.post(room, say('x'), 'k'))).toMatchObject({
      system: 'discord',
      ...failure,
    });
    expect(struck.hits).toBe(1);
    expect(titles()).toEqual([]);
  });

  test('a call that is not answered ends in time', async () => {
    const discord = await standIn();
    const seen: unknown[] = [];
    const api = createApi(new REST(restOptions(discord.api)), discord.token, (failure) =>
      seen.push(failure?.reason),
    );
    discord.faults.add({ match: { route: /users\/@me$/u }, kind: 'hang', times: 1 });
    expect(await failureOf(api.get('/users/@me', undefined, 150))).toMatchObject({
      reason: 'timeout',
      retryable: true,
    });
    await api.get('/users/@me');
    expect(seen).toEqual(['timeout', undefined]);
  });
});

describe('a direct message', () => {
  test('to somebody who takes none: forbidden', async () => {
    const { discord, platform, direct, ada } = await openWorld();
    discord.closeDms(ada.id);
    expect(await failureOf(platform.post(direct, say('x'), 'k'))).toMatchObject({
      reason: 'forbidden',
      retryable: false,
    });
  });

  test('opens the channel once, also after a restart', async () => {
    const kept = new Map<string, string>();
    const { discord, platform, direct, ada } = await openWorld({}, { directs: memoryDirects(kept) });
    const all = await Promise.all([1, 2, 3].map((at) => platform.post(direct, say('x'), `k${at}`)));
    expect(kept.get(ada.id)).toBe(all[0]?.channel);
    const opens = () => discord.requests.filter(({ path }) => path.endsWith('/users/@me/channels')).length;
    expect(opens()).toBe(1);
    const { platform: second } = await openWorld({ state: discord.state }, { directs: memoryDirects(kept) });
    await second.post(direct, say('y'), 'k4');
    expect(opens()).toBe(1);
    expect(discord.directMessages(ada.id)).toHaveLength(4);
  });

  test('through a channel that is not there any more is sent through a new one', async () => {
    const { discord, ada, direct } = await openWorld();
    const stale = memoryDirects(new Map([[ada.id, NOWHERE.id]]));
    const { platform } = await openWorld({ state: discord.state }, { directs: stale });
    await platform.post(direct, say('x'), 'k');
    expect(discord.directMessages(ada.id)).toHaveLength(1);
    expect(await stale.get(ada.id)).toBe(discord.directMessages(ada.id)[0]?.channelId);
  });

  test('new channels are opened one after another; who waits is told when', async () => {
    const { discord, platform, ada } = await openWorld({}, { directPace: { burst: 1, everyMs: 60_000 } });
    const [bob, cid] = [discord.user({ name: 'bob' }), discord.user({ name: 'cid' })];
    const to = ({ id }: { readonly id: string }) =>
      platform.post({ kind: 'direct', handle: id }, say('x'), `k${id}`);
    await to(ada);
    const waits = [
      await failureOf(to(bob)),
      await failureOf(to(cid)),
      await failureOf(to(bob)),
    ] as OutsideError[];
    expect(waits.map(({ reason }) => reason)).toEqual(['rate-limited', 'rate-limited', 'rate-limited']);
    expect(waits.map(({ retryAfterMs = 0 }) => Math.ceil(retryAfterMs / 10_000))).toEqual([6, 12, 6]);
    expect(discord.directMessageOpens.count).toBe(1);
    await to(ada);
  });
});
