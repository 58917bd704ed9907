import { GrammyError, HttpError } from 'grammy';
import { describe, expect, test } from 'vitest';

import { isUnchanged, telegramError } from '#src/chat/telegram/errors.ts';
import { OutsideError, type Reason } from '#src/domain/errors.ts';

const TOKEN = '424242:s3cret';
const refusal = (error_code: number, description: string, parameters?: { retry_after?: number }) =>
  new GrammyError(
    "Call to 'sendMessage' failed!",
    { ok: false, error_code, description, ...(parameters && { parameters }) },
    'sendMessage',
    { chat_id: '7', text: 'words' },
  );
const failed = (code?: string, type = 'system') =>
  new HttpError(
    "Network request for 'sendMessage' failed!",
    Object.assign(
      new Error(`request to https://api.telegram.org/bot${TOKEN}/sendMessage failed, reason: ${code}`),
      {
        type,
        ...(code !== undefined && { code }),
      },
    ),
  );
const late = new HttpError('failed', new Error("Request to 'sendMessage' timed out after 10 seconds"));

/** `maybe`: a message may have arrived all the same. */
const TABLE: readonly (readonly [
  name: string,
  thrown: unknown,
  reason: Reason,
  outcome: 'again' | 'never' | 'maybe',
])[] = [
  ['429', refusal(429, 'Too Many Requests: retry after 3', { retry_after: 3 }), 'rate-limited', 'again'],
  ['420', refusal(420, 'FLOOD_WAIT_3'), 'rate-limited', 'again'],
  ['400 chat not found', refusal(400, 'Bad Request: chat not found'), 'not-found', 'never'],
  ['400 PEER_ID_INVALID', refusal(400, 'Bad Request: PEER_ID_INVALID'), 'not-found', 'never'],
  [
    '400 message to edit not found',
    refusal(400, 'Bad Request: message to edit not found'),
    'not-found',
    'never',
  ],
  ['400 cannot be edited', refusal(400, "Bad Request: message can't be edited"), 'not-found', 'never'],
  ['400 too long', refusal(400, 'Bad Request: message is too long'), 'rejected', 'never'],
  ['400 entities', refusal(400, "Bad Request: can't parse entities"), 'rejected', 'never'],
  [
    '400 supergroup',
    refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat'),
    'not-found',
    'never',
  ],
  ['401', refusal(401, 'Unauthorized'), 'unauthorized', 'never'],
  ['403 blocked', refusal(403, 'Forbidden: bot was blocked by the user'), 'forbidden', 'never'],
  [
    '403 initiate',
    refusal(403, "Forbidden: bot can't initiate conversation with a user"),
    'forbidden',
    'never',
  ],
  ['403 deactivated', refusal(403, 'Forbidden: user is deactivated'), 'forbidden', 'never'],
  ['403 kicked', refusal(403, 'Forbidden: bot was kicked from the group chat'), 'forbidden', 'never'],
  ['403 else', refusal(403, 'Forbidden'), 'forbidden', 'never'],
  ['404', refusal(404, 'Not Found'), 'unauthorized', 'never'],
  ['409', refusal(409, 'Conflict'), 'rejected', 'never'],
  ['413', refusal(413, 'Request Entity Too Large'), 'rejected', 'never'],
  ['418', refusal(418, 'teapot'), 'rejected', 'never'],
  ['500', refusal(500, 'Internal Server Error'), 'unavailable', 'maybe'],
  ['502', refusal(502, 'Bad Gateway'), 'unavailable', 'again'],
  ['503', refusal(503, 'Service Unavailable'), 'unavailable', 'again'],
  ['504', refusal(504, 'Gateway Timeout'), 'timeout', 'maybe'],
  ['ECONNREFUSED', failed('ECONNREFUSED'), 'unavailable', 'again'],
  ['ENOTFOUND', failed('ENOTFOUND'), 'unavailable', 'again'],
  ['EAI_AGAIN', failed('EAI_AGAIN'), 'unavailable', 'again'],
  ['EHOSTUNREACH', failed('EHOSTUNREACH'), 'unavailable', 'again'],
  ['a self-signed certificate', failed('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unavailable', 'again'],
  ['ECONNRESET', failed('ECONNRESET'), 'unavailable', 'maybe'],
  ['EPIPE', failed('EPIPE'), 'unavailable', 'maybe'],
  ['ETIMEDOUT', failed('ETIMEDOUT'), 'timeout', 'maybe'],
  ['no answer in time', late, 'timeout', 'maybe'],
  ['ended by us', failed(undefined, 'aborted'), 'timeout', 'maybe'],
  ['no JSON', failed(undefined, 'invalid-json'), 'unavailable', 'maybe'],
  ['too much', failed(undefined, 'max-size'), 'unavailable', 'maybe'],
  ['led elsewhere', failed(undefined, 'no-redirect'), 'unavailable', 'maybe'],
  ['whatever else', failed(), 'unavailable', 'maybe'],
];

describe('a failure of Telegram', () => {
  test.for(TABLE)('%s', ([, thrown, reason, outcome]) => {
    const failure = telegramError(thrown, { sending: true });
    expect(failure).toBeInstanceOf(OutsideError);
    expect(failure).toMatchObject({
      system: 'telegram',
      reason,
      retryable: outcome === 'again',
      maybeDone: outcome === 'maybe',
    });
    expect(failure.message).toMatch(/^Telegram .*\.$/su);
  });

  test('an edit may be repeated whatever became of it', () => {
    for (const thrown of [late, failed('ECONNRESET'), refusal(500, 'Internal Server Error')]) {
      expect(telegramError(thrown, { sending: false })).toMatchObject({ retryable: true, maybeDone: false });
    }
  });

  test('the wait it asks for is passed on; where it asks for none, some seconds', () => {
    const doing = { sending: true };
    expect(telegramError(refusal(429, 'x', { retry_after: 3 }), doing)).toMatchObject({
      retryAfterMs: 3_000,
    });
    expect(telegramError(refusal(429, 'x'), doing)).toMatchObject({ retryAfterMs: 5_000 });
    expect(telegramError(refusal(403, 'x'), doing)).toMatchObject({ retryAfterMs: undefined });
  });

  test('what was thrown is not kept: it holds the token and the text', () => {
    for (const thrown of [failed('ECONNRESET'), failed('ECONNREFUSED'), refusal(400, 'x')]) {
      const failure = telegramError(thrown, { sending: true });
      expect(failure.cause).toBeUndefined();
      expect(JSON.stringify([failure, failure.message, failure.stack])).not.toMatch(/s3cret|words/u);
    }
  });

  test('an OutsideError stays what it is, and a bug of ours too', () => {
    const failure = new OutsideError('telegram', 'forbidden', 'no');
    const bug = new TypeError('x is not a function');
    expect(telegramError(failure, { sending: true })).toBe(failure);
    expect(telegramError(bug, { sending: true })).toBe(bug);
  });

  test('an edit that changes nothing is told apart', () => {
    expect(isUnchanged(refusal(400, 'Bad Request: message is not modified: specified new …'))).toBe(true);
    expect(isUnchanged(refusal(400, 'Bad Request: message to edit not found'))).toBe(false);
  });
});
