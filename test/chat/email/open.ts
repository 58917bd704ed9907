import { type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';

import { smtpServerOf } from '#src/chat/email/config.ts';
import { createEmail, type EmailOptions } from '#src/chat/email/platform.ts';
import { type Block, type Message, text } from '#src/domain/message.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';
import { type MailServer, startMailServer } from '#test/stand-ins/mail/mail.ts';

export const silent: Logger = pino({ level: 'silent' });

export const alice = { kind: 'direct', handle: 'alice@example.org' } as const;

export const say = (title: string, ...blocks: readonly Block[]): Message => ({
  tone: 'neutral',
  title,
  blocks: blocks.length > 0 ? blocks : [text('words')],
});

const HASTY = { answerMs: 500, mailMs: 1_500, lookAgainMs: 50 };

/** The platform at a server, started; the first look has ended. */
export async function openEmail(
  url: string,
  options: Partial<EmailOptions> = {},
  logger = silent,
): Promise<ChatPlatform> {
  const from = 'Tocsin <tocsin@example.org>';
  const platform = createEmail({ server: smtpServerOf(url), from, patience: HASTY, ...options }, logger);
  await platform.start(undefined, new AbortController().signal);
  await platform.settled();
  return platform;
}

/** Both end with the test. */
export async function openWorld(
  server: Parameters<typeof startMailServer>[0] = {},
  options: Partial<EmailOptions> = {},
): Promise<{ mail: MailServer; platform: ChatPlatform }> {
  const mail = await startMailServer(server);
  const platform = await openEmail(mail.url, options);
  onTestFinished(async () => {
    await platform[Symbol.asyncDispose]();
    await mail[Symbol.asyncDispose]();
  });
  return { mail, platform };
}
