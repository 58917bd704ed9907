import { connect } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { keyOf } from '#src/domain/key.ts';
import { freePort } from '#test/real/port.ts';

import { alice, openEmail, openWorld, say } from './open.ts';

const key = keyOf('delivery', 'x');

describe('a mail', () => {
  test('goes from MAIL_FROM to the person, says that a program wrote it, and how urgent it is', async () => {
    const { mail, platform } = await openWorld();
    const posted = await platform.post(alice, { ...say('KMD is down'), tone: 'critical' }, key);
    const [sent] = mail.mails;
    expect(sent).toMatchObject({
      from: 'Tocsin <tocsin@example.org>',
      to: ['alice@example.org'],
      subject: '🔴 KMD is down',
      messageId: `<${key}@example.org>`,
      secure: true,
    });
    expect(sent?.headers).toMatchObject({ 'auto-submitted': 'auto-generated', importance: 'High' });
    expect(posted).toEqual({ platform: 'email', channel: 'alice@example.org', id: `<${key}@example.org>` });
  });

  test('an address is one address, and a title no header', async () => {
    const { mail, platform } = await openWorld();
    for (const handle of [
      'a,b@example.org',
      'a@example.org,b@example.org',
      'g:b@example.org;',
      '<b@example.org>',
    ]) {
      await expect(platform.post({ kind: 'direct', handle }, say('t'), key)).rejects.toMatchObject({
        reason: 'rejected',
      });
    }
    await platform.post(alice, say('t\r\nBcc: eve@example.org'), key);
    expect(mail.mails).toMatchObject([{ to: ['alice@example.org'], subject: 't Bcc: eve@example.org' }]);
    expect(mail.mails[0]?.headers['bcc']).toBeUndefined();
  });

  test('a login is used', async () => {
    const { mail, platform } = await openWorld({ login: { user: 'tocsin', password: 'hunter2' } });
    await platform.post(alice, say('t'), key);
    expect(mail.mails).toMatchObject([{ user: 'tocsin' }]);
  });
});

describe('a mail of which no answer came', () => {
  test('is sent again under the same Message-ID, whichever process sends it', async () => {
    const { mail, platform } = await openWorld();
    mail.fault({ at: 'data', kind: 'drop-after' });
    await expect(platform.post(alice, say('once'), key)).rejects.toMatchObject({
      reason: 'unavailable',
      retryable: true,
    });
    const another = await openEmail(mail.url);
    onTestFinished(() => another[Symbol.asyncDispose]());
    await another.post(alice, say('once'), key);
    expect(mail.mails).toHaveLength(2);
    expect(mail.folded()).toHaveLength(1);
  });

  test('cut off before it was taken, it comes once', async () => {
    const { mail, platform } = await openWorld();
    mail.fault({ at: 'data', kind: 'drop' });
    await expect(platform.post(alice, say('once'), key)).rejects.toMatchObject({ retryable: true });
    await platform.post(alice, say('once'), key);
    expect(mail.mails).toHaveLength(1);
  });
});

describe('a mail server that', () => {
  test.for([
    [{ at: 'connect', kind: 'reply', code: 421 }, 'unavailable', true],
    [{ at: 'from', kind: 'reply', code: 451 }, 'rate-limited', true],
    [{ at: 'to', kind: 'reply', code: 450 }, 'rate-limited', true],
    [{ at: 'to', kind: 'reply', code: 550 }, 'not-found', false],
    [{ at: 'data', kind: 'reply', code: 452 }, 'rate-limited', true],
    [{ at: 'data', kind: 'reply', code: 554 }, 'forbidden', false],
    [{ at: 'connect', kind: 'drop' }, 'unavailable', true],
    [{ at: 'data', kind: 'drop' }, 'unavailable', true],
    [{ at: 'connect', kind: 'hang' }, 'timeout', true],
    [{ at: 'data', kind: 'hang' }, 'timeout', true],
  ] as const)('does this: %j', async ([fault, reason, retryable]) => {
    const { mail, platform } = await openWorld();
    mail.fault(fault);
    const began = performance.now();
    await expect(platform.post(alice, say('t'), key)).rejects.toMatchObject({
      system: 'email',
      reason,
      retryable,
    });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(mail.mails).toEqual([]);
  });

  test('refuses connections is down, and up again when it is back, without a mail', async () => {
    const { mail, platform } = await openWorld();
    await mail.refuse();
    await expect(platform.post(alice, say('t'), key)).rejects.toMatchObject({ reason: 'unavailable' });
    await expect.poll(() => platform.condition().up, { timeout: 5_000 }).toBe(false);
    await mail.restore();
    await expect.poll(() => platform.condition(), { timeout: 5_000 }).toEqual({ up: true });
    expect(mail.mails).toEqual([]);
  });

  test('fails once is not down', async () => {
    const { mail, platform } = await openWorld();
    const before = mail.connections();
    mail.fault({ at: 'data', kind: 'drop' });
    await platform.post(alice, say('t'), key).catch(() => undefined);
    // The look that follows a failure has come, and has found it well.
    await expect.poll(() => mail.connections(), { timeout: 5_000 }).toBeGreaterThan(before + 1);
    expect(platform.condition()).toEqual({ up: true });
  });

  test('refuses the login is down at the start, and says what to look at, not the password', async () => {
    const { mail } = await openWorld({ login: { user: 'tocsin', password: 'right' } });
    const platform = await openEmail(mail.url.replace('right', 'hunter2'));
    onTestFinished(() => platform[Symbol.asyncDispose]());
    const condition = platform.condition();
    expect(condition).toMatchObject({ up: false, why: expect.stringContaining('look at SMTP_URL') });
    expect(JSON.stringify(condition)).not.toContain('hunter2');
  });

  test('offers no TLS is given no login, but where it is on the same machine', async () => {
    const { mail, platform } = await openWorld({ withoutTls: true, login: { user: 'u', password: 'p' } });
    await platform.post(alice, say('here'), key);
    expect(mail.mails).toMatchObject([{ secure: false, user: 'u' }]);
    const server = {
      host: '127.0.0.1',
      port: mail.port,
      tls: 'required',
      login: { user: 'u', password: 'p' },
    } as const;
    const strict = await openEmail(mail.url, { server });
    onTestFinished(() => strict[Symbol.asyncDispose]());
    await expect(strict.post(alice, say('far'), key)).rejects.toMatchObject({ reason: 'unavailable' });
    expect(mail.mails).toHaveLength(1);
  });

  test('has a certificate of its own making is not trusted elsewhere', async () => {
    const { mail } = await openWorld();
    const server = { host: '127.0.0.1', port: mail.port, tls: 'offered', login: undefined } as const;
    const strict = await openEmail(mail.url, { server });
    onTestFinished(() => strict[Symbol.asyncDispose]());
    await expect(strict.post(alice, say('far'), key)).rejects.toMatchObject({ reason: 'unavailable' });
    expect(mail.mails).toEqual([]);
  });

  test('is not there at all: the start does not wait for it', async () => {
    const port = await freePort();
    const platform = await openEmail(`smtp://127.0.0.1:${port}`);
    onTestFinished(() => platform[Symbol.asyncDispose]());
    expect(platform.condition()).toMatchObject({
      up: false,
      why: expect.stringContaining('cannot be reached'),
    });
    await expect(
      new Promise((_, reject) => connect(port, '127.0.0.1').on('error', reject)),
    ).rejects.toThrow();
  });
});

test('nothing is changed', async () => {
  const { platform } = await openWorld();
  const posted = await platform.post(alice, say('t'), key);
  await expect(platform.edit(posted, say('u'))).rejects.toMatchObject({ reason: 'rejected' });
});
