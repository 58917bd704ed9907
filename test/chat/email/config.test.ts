import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { addressIn, emailVariables, nameIn, smtpServerOf } from '#src/chat/email/config.ts';

const Variables = z.object(emailVariables);
const login = { user: 'u', password: 'p w/' };

test('nothing is needed', () => {
  expect(Variables.parse({})).toEqual({});
});

describe('SMTP_URL', () => {
  test.for([
    ['smtp://u:p%20w%2F@mail.example.org', { host: 'mail.example.org', port: 587, tls: 'required', login }],
    ['smtp://mail.example.org', { host: 'mail.example.org', port: 25, tls: 'offered', login: undefined }],
    [
      'smtps://u:p%20w%2F@mail.example.org',
      { host: 'mail.example.org', port: 465, tls: 'from-start', login },
    ],
    [
      'smtps://mail.example.org:1465/',
      { host: 'mail.example.org', port: 1_465, tls: 'from-start', login: undefined },
    ],
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2_525, tls: 'local', login: undefined }],
    ['smtp://[::1]', { host: '::1', port: 25, tls: 'local', login: undefined }],
    ['smtp://localhost', { host: 'localhost', port: 25, tls: 'local', login: undefined }],
  ] as const)('%s', ([url, server]) => {
    expect(smtpServerOf(url)).toEqual(server);
  });

  test.for([
    'mail.example.org',
    'http://mail.example.org',
    'smtp://',
    'smtp://user@mail.example.org',
    'smtp://u:s3cret@mail.example.org/path',
    'smtp://u:s3cret@mail.example.org?x=1',
    'smtp://u:s3cr%et@mail.example.org',
  ])('%s is refused, in words without the password', (SMTP_URL) => {
    const { error } = Variables.safeParse({ SMTP_URL });
    expect(error?.issues).toHaveLength(1);
    expect(error?.message).not.toMatch(/s3cr/u);
  });

  test('a login in the clear never leaves the machine', () => {
    for (const host of [
      'mail.example.org',
      '10.0.0.1',
      '[2001:db8::1]',
      'localhost.example.org',
      '127.example.org',
    ]) {
      expect(smtpServerOf(`smtp://u:p@${host}`).tls).toBe('required');
    }
  });
});

describe('MAIL_FROM', () => {
  test.for([
    ['tocsin@example.org', 'tocsin@example.org', ''],
    ['Tocsin <tocsin@example.org>', 'tocsin@example.org', 'Tocsin'],
    ['<tocsin@example.org>', 'tocsin@example.org', ''],
  ])('%s', ([from = '', address, name]) => {
    expect(Variables.parse({ MAIL_FROM: from })).toEqual({ MAIL_FROM: from });
    expect([addressIn(from), nameIn(from)]).toEqual([address, name]);
  });

  test.for(['tocsin', 'a@b, c@d', 'Tocsin <tocsin>', 'a@b\r\nBcc: c@d', '"x" <a@b>\nX: y'])(
    '%j is refused',
    (MAIL_FROM) => {
      expect(Variables.safeParse({ MAIL_FROM }).success).toBe(false);
    },
  );
});
