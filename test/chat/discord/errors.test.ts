import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import { describe, expect, test } from 'vitest';

import { discordError, gatewayError, surelyNotDone } from '#src/chat/discord/errors.ts';
import { OutsideError } from '#src/domain/errors.ts';

const SECRET = 'https://discord.com/api/v10/interactions/1/aW50ZXJhY3Rpb24tdG9rZW4/callback';
const api = (status: number, code: number | undefined, message = 'No') =>
  new DiscordAPIError({ code, message } as never, code as number, status, 'POST', SECRET, {
    files: undefined,
    body: { content: 'private' },
  });
const limited = (times: { timeToReset: number; retryAfter: number; sublimitTimeout: number }) =>
  new RateLimitError({
    ...times,
    global: false,
    method: 'POST',
    url: SECRET,
    route: '/x',
    majorParameter: '1',
    hash: 'h',
    limit: 5,
    scope: 'user',
  });
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('each status and code has its meaning', () => {
  test.for([
    [api(400, 50035, 'Invalid Form Body\nembeds[0]: too long'), 'rejected', false],
    [api(400, 50006), 'rejected', false],
    [api(404, 10004), 'not-found', false],
    [api(404, 10015), 'not-found', false],
    [api(403, 20029), 'rate-limited', true],
    [api(400, 40060), 'rejected', false],
    [api(401, 0), 'unauthorized', false],
    [api(401, 50027), 'not-found', false],
    [api(403, 50001), 'forbidden', false],
    [api(403, 50007), 'forbidden', false],
    [api(403, 50013), 'forbidden', false],
    [api(403, 50278), 'forbidden', false],
    [api(403, 20026), 'forbidden', false],
    [api(403, 99999), 'forbidden', false],
    [api(403, 40003), 'rate-limited', true],
    [api(403, 20016), 'rate-limited', true],
    [api(403, 20028), 'rate-limited', true],
    [api(404, 10003), 'not-found', false],
    [api(404, 10008), 'not-found', false],
    [api(404, 10013), 'not-found', false],
    [api(404, 10062), 'not-found', false],
    [api(404, 0), 'not-found', false],
    [api(405, 0), 'rejected', false],
    [api(408, 0), 'timeout', true],
    [api(413, 40005), 'rejected', false],
    [api(429, 30034), 'rate-limited', true],
    [api(418, 0), 'rejected', false],
    // No code: not Discord's own answer.
    [api(403, undefined), 'unavailable', true],
    [api(404, undefined), 'unavailable', true],
    [api(401, undefined), 'unauthorized', false],
    [
      new HTTPError(500, 'Internal Server Error', 'POST', SECRET, { files: undefined, body: undefined }),
      'unavailable',
      true,
    ],
    [
      new HTTPError(502, 'Bad Gateway', 'POST', SECRET, { files: undefined, body: undefined }),
      'unavailable',
      true,
    ],
    [
      new HTTPError(503, 'Service Unavailable', 'POST', SECRET, { files: undefined, body: undefined }),
      'unavailable',
      true,
    ],
    [
      new HTTPError(504, 'Gateway Timeout', 'POST', SECRET, { files: undefined, body: undefined }),
      'unavailable',
      true,
    ],
    [limited({ timeToReset: 1, retryAfter: 1, sublimitTimeout: 0 }), 'rate-limited', true],
    [new DOMException('This operation was aborted', 'AbortError'), 'timeout', true],
    [AbortSignal.timeout(0).reason ?? new DOMException('timed out', 'TimeoutError'), 'timeout', true],
    [new Error('Request aborted manually'), 'timeout', true],
    [system('ECONNREFUSED'), 'unavailable', true],
    [system('ECONNRESET'), 'unavailable', true],
    [system('ENOTFOUND'), 'unavailable', true],
    [system('EAI_AGAIN'), 'unavailable', true],
    [system('UND_ERR_SOCKET'), 'unavailable', true],
    [system('UND_ERR_CONNECT_TIMEOUT'), 'unavailable', true],
    [system('CERT_HAS_EXPIRED'), 'unavailable', true],
    [new SyntaxError('Unexpected token < in JSON'), 'unreadable', false],
  ] as const)('%s → %s', ([error, reason, retryable]) => {
    const meaning = discordError(error);
    expect(meaning).toBeInstanceOf(OutsideError);
    expect(meaning).toMatchObject({ system: 'discord', reason, retryable });
  });

  test('a wait is passed on: the longest that was named', () => {
    expect(
      discordError(limited({ timeToReset: 1_500.2, retryAfter: 700, sublimitTimeout: 0 })),
    ).toMatchObject({ retryAfterMs: 1_501 });
    expect(discordError(limited({ timeToReset: 0, retryAfter: 0, sublimitTimeout: 9_000 }))).toMatchObject({
      retryAfterMs: 9_000,
    });
    expect(discordError(api(403, 40003))).toMatchObject({ retryAfterMs: 60_000 });
  });

  test('what was refused says why', () => {
    expect(discordError(api(400, 50035, 'embeds[0]: too long')).message).toMatch(
      /50035.*embeds\[0\]: too long/u,
    );
    expect(discordError(api(401, 0)).message).toContain('DISCORD_TOKEN');
  });

  test('neither the address nor the body goes with it', () => {
    const { message, cause, stack } = discordError(api(403, 50013));
    expect(JSON.stringify([message, cause, stack])).not.toMatch(/aW50ZXJ|private/u);
  });

  test('an error of our own stays what it is', () => {
    const bug = new TypeError('x is not a function');
    expect(discordError(bug)).toBe(bug);
    const known = new OutsideError('discord', 'timeout', 'x');
    expect(discordError(known)).toBe(known);
  });
});

test.for([
  [limited({ timeToReset: 1, retryAfter: 1, sublimitTimeout: 0 }), true],
  [system('ECONNREFUSED'), true],
  [system('ENOTFOUND'), true],
  [system('UND_ERR_CONNECT_TIMEOUT'), true],
  [system('ECONNRESET'), false],
  [system('UND_ERR_SOCKET'), false],
  [new DOMException('timed out', 'TimeoutError'), false],
  [new HTTPError(503, 'x', 'POST', SECRET, { files: undefined, body: undefined }), false],
] as const)('%s: surely nothing was done: %s', ([error, surely]) => {
  expect(surelyNotDone(discordError(error) as OutsideError)).toBe(surely);
});

describe('why the gateway closed', () => {
  test.for([
    [new Error('Authentication failed'), undefined, 'unauthorized', 'DISCORD_TOKEN'],
    [undefined, 4004, 'unauthorized', 'DISCORD_TOKEN'],
    [new Error('Used disallowed intents'), undefined, 'unauthorized', 'Privileged Gateway Intents'],
    [undefined, 4014, 'unauthorized', 'Privileged Gateway Intents'],
    [undefined, 4013, 'rejected', '4013'],
    [new Error('Invalid shard'), undefined, 'rejected', 'Invalid shard'],
    [api(401, 0), undefined, 'unauthorized', 'DISCORD_TOKEN'],
    [
      new HTTPError(503, 'x', 'GET', SECRET, { files: undefined, body: undefined }),
      undefined,
      'unavailable',
      '503',
    ],
    [new Error('Used invalid intents'), undefined, 'rejected', 'invalid intents'],
    [
      Object.assign(new Error('An invalid token was provided.'), { code: 'TokenInvalid' }),
      undefined,
      'unauthorized',
      'DISCORD_TOKEN',
    ],
    [new Error('Unexpected server response: 503'), undefined, 'unavailable', '503'],
    [system('ECONNREFUSED'), undefined, 'unavailable', 'ECONNREFUSED'],
  ] as const)('%s %s → %s', ([error, code, reason, words]) => {
    const meaning = gatewayError(error, code);
    expect(meaning).toMatchObject({ system: 'discord', reason });
    expect(meaning.message).toContain(words);
  });
});
