import { MatrixError } from 'matrix-bot-sdk';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { matrixFailure } from '#src/chat/matrix/errors.ts';
import { OutsideError, REASONS, type Reason } from '#src/domain/errors.ts';

const refusal = (status: number, errcode: string, more: object = {}) =>
  new MatrixError(
    { errcode, error: 'said so', retry_after_ms: undefined as unknown as number, ...more },
    status,
  );
const coded = (code: string) => Object.assign(new Error(`failed: ${code}`), { code });
const raw = (statusCode: number, headers = {}) => ({ statusCode, headers, body: '<html>Bad gateway</html>' });

const TABLE: readonly (readonly [name: string, thrown: unknown, reason: Reason, retryable: boolean])[] = [
  ['429 M_LIMIT_EXCEEDED', refusal(429, 'M_LIMIT_EXCEEDED'), 'rate-limited', true],
  ['401 M_UNKNOWN_TOKEN', refusal(401, 'M_UNKNOWN_TOKEN'), 'unauthorized', false],
  ['401 M_MISSING_TOKEN', refusal(401, 'M_MISSING_TOKEN'), 'unauthorized', false],
  ['403 M_USER_DEACTIVATED', refusal(403, 'M_USER_DEACTIVATED'), 'unauthorized', false],
  ['401 M_USER_LOCKED', refusal(401, 'M_USER_LOCKED'), 'unauthorized', false],
  ['403 M_FORBIDDEN', refusal(403, 'M_FORBIDDEN'), 'forbidden', false],
  ['403 M_USER_SUSPENDED', refusal(403, 'M_USER_SUSPENDED'), 'forbidden', false],
  ['403 M_RESOURCE_LIMIT_EXCEEDED', refusal(403, 'M_RESOURCE_LIMIT_EXCEEDED'), 'forbidden', false],
  ['404 M_NOT_FOUND', refusal(404, 'M_NOT_FOUND'), 'not-found', false],
  ['404 M_UNRECOGNIZED', refusal(404, 'M_UNRECOGNIZED'), 'rejected', false],
  ['413 M_TOO_LARGE', refusal(413, 'M_TOO_LARGE'), 'rejected', false],
  ['400 M_BAD_JSON', refusal(400, 'M_BAD_JSON'), 'rejected', false],
  ['400 M_UNKNOWN', refusal(400, 'M_UNKNOWN'), 'rejected', false],
  ['400 M_INVALID_PARAM', refusal(400, 'M_INVALID_PARAM'), 'rejected', false],
  ['500 M_UNKNOWN', refusal(500, 'M_UNKNOWN'), 'unavailable', true],
  ['504 M_UNKNOWN', refusal(504, 'M_UNKNOWN'), 'timeout', true],
  ['raw 429', raw(429), 'rate-limited', true],
  ['raw 502', raw(502), 'unavailable', true],
  ['raw 503', raw(503), 'unavailable', true],
  ['raw 504', raw(504), 'timeout', true],
  ['raw 401', raw(401), 'unauthorized', false],
  ['raw 404', raw(404), 'not-found', false],
  ['raw 302', raw(302), 'rejected', false],
  ['ECONNREFUSED', coded('ECONNREFUSED'), 'unavailable', true],
  ['ECONNRESET', coded('ECONNRESET'), 'unavailable', true],
  ['ENOTFOUND', coded('ENOTFOUND'), 'unavailable', true],
  ['EAI_AGAIN', coded('EAI_AGAIN'), 'unavailable', true],
  ['ended by us', coded('ERR_CANCELED'), 'unavailable', true],
  ['ETIMEDOUT', coded('ETIMEDOUT'), 'timeout', true],
  ['ESOCKETTIMEDOUT', coded('ESOCKETTIMEDOUT'), 'timeout', true],
  ['an aborted signal', new DOMException('late', 'TimeoutError'), 'timeout', true],
  ['a self-signed certificate', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unavailable', true],
  ['an answer beyond the bound', coded('ERR_BAD_LENGTH'), 'unreadable', false],
  ['no JSON', new SyntaxError('Unexpected token'), 'unreadable', false],
  ['JSON of another shape', z.string().safeParse(1).error, 'unreadable', false],
  ['a word', 'oops', 'rejected', false],
  ['nothing', undefined, 'rejected', false],
];

describe('a failure of the homeserver', () => {
  test.for(TABLE)('%s', ([, thrown, reason, retryable]) => {
    const failure = matrixFailure(thrown);
    expect(failure).toBeInstanceOf(OutsideError);
    expect(failure).toMatchObject({ system: 'matrix', reason, retryable });
    expect(failure.message).toMatch(/^[A-Z].*\.$/su);
  });

  test('every reason is reached, but for a foreign other end: that waits as what is down does', () => {
    expect(new Set(TABLE.map(([, , reason]) => reason))).toEqual(
      new Set(REASONS.filter((reason) => reason !== 'untrusted')),
    );
  });

  test('the wait it asks for is passed on, from the body or else from the header', () => {
    const inBody = matrixFailure(refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 4_750 }));
    expect(inBody.retryAfterMs).toBe(4_750);
    expect(matrixFailure(raw(429, { 'retry-after': '7' })).retryAfterMs).toBe(7_000);
    expect(matrixFailure(raw(429)).retryAfterMs).toBeUndefined();
  });

  test('what it was thrown with is not kept: it may hold the access token', () => {
    const thrown = Object.assign(coded('ECONNREFUSED'), {
      config: { headers: { Authorization: 'Bearer s3cret' } },
    });
    const failure = matrixFailure(thrown);
    expect(failure.cause).toBeUndefined();
    expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain('s3cret');
  });

  test('an OutsideError stays what it is', () => {
    const failure = new OutsideError('matrix', 'forbidden', 'no');
    expect(matrixFailure(failure)).toBe(failure);
  });
});
