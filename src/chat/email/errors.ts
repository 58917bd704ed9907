import { z } from 'zod';

import { OutsideError, type Reason } from '#src/domain/errors.ts';

export const EMAIL = 'email';

/** What is left of a failure of nodemailer. */
const Failure = z.object({
  code: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
  response: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
});

interface Meaning {
  readonly reason: Reason;
  readonly words: string;
  readonly retryAfterMs?: number;
}

/** A server that does not know us yet often takes the second try, some minutes later. */
const GREYLIST_MS = 60_000;
const LATER = { reason: 'rate-limited', retryAfterMs: GREYLIST_MS } as const;
const LOGIN: Meaning = { reason: 'unauthorized', words: 'refuses the login: look at SMTP_URL' };

/** https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3 and https://www.rfc-editor.org/rfc/rfc4954#section-6 */
const REPLIES: Readonly<Record<number, Meaning>> = {
  421: { reason: 'unavailable', words: 'is not available now' },
  432: LOGIN,
  450: { ...LATER, words: 'does not take mail for this address now' },
  451: { ...LATER, words: 'cannot take the mail now' },
  452: { ...LATER, words: 'has no room now, or was sent too much' },
  454: { reason: 'unavailable', words: 'cannot check the login, or begin TLS, now' },
  455: { ...LATER, words: 'cannot take the mail now' },
  530: { reason: 'unauthorized', words: 'wants a login, or TLS: look at SMTP_URL' },
  534: LOGIN,
  535: LOGIN,
  538: { reason: 'unauthorized', words: 'takes a login over TLS only: look at SMTP_URL' },
  550: { reason: 'not-found', words: 'knows no such mailbox, or does not let us write to it' },
  551: { reason: 'not-found', words: 'says the mailbox is elsewhere' },
  552: { reason: 'rejected', words: 'finds the mail too large, or the mailbox full' },
  553: { reason: 'rejected', words: 'does not allow the address' },
  554: { reason: 'forbidden', words: 'refuses the mail' },
  556: { reason: 'not-found', words: 'says that the domain takes no mail' },
};

/** https://www.rfc-editor.org/rfc/rfc3463: more exact than the code, where they are given. */
const ENHANCED: Readonly<Record<string, Meaning>> = {
  '5.2.2': { reason: 'rejected', words: 'says the mailbox is full' },
  '5.3.4': { reason: 'rejected', words: 'finds the mail too large' },
  '5.7.1': { reason: 'forbidden', words: 'does not let us write there: look at MAIL_FROM and the login' },
};

/** Of nodemailer, and of Node's network. */
const CODES: Readonly<Record<string, Meaning>> = {
  ETIMEDOUT: { reason: 'timeout', words: 'does not answer in time' },
  EABORT: { reason: 'timeout', words: 'does not answer in time' },
  EDNS: { reason: 'unavailable', words: 'has no address: look at the host in SMTP_URL' },
  ETLS: { reason: 'unavailable', words: 'offers no TLS that can be trusted' },
  EAUTH: LOGIN,
  ENOAUTH: LOGIN,
  EENVELOPE: { reason: 'rejected', words: 'does not allow the address' },
  EMESSAGE: { reason: 'rejected', words: 'does not take the mail' },
  ESTREAM: { reason: 'rejected', words: 'was given a mail that could not be written' },
  EPROTOCOL: {
    reason: 'unavailable',
    words: 'does not greet us as one does: look at host and port in SMTP_URL',
  },
  ECONNECTION: { reason: 'unavailable', words: 'ended the connection' },
  ESOCKET: { reason: 'unavailable', words: 'cannot be reached' },
};
/** Whatever is replied there is about the server and us, not about the mail. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['ETLS', 'EPROTOCOL', 'EDNS']);
const NETWORK = /^E[A-Z_]{3,}$|^(?:CERT_|ERR_SSL_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/u;

/**
 * What a failure of nodemailer means to us; other errors are returned as they are: they are our own. Neither the
 * cause nor the server's words are kept: they hold addresses, and of a login more.
 */
export function emailError(error: unknown): Error {
  if (error instanceof OutsideError) return error;
  const failure = Failure.safeParse(error).data ?? {};
  const meaning = meaningOf(failure);
  if (!meaning) return error instanceof Error ? error : new Error(String(error));
  const { code, responseCode } = failure;
  const { reason, words, retryAfterMs } = meaning;
  return new OutsideError(EMAIL, reason, `The mail server ${words} (${responseCode ?? code ?? 'no code'}).`, {
    retryAfterMs,
  });
}

function meaningOf({ code, responseCode, response, name }: z.infer<typeof Failure>): Meaning | undefined {
  if (name === 'TimeoutError') return CODES['EABORT'];
  if (code !== undefined && OF_THE_CONNECTION.has(code)) return CODES[code];
  if (responseCode !== undefined && responseCode >= 400) {
    const [enhanced = ''] = /\b[45]\.\d{1,3}\.\d{1,3}\b/u.exec(response ?? '') ?? [];
    const general: Meaning =
      responseCode < 500
        ? { ...LATER, words: 'cannot take the mail now' }
        : { reason: 'rejected', words: 'refuses the mail' };
    return ENHANCED[enhanced] ?? REPLIES[responseCode] ?? general;
  }
  if (code === undefined) return undefined;
  return CODES[code] ?? (NETWORK.test(code) ? CODES['ESOCKET'] : undefined);
}
