import { describe, expect, onTestFinished, test } from 'vitest';

import { type Message, text } from '#src/domain/message.ts';

import { alice, openTelegram, openWorld, say } from './open.ts';

const long: Message = say('long', text('begins'), text('x\n'.repeat(5_000)));

describe('a message of which no answer came', () => {
  test.for([
    [{ kind: 'drop-after' }, 'unavailable', 1],
    [{ kind: 'hang' }, 'timeout', 0],
    [{ kind: 'drop-before' }, 'unavailable', 0],
    [{ kind: 'status', code: 502 }, 'unavailable', 0],
    [{ kind: 'error', code: 500, description: 'Internal Server Error' }, 'unavailable', 0],
  ] as const)('is not to be sent again: %j', async ([fault, reason, arrived]) => {
    const { telegram, platform } = await openWorld();
    telegram.fault('sendMessage', fault);
    await expect(platform.post(alice, say('t'), 'k')).rejects.toMatchObject({
      system: 'telegram',
      reason,
      maybeDone: true,
      retryable: false,
      message: expect.stringContaining('may have arrived'),
    });
    expect(telegram.messages(alice.handle)).toHaveLength(arrived);
    expect(telegram.calls.filter(({ method }) => method === 'sendMessage')).toHaveLength(1);
  });

  test('because nobody took it may be sent again', async () => {
    const { telegram, platform } = await openWorld();
    await telegram.refuse();
    await expect(platform.post(alice, say('t'), 'k')).rejects.toMatchObject({
      retryable: true,
      maybeDone: false,
    });
    await telegram.restore();
    await platform.post(alice, say('t'), 'k');
    expect(telegram.messages(alice.handle)).toHaveLength(1);
  });
});

describe('Telegram', () => {
  test('asks to wait: it is waited for, by all, without asking', async () => {
    const { telegram, platform } = await openWorld();
    telegram.person('8');
    telegram.fault('sendMessage', {
      kind: 'error',
      code: 429,
      description: 'Too Many Requests',
      retryAfter: 2,
    });
    await expect(platform.post(alice, say('t'), 'k')).rejects.toMatchObject({
      reason: 'rate-limited',
      retryAfterMs: 2_000,
    });
    await expect(platform.post({ kind: 'direct', handle: '8' }, say('t'), 'k2')).rejects.toMatchObject({
      reason: 'rate-limited',
      retryable: true,
    });
    expect(telegram.calls.filter(({ method }) => method === 'sendMessage')).toHaveLength(1);
    expect(platform.condition()).toEqual({ up: true });
  });

  test('is never asked for more than a message a second per person', async () => {
    const patience = { answerMs: 500, everyMs: 1_100, lookAgainMs: 50 };
    const { telegram, platform } = await openWorld({ perChat: 1 }, { patience });
    await platform.post(alice, say('one'), 'k1');
    await expect(platform.post(alice, say('two'), 'k2')).rejects.toMatchObject({ reason: 'rate-limited' });
    expect(telegram.calls.filter(({ method }) => method === 'sendMessage')).toHaveLength(1);
  });

  test('knows nobody who has not written to the bot, and tells who blocked it', async () => {
    const { telegram, platform } = await openWorld();
    await expect(platform.post({ kind: 'direct', handle: '9' }, say('t'), 'k')).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('/start'),
    });
    telegram.block(alice.handle);
    await expect(platform.post(alice, say('t'), 'k')).rejects.toMatchObject({ reason: 'forbidden' });
    expect(platform.condition()).toEqual({ up: true });
  });

  test('refuses connections: down, and up again when it is back, without a message', async () => {
    const { telegram, platform } = await openWorld();
    await telegram.refuse();
    await platform.post(alice, say('t'), 'k').catch(() => undefined);
    await expect.poll(() => platform.condition().up, { timeout: 5_000 }).toBe(false);
    await telegram.restore();
    await expect.poll(() => platform.condition(), { timeout: 5_000 }).toEqual({ up: true });
    expect(telegram.messages(alice.handle)).toEqual([]);
  });

  test('does not accept the token: down at the start, in words that do not hold it', async () => {
    const { telegram } = await openWorld();
    const platform = await openTelegram({ api: telegram.api, token: '424242:wrong' });
    onTestFinished(() => platform[Symbol.asyncDispose]());
    const condition = platform.condition();
    expect(condition).toMatchObject({ up: false, why: expect.stringContaining('TELEGRAM_TOKEN') });
    expect(JSON.stringify(condition)).not.toContain('wrong');
  });
});

describe('too long for a message', () => {
  test('the beginning, and the whole in a file that answers it', async () => {
    const { telegram, platform } = await openWorld();
    const { id } = await platform.post(alice, long, 'k');
    const [beginning, file, ...more] = telegram.messages(alice.handle);
    expect(String(beginning?.id)).toBe(id);
    expect(beginning?.text).toContain('begins');
    expect(file).toMatchObject({ replyTo: beginning?.id, document: { name: 'message.txt' } });
    expect(file?.document?.content.toString()).toContain('x\n'.repeat(4_999));
    expect(more).toEqual([]);
  });

  test('a file that is not taken at first comes once; one that never is does not take the message with it', async () => {
    const { telegram, platform } = await openWorld();
    const later = { kind: 'error', code: 429, description: 'Too Many Requests', retryAfter: 1 } as const;
    telegram.fault('sendDocument', later);
    await platform.post(alice, long, 'k1');
    expect(telegram.messages(alice.handle)).toHaveLength(2);
    telegram.fault('sendDocument', { kind: 'error', code: 413, description: 'Request Entity Too Large' });
    await expect(platform.post(alice, long, 'k2')).resolves.toMatchObject({ platform: 'telegram' });
    expect(telegram.messages(alice.handle)).toHaveLength(3);
  });

  test('the file waits for its turn: no 429', async () => {
    const patience = { answerMs: 500, everyMs: 1_050, lookAgainMs: 50 };
    const { telegram, platform } = await openWorld({ perChat: 1 }, { patience });
    await platform.post(alice, long, 'k');
    expect(telegram.messages(alice.handle)).toHaveLength(2);
    expect(telegram.calls.filter(({ method }) => method === 'sendDocument')).toHaveLength(1);
  });

  test('a file of which no answer came is not sent again', async () => {
    const { telegram, platform } = await openWorld();
    telegram.fault('sendDocument', { kind: 'drop-after' });
    await platform.post(alice, long, 'k');
    expect(telegram.messages(alice.handle)).toHaveLength(2);
  });
});

describe('an edit', () => {
  test('that changes nothing is one that succeeded', async () => {
    const { telegram, platform } = await openWorld();
    const posted = await platform.post(alice, say('t'), 'k');
    await platform.edit(posted, say('t'));
    await platform.edit(posted, say('u'));
    expect(telegram.messages(alice.handle)).toMatchObject([{ edits: 1 }]);
  });

  test('of which no answer came may be repeated', async () => {
    const { telegram, platform } = await openWorld();
    const posted = await platform.post(alice, say('t'), 'k');
    telegram.fault('editMessageText', { kind: 'drop-after' });
    await expect(platform.edit(posted, say('u'))).rejects.toMatchObject({ retryable: true });
    await platform.edit(posted, say('u'));
    expect(telegram.messages(alice.handle)).toHaveLength(1);
  });
});
