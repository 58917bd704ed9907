import { z } from 'zod';

import { OutsideError, type Reason } from '#src/domain/errors.ts';

export const TELEGRAM = 'telegram';

/** What is left of grammY's GrammyError (Telegram answered) or HttpError (no answer that could be read). */
const Failure = z.object({
  error_code: z.number().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  parameters: z.object({ retry_after: z.number().nonnegative().optional() }).optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  error: z
    .object({
      code: z.string().optional().catch(undefined),
      type: z.string().optional().catch(undefined),
      message: z.string().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
type Failure = z.infer<typeof Failure>;

interface Meaning {
  readonly reason: Reason;
  readonly words: string;
}

/** Telegram has no codes of its own for these: only words. https://core.telegram.org/bots/api#making-requests */
const DESCRIPTIONS: readonly (readonly [words: RegExp, meaning: Meaning])[] = [
  [
    /chat not found|peer_id_invalid|user not found/iu,
    { reason: 'not-found', words: 'does not know this person: they must write /start to the bot once' },
  ],
  [
    /can't initiate conversation/iu,
    { reason: 'forbidden', words: 'lets nobody be written to who has not written /start to the bot' },
  ],
  [/bot was blocked/iu, { reason: 'forbidden', words: 'says that the person has blocked the bot' }],
  [/user is deactivated/iu, { reason: 'forbidden', words: 'says that the account is deleted' }],
  [/bot was kicked|not a member/iu, { reason: 'forbidden', words: 'says that the bot is not in this group' }],
  [
    /message to edit not found|message can't be edited|message_id_invalid|there is no text in the message/iu,
    { reason: 'not-found', words: 'has no such message to edit' },
  ],
  [/upgraded to a supergroup/iu, { reason: 'not-found', words: 'says that the group has another id now' }],
];

const CODES: Readonly<Record<number, Meaning>> = {
  400: { reason: 'rejected', words: 'refuses the request' },
  401: { reason: 'unauthorized', words: 'does not accept the token: look at TELEGRAM_TOKEN' },
  403: { reason: 'forbidden', words: 'does not allow this' },
  // A token that is not even well-formed leads to an address that is not there.
  404: {
    reason: 'unauthorized',
    words: 'does not know the token: look at TELEGRAM_TOKEN and TELEGRAM_API_URL',
  },
  409: { reason: 'rejected', words: 'is asked by two at once' },
  413: { reason: 'rejected', words: 'finds the message too large' },
  420: { reason: 'rate-limited', words: 'asks to slow down' },
  429: { reason: 'rate-limited', words: 'asks to slow down' },
  // Said in place of the Bot API by what stands before it: nothing was begun.
  502: { reason: 'unavailable', words: 'is in trouble' },
  503: { reason: 'unavailable', words: 'is in trouble' },
  504: { reason: 'timeout', words: 'did not finish in time' },
};
const TROUBLE: Meaning = { reason: 'unavailable', words: 'is in trouble' };
const NEVER_BEGUN: ReadonlySet<number> = new Set([502, 503]);

/** Ends of a connection that was never there. */
const NOT_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|CERT_\w+|ERR_TLS_\w+|DEPTH_ZERO\w*|SELF_SIGNED\w*|UNABLE_TO\w*)$/u;
const PAUSE_MS = 5_000;

/** What was being done; Telegram cannot tell a repeated message from a second one, an edit it can. */
export interface Doing {
  readonly sending: boolean;
}

/**
 * What a failure of grammY means to us; other errors are returned as they are: they are our own. The original is no
 * cause: it holds the message, and an address with the token in it.
 */
export function telegramError(error: unknown, { sending }: Doing): Error {
  if (error instanceof OutsideError) return error;
  const failure = Failure.safeParse(error).data ?? {};
  if (failure.error_code !== undefined) return refused(failure, failure.error_code, sending);
  if (failure.name !== 'HttpError') return error instanceof Error ? error : new Error(String(error));
  const { code = '', type = '', message = '' } = failure.error ?? {};
  if (NOT_CONNECTED.test(code)) {
    return new OutsideError(TELEGRAM, 'unavailable', `Telegram cannot be reached (${code}).`);
  }
  const end = sending ? MAYBE : '';
  const detail = { maybeDone: sending };
  if (code === 'ETIMEDOUT' || type === 'aborted' || /timed out/iu.test(message)) {
    return new OutsideError(TELEGRAM, 'timeout', `Telegram did not answer in time.${end}`, detail);
  }
  if (/json|max-size|redirect/u.test(type)) {
    const words = `Telegram answered something unreadable: look at TELEGRAM_API_URL.${end}`;
    return new OutsideError(TELEGRAM, 'unavailable', words, detail);
  }
  const words = `Telegram ended the connection (${code || 'no code'}).${end}`;
  return new OutsideError(TELEGRAM, 'unavailable', words, detail);
}

const MAYBE = ' The message may have arrived; it is not sent twice.';

function refused({ description = '', parameters }: Failure, status: number, sending: boolean): OutsideError {
  const known = status < 500 ? DESCRIPTIONS.find(([words]) => words.test(description))?.[1] : undefined;
  const { reason, words } = known ?? CODES[status] ?? (status >= 500 ? TROUBLE : REFUSED);
  const maybeDone = sending && status >= 500 && !NEVER_BEGUN.has(status);
  const waitMs = parameters?.retry_after === undefined ? PAUSE_MS : parameters.retry_after * 1_000;
  return new OutsideError(TELEGRAM, reason, `Telegram ${words} (${status}).${maybeDone ? MAYBE : ''}`, {
    maybeDone,
    retryAfterMs: reason === 'rate-limited' ? waitMs : undefined,
  });
}

const REFUSED: Meaning = { reason: 'rejected', words: 'refuses the request' };

/** An edit that changes nothing is refused, and is none to worry about. */
export const isUnchanged = (error: unknown): boolean =>
  Failure.safeParse(error).data?.description?.includes('message is not modified') ?? false;
