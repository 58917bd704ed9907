import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import { GrammyError, HttpError } from 'grammy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { discordError } from '#src/chat/discord/errors.ts';
import { emailError } from '#src/chat/email/errors.ts';
import { matrixFailure } from '#src/chat/matrix/errors.ts';
import { telegramError } from '#src/chat/telegram/errors.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

import { openOffice } from './office.ts';

const discord = (status: number, code?: number): Error =>
  discordError(
    new DiscordAPIError({ code, message: 'No' } as never, code as number, status, 'POST', 'https://x/y', {
      files: undefined,
      body: undefined,
    }),
  );
const discordHttp = (status: number): Error =>
  discordError(new HTTPError(status, 'x', 'POST', 'https://x/y', { files: undefined, body: undefined }));
const discordLimit = (ms: number, scope: 'global' | 'user' | 'shared'): Error =>
  discordError(
    new RateLimitError({
      timeToReset: ms,
      retryAfter: ms,
      sublimitTimeout: 0,
      global: scope === 'global',
      method: 'POST',
      url: 'https://x/y',
      route: '/x',
      majorParameter: '1',
      hash: 'h',
      limit: 5,
      scope,
    }),
  );
const system = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });
const matrix = (statusCode: number, errcode?: string, retryAfterMs?: number): Error =>
  matrixFailure({ statusCode, errcode, error: 'No', retryAfterMs, body: { errcode, error: 'No' } });
/** As matrix-bot-sdk rejects with what is no JSON: the response itself, no Error. */
const matrixRaw = (statusCode: number, headers = {}): Error =>
  matrixFailure({ statusCode, headers, body: '<html>Bad gateway</html>' });
const telegram = (error_code: number, description: string, retry_after?: number): Error =>
  telegramError(
    new GrammyError(
      'Call failed!',
      { ok: false, error_code, description, parameters: { ...(retry_after && { retry_after }) } },
      'sendMessage',
      {},
    ),
    { sending: true },
  );
const telegramHttp = (code: string): Error =>
  telegramError(new HttpError('failed', Object.assign(new Error(code), { code })), { sending: true });
const smtp = (responseCode: number, said = '', code = 'EENVELOPE'): Error =>
  emailError(Object.assign(new Error('x'), { code, responseCode, response: `${responseCode} ${said}` }));

/** The first backoff: 1 s, a quarter more or less. */
const BACKOFF = { least: 750, most: 1_250 };
const exactly = (ms: number) => ({ least: ms, most: ms });

type Again = { readonly least: number; readonly most: number };
const retried: readonly (readonly [string, Error, Again])[] = [
  ['Discord 429 of the bot, with its retry-after', discordLimit(3_200, 'user'), exactly(3_200)],
  ['Discord 429 over all routes', discordLimit(900, 'global'), exactly(900)],
  ['Discord 429 shared with others', discordLimit(61_000, 'shared'), exactly(61_000)],
  ['Discord 40003, opening direct messages too fast', discord(403, 40003), exactly(60_000)],
  ['Discord 20016, slow mode', discord(403, 20016), exactly(10_000)],
  ['Discord 20028, too many in the channel', discord(403, 20028), exactly(5_000)],
  ['Discord 500', discordHttp(500), BACKOFF],
  ['Discord 502', discordHttp(502), BACKOFF],
  ['Discord 503', discordHttp(503), BACKOFF],
  ['Discord 504', discordHttp(504), BACKOFF],
  ['Cloudflare’s 520 before Discord', discordHttp(520), BACKOFF],
  ['Discord 408', discord(408, 0), BACKOFF],
  ['Discord 20029, too many in the server', discord(403, 20029), exactly(5_000)],
  ['a proxy’s 403 before Discord', discord(403), BACKOFF],
  ['Discord: connection refused', discordError(system('ECONNREFUSED')), BACKOFF],
  ['Discord: connection dropped', discordError(system('ECONNRESET')), BACKOFF],
  [
    'Discord: no answer in time',
    discordError(Object.assign(new Error('x'), { name: 'AbortError' })),
    BACKOFF,
  ],
  [
    'Matrix 429 M_LIMIT_EXCEEDED with its retry_after_ms',
    matrix(429, 'M_LIMIT_EXCEEDED', 4_900),
    exactly(4_900),
  ],
  ['Matrix 429 with a Retry-After only', matrixRaw(429, { 'retry-after': '7' }), exactly(7_000)],
  ['Matrix 429 that says nothing', matrixRaw(429), BACKOFF],
  ['Matrix 500', matrix(500, 'M_UNKNOWN'), BACKOFF],
  ['Matrix 502, not JSON', matrixRaw(502), BACKOFF],
  ['Matrix 503', matrix(503), BACKOFF],
  ['Matrix 504', matrix(504), BACKOFF],
  ['Matrix: connection refused', matrixFailure(system('ECONNREFUSED')), BACKOFF],
  ['Matrix: connection dropped', matrixFailure(system('ECONNRESET')), BACKOFF],
  ['Matrix: no answer in time', matrixFailure(system('ETIMEDOUT')), BACKOFF],
  ['Telegram 429 with its retry_after', telegram(429, 'Too Many Requests', 3), exactly(3_000)],
  ['Telegram 420', telegram(420, 'FLOOD_WAIT'), exactly(5_000)],
  ['Telegram 502, of what stands before it', telegram(502, 'Bad Gateway'), BACKOFF],
  ['Telegram 503', telegram(503, 'Service Unavailable'), BACKOFF],
  ['Telegram: connection refused', telegramHttp('ECONNREFUSED'), BACKOFF],
  ['Telegram: no such host', telegramHttp('ENOTFOUND'), BACKOFF],
  ['mail 421', smtp(421), BACKOFF],
  ['mail 450, greylisted', smtp(450, '4.2.0 Greylisted'), exactly(60_000)],
  ['mail 451', smtp(451), exactly(60_000)],
  ['mail 452', smtp(452), exactly(60_000)],
  ['mail 454', smtp(454, '', 'EAUTH'), BACKOFF],
  ['mail: connection refused', emailError(system('ECONNREFUSED')), BACKOFF],
  ['mail: connection dropped', emailError(system('ECONNRESET')), BACKOFF],
  ['mail: no answer in time', emailError(system('ETIMEDOUT')), BACKOFF],
];

const terminal: readonly (readonly [string, Error, RegExp])[] = [
  ['Discord 50007, closed to direct messages', discord(403, 50007), /does not accept direct messages/],
  ['Discord 50278, no server in common', discord(403, 50278), /shares no server/],
  ['Discord 50001', discord(403, 50001), /View Channel/],
  ['Discord 50013', discord(403, 50013), /lacks a permission/],
  ['Discord 10003', discord(404, 10003), /no such channel/],
  ['Discord 10013', discord(404, 10013), /no such user/],
  ['Discord 50035', discord(400, 50035), /refused/],
  ['Discord 20026, flagged as spam', discord(403, 20026), /flagged the bot as spam/],
  ['Discord 413', discord(413, 40005), /too large/],
  ['Matrix 403 M_FORBIDDEN', matrix(403, 'M_FORBIDDEN'), /No/],
  ['Matrix 404 M_NOT_FOUND', matrix(404, 'M_NOT_FOUND'), /No/],
  ['Matrix 413 M_TOO_LARGE', matrix(413, 'M_TOO_LARGE'), /No/],
  ['Matrix 400 M_BAD_JSON', matrix(400, 'M_BAD_JSON'), /No/],
  ['Discord 40060, an interaction answered before', discord(400, 40060), /answered before/],
  ['Discord 10062, an interaction too late', discord(404, 10062), /expired/],
  ['Discord 50027, an interaction after 15 minutes', discord(401, 50027), /expired/],
  ['Discord 404', discord(404, 0), /does not exist/],
  ['Telegram 403, blocked', telegram(403, 'Forbidden: bot was blocked by the user'), /blocked the bot/],
  ['Telegram 403, never written to', telegram(403, "Forbidden: bot can't initiate conversation"), /\/start/],
  ['Telegram 400, unknown person', telegram(400, 'Bad Request: chat not found'), /\/start/],
  ['Telegram 400, too long', telegram(400, 'Bad Request: message is too long'), /refuses/],
  ['Telegram 413', telegram(413, 'Request Entity Too Large'), /too large/],
  [
    'Telegram 500, which may have sent it',
    telegram(500, 'Internal'),
    /may have arrived; it is not sent twice/,
  ],
  ['Telegram 504, the same', telegram(504, 'Gateway Timeout'), /may have arrived/],
  ['Telegram: connection dropped, the same', telegramHttp('ECONNRESET'), /may have arrived/],
  ['Telegram: no answer in time, the same', telegramHttp('ETIMEDOUT'), /may have arrived/],
  ['mail 550', smtp(550, '5.1.1 no such user'), /no such mailbox/],
  ['mail 550, no relay', smtp(550, '5.7.1 relaying denied'), /does not let us write/],
  ['mail 552', smtp(552), /too large/],
  ['mail 553', smtp(553), /does not allow the address/],
  ['mail 554', smtp(554), /refuses the mail/],
];

describe('the retry policy', () => {
  let redis: TestRedis;
  const clock = { at: Date.parse('2026-01-01T00:00:00Z') };
  beforeEach(async () => {
    redis = await testRedis();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  /** One platform, on which each post ends with the error. */
  function failing(error: Error) {
    const only = fakePlatform('discord');
    const platform = {
      ...only,
      post: async () => {
        throw error;
      },
    };
    return { only, office: openOffice(redis, [platform], clock) };
  }

  it.each(retried)('%s: tried again', async (_, error, { least, most }) => {
    const { office } = failing(error);
    await office.fire('A');
    const [again, ...others] = await office.work();
    expect(others).toEqual([]);
    expect(again?.againMs).toBeGreaterThanOrEqual(least);
    expect(again?.againMs).toBeLessThanOrEqual(most);
    expect(await office.states()).toEqual(['alert discord queued']);
  });

  it.each(terminal)('%s: final, with the reason', async (_, error, words) => {
    const { office } = failing(error);
    await office.fire('A');
    expect(await office.work()).toEqual([]);
    expect(await office.states()).toEqual(['alert discord failed']);
    const [row] = await office.ledger.list({});
    expect(row?.reason).toMatch(words);
    expect(await office.ledger.due(10)).toEqual([]);
  });

  it.each([
    ['Discord 401', discord(401, 0)],
    ['Discord 401 of something before it', discord(401)],
    ['Matrix M_UNKNOWN_TOKEN', matrix(401, 'M_UNKNOWN_TOKEN')],
    ['Matrix M_MISSING_TOKEN', matrix(401, 'M_MISSING_TOKEN')],
    ['Telegram 401', telegram(401, 'Unauthorized')],
    ['mail 535', smtp(535, '5.7.8 bad credentials', 'EAUTH')],
    ['mail 530', smtp(530)],
  ])('%s: the bot is refused, not the message: it is kept', async (_, error) => {
    const { office } = failing(error);
    await office.fire('A');
    expect(await office.work()).toEqual([]);
    expect(await office.ledger.due(10)).toHaveLength(1);
    expect((await office.states())[0]).toMatch(/^alert discord (queued|sending)$/);
  });

  it('waits longer from try to try, at most half a minute, give or take a quarter', async () => {
    // It does not say how long, and does not open the circuit.
    const { office } = failing(matrix(429));
    await office.fire('A');
    const waits: number[] = [];
    for (let tries = 0; tries < 9; tries++) {
      const id = (await office.ledger.due(1))[0]!.id;
      const again = await office.carry(id);
      if (again) waits.push(again.againMs);
      clock.at += 40_000;
    }
    expect(waits).toHaveLength(9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(37_500);
    expect(waits.at(-1)).toBeGreaterThan(waits[0]! * 4);
  });
});
