import { describe, expect, test } from 'vitest';

import { emailError } from '#src/chat/email/errors.ts';
import { OutsideError, type Reason } from '#src/domain/errors.ts';

const coded = (code: string) => Object.assign(new Error(`failed: ${code}`), { code });
const reply = (responseCode: number, said = '', code = 'EENVELOPE') =>
  Object.assign(new Error(`Message failed: ${responseCode} ${said}`), {
    code,
    responseCode,
    response: `${responseCode} ${said}`,
  });

const TABLE: readonly (readonly [name: string, thrown: unknown, reason: Reason, retryable: boolean])[] = [
  ['421', reply(421), 'unavailable', true],
  ['432', reply(432, '', 'EAUTH'), 'unauthorized', false],
  ['450 greylisted', reply(450, '4.2.0 Greylisted'), 'rate-limited', true],
  ['451', reply(451), 'rate-limited', true],
  ['452', reply(452, '4.2.2 over quota'), 'rate-limited', true],
  ['454', reply(454, '', 'EAUTH'), 'unavailable', true],
  ['455', reply(455), 'rate-limited', true],
  ['499, which nobody defined', reply(499), 'rate-limited', true],
  ['501', reply(501), 'rejected', false],
  ['530', reply(530), 'unauthorized', false],
  ['534', reply(534, '', 'EAUTH'), 'unauthorized', false],
  ['535', reply(535, '5.7.8 bad credentials', 'EAUTH'), 'unauthorized', false],
  ['538', reply(538, '', 'EAUTH'), 'unauthorized', false],
  ['550 5.1.1', reply(550, '5.1.1 no such user'), 'not-found', false],
  ['550 5.7.1', reply(550, '5.7.1 relaying denied'), 'forbidden', false],
  ['551', reply(551), 'not-found', false],
  ['552', reply(552), 'rejected', false],
  ['552 5.2.2', reply(552, '5.2.2 mailbox full'), 'rejected', false],
  ['553', reply(553), 'rejected', false],
  ['554', reply(554), 'forbidden', false],
  ['556', reply(556), 'not-found', false],
  ['599, which nobody defined', reply(599), 'rejected', false],
  ['ETIMEDOUT', coded('ETIMEDOUT'), 'timeout', true],
  ['ended by us', coded('EABORT'), 'timeout', true],
  ['a signal that timed out', new DOMException('late', 'TimeoutError'), 'timeout', true],
  ['a greeting of 554', reply(554, 'no', 'EPROTOCOL'), 'unavailable', true],
  ['STARTTLS refused', reply(502, 'no', 'ETLS'), 'unavailable', true],
  ['EDNS', coded('EDNS'), 'unavailable', true],
  ['ETLS', coded('ETLS'), 'unavailable', true],
  ['ESOCKET', coded('ESOCKET'), 'unavailable', true],
  ['ECONNECTION', coded('ECONNECTION'), 'unavailable', true],
  ['EPROTOCOL', coded('EPROTOCOL'), 'unavailable', true],
  ['ECONNREFUSED', coded('ECONNREFUSED'), 'unavailable', true],
  ['ECONNRESET', coded('ECONNRESET'), 'unavailable', true],
  ['a self-signed certificate', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unavailable', true],
  ['EAUTH without a reply', coded('EAUTH'), 'unauthorized', false],
  ['EENVELOPE without a reply', coded('EENVELOPE'), 'rejected', false],
  ['EMESSAGE without a reply', coded('EMESSAGE'), 'rejected', false],
];

describe('a failure of the mail server', () => {
  test.for(TABLE)('%s', ([, thrown, reason, retryable]) => {
    const failure = emailError(thrown);
    expect(failure).toBeInstanceOf(OutsideError);
    expect(failure).toMatchObject({ system: 'email', reason, retryable, maybeDone: false });
    expect(failure.message).toMatch(/^The mail server .*\.$/su);
  });

  test('a server that asks to come back later is given a minute', () => {
    expect(emailError(reply(451))).toMatchObject({ retryAfterMs: 60_000 });
    expect(emailError(reply(421))).toMatchObject({ retryAfterMs: undefined });
  });

  test('what the server said, and what was thrown, is not kept: it holds addresses', () => {
    const failure = emailError(reply(550, '<alice@example.org> no such user'));
    expect(failure.cause).toBeUndefined();
    expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain('alice@');
  });

  test('an OutsideError stays what it is, and a bug of ours too', () => {
    const failure = new OutsideError('email', 'forbidden', 'no');
    const bug = new TypeError('x is not a function');
    expect(emailError(failure)).toBe(failure);
    expect(emailError(bug)).toBe(bug);
  });
});
