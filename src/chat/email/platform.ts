import type { Transporter } from 'nodemailer';
import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';

import { createWatch } from '../watch.ts';
import { addressIn, isAddress, nameIn, type SmtpServer } from './config.ts';
import { EMAIL, emailError } from './errors.ts';
import { renderEmail } from './render.ts';

/** How long it waits; the defaults are for a mail server on the internet. */
export interface MailPatience {
  /** For a connection, and for each answer. */
  readonly answerMs: number;
  /** For a whole mail. */
  readonly mailMs: number;
  /** Before the second look at a server that failed. */
  readonly lookAgainMs: number;
  /** Without a mail, before it is asked whether it is there: a login, which servers do not like too often. */
  readonly idleMs: number;
}

const PATIENCE: MailPatience = {
  answerMs: 8_000,
  mailMs: 20_000,
  lookAgainMs: 1_000,
  idleMs: 300_000,
};

export interface EmailOptions {
  readonly server: SmtpServer;
  /** An address, or `Name <address>`. */
  readonly from: string;
  readonly patience?: Partial<MailPatience> | undefined;
}

/**
 * Mail through nodemailer, which is loaded when it is first needed. Send only, to people only. SMTP cannot be asked
 * what it has taken: a mail whose answer was lost is sent again under the same Message-ID, by which mailboxes can
 * fold the two into one.
 */
export function createEmail(options: EmailOptions, parent: Logger): ChatPlatform {
  const logger = parent.child({ platform: EMAIL });
  const patience = { ...PATIENCE, ...options.patience };
  const from = { name: nameIn(options.from) || 'Tocsin', address: addressIn(options.from) ?? options.from };
  const ending = new AbortController();
  let loaded: Promise<Transporter> | undefined;

  const load = (): Promise<Transporter> =>
    (loaded ??= import('nodemailer').then(({ createTransport }) =>
      createTransport(transportOptions(options.server, patience.answerMs)),
    ));
  const watch = createWatch({
    probe: async () => {
      const transport = await load();
      await translated(bounded(transport.verify(), patience.mailMs, ending.signal));
    },
    ending: ending.signal,
    logger,
    idleMs: patience.idleMs,
    firstWaitMs: patience.lookAgainMs,
  });

  return {
    id: EMAIL,
    can: { edit: false, react: false, choices: false, hear: false },
    async start(_listener, signal) {
      signal.addEventListener('abort', () => ending.abort(), { once: true });
      watch.begin();
    },
    condition: () => watch.condition(),
    settled: () => watch.settled(),
    notes: () => ['sends only: nobody is heard there'],
    async post(to, message, key) {
      if (to.kind === 'room') throw new OutsideError(EMAIL, 'rejected', 'Mail goes to people, not to rooms.');
      if (!isAddress(to.handle)) throw new OutsideError(EMAIL, 'rejected', 'This is not one mail address.');
      if (ending.signal.aborted) throw new OutsideError(EMAIL, 'unavailable', 'Tocsin is leaving mail.');
      const form = renderEmail(message);
      const messageId = messageIdOf(key, from.address);
      const transport = await load();
      const late = AbortSignal.timeout(patience.mailMs);
      try {
        await translated(
          transport.sendMail({
            ...form,
            attachments: [...form.attachments],
            from,
            to: { name: '', address: to.handle },
            envelope: { from: from.address, to: [to.handle] },
            messageId,
            priority: message.tone === 'critical' ? 'high' : 'normal',
            headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
            disableFileAccess: true,
            disableUrlAccess: true,
            signal: AbortSignal.any([late, ending.signal]),
          }),
        );
        watch.called(undefined);
      } catch (error) {
        if (error instanceof OutsideError) watch.called(error);
        throw error;
      }
      return { platform: EMAIL, channel: to.handle, id: messageId };
    },
    async edit() {
      throw new OutsideError(EMAIL, 'rejected', 'A mail that was sent cannot be changed.');
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      (await loaded?.catch(() => undefined))?.close();
    },
  };
}

/** The same key gives the same Message-ID, on every process and after every restart. */
const messageIdOf = (key: string, from: string): string =>
  `<${/^[A-Za-z0-9-]{8,64}$/u.test(key) ? key : keyOf(key)}@${from.slice(from.lastIndexOf('@') + 1)}>`;

const transportOptions = ({ host, port, tls, login }: SmtpServer, answerMs: number) => ({
  host,
  port,
  secure: tls === 'from-start',
  requireTLS: tls === 'required',
  tls: { rejectUnauthorized: tls !== 'local' },
  ...(login && { auth: { user: login.user, pass: login.password } }),
  connectionTimeout: answerMs,
  greetingTimeout: answerMs,
  socketTimeout: answerMs,
  dnsTimeout: answerMs,
  disableFileAccess: true,
  disableUrlAccess: true,
});

async function translated<T>(deed: Promise<T>): Promise<T> {
  try {
    return await deed;
  } catch (error) {
    throw emailError(error);
  }
}

/** nodemailer bounds each answer, not the whole. */
async function bounded<T>(deed: Promise<T>, withinMs: number, ending: AbortSignal): Promise<T> {
  const late = AbortSignal.any([AbortSignal.timeout(withinMs), ending]);
  const { promise, reject } = Promise.withResolvers<never>();
  const refuse = (): void =>
    reject(new OutsideError(EMAIL, 'timeout', 'The mail server does not answer in time.'));
  late.addEventListener('abort', refuse, { once: true });
  deed.catch(() => undefined);
  return Promise.race([deed, promise]).finally(() => late.removeEventListener('abort', refuse));
}
