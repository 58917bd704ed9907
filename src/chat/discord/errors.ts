import { OutsideError, type Reason, wordsOf } from '#src/domain/errors.ts';

export const DISCORD = 'discord';

interface Meaning {
  readonly reason: Reason;
  readonly words: string;
  readonly retryAfterMs?: number;
}

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
const CODES: Readonly<Record<number, Meaning>> = {
  10003: { reason: 'not-found', words: 'there is no such channel (any more)' },
  10004: { reason: 'not-found', words: 'there is no such server: check DISCORD_GUILD_ID' },
  10008: { reason: 'not-found', words: 'the message is gone' },
  10013: { reason: 'not-found', words: 'there is no such user' },
  10062: { reason: 'not-found', words: 'the interaction has expired: it was not answered within 3 seconds' },
  10015: { reason: 'not-found', words: 'the interaction has expired' },
  20016: { reason: 'rate-limited', words: 'slow mode is on in the channel', retryAfterMs: 10_000 },
  20026: {
    reason: 'forbidden',
    words: 'Discord has flagged the bot as spam and restricts it: appeal in the developer portal',
  },
  20028: { reason: 'rate-limited', words: 'too many messages in the channel', retryAfterMs: 5_000 },
  20029: { reason: 'rate-limited', words: 'too many messages in the server', retryAfterMs: 5_000 },
  30034: { reason: 'rate-limited', words: 'too many commands were created today', retryAfterMs: 3_600_000 },
  40003: { reason: 'rate-limited', words: 'direct messages are being opened too fast', retryAfterMs: 60_000 },
  40005: { reason: 'rejected', words: 'the attached file is too large' },
  40060: { reason: 'rejected', words: 'the interaction was answered before' },
  50001: { reason: 'forbidden', words: 'the bot may not see the channel: give it View Channel there' },
  50007: { reason: 'forbidden', words: 'the person does not accept direct messages' },
  50013: {
    reason: 'forbidden',
    words:
      'the bot lacks a permission there: Send Messages, Embed Links, Attach Files or Read Message History',
  },
  50027: { reason: 'not-found', words: 'the interaction has expired: it can be answered for 15 minutes' },
  50278: { reason: 'forbidden', words: 'the person shares no server with the bot' },
};

const STATUSES: Readonly<Record<number, Meaning>> = {
  400: { reason: 'rejected', words: 'the request was refused' },
  401: { reason: 'unauthorized', words: 'the token is refused: check DISCORD_TOKEN' },
  403: { reason: 'forbidden', words: 'the bot may not do that' },
  404: { reason: 'not-found', words: 'that does not exist' },
  405: { reason: 'rejected', words: 'the request was refused' },
  408: { reason: 'timeout', words: 'the request took too long' },
  413: { reason: 'rejected', words: 'the message is too large' },
  429: { reason: 'rate-limited', words: 'too many requests', retryAfterMs: 5_000 },
};

/**
 * What a failure of discord.js means to us. Other errors are returned as they are: they are our own. The
 * original is no cause of an API error: it holds the address, which for interactions is a secret, and the text.
 */
export function discordError(error: unknown): Error {
  if (error instanceof OutsideError) return error;
  const { status, code, name, timeToReset, retryAfter, sublimitTimeout } = shapeOf(error);
  if (typeof timeToReset === 'number') {
    const waits = [timeToReset, retryAfter, sublimitTimeout].filter((wait) => typeof wait === 'number');
    return rateLimited(Math.max(...waits, 100));
  }
  if (typeof status === 'number') return refused(status, code, wordsOf(error));
  if (code === 'TokenInvalid') return refused(401, 0, '');
  if (name === 'AbortError' || name === 'TimeoutError' || wordsOf(error) === 'Request aborted manually') {
    return new OutsideError(DISCORD, 'timeout', 'Discord did not answer in time', { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new OutsideError(DISCORD, 'unreadable', 'Discord answered something unreadable', { cause: error });
  }
  if (isNetwork(error, code)) {
    const message = `Discord cannot be reached (${typeof code === 'string' ? code : wordsOf(error)})`;
    return new OutsideError(DISCORD, 'unavailable', message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

const NOT_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+)$/u;

/** Nothing was done: Discord said to wait, or there was no connection. */
export const surelyNotDone = ({ reason, cause }: OutsideError): boolean =>
  reason === 'rate-limited' || NOT_CONNECTED.test(String(shapeOf(cause).code));

function rateLimited(retryAfterMs: number): OutsideError {
  return new OutsideError(DISCORD, 'rate-limited', 'Discord asks to slow down', {
    retryAfterMs: Math.ceil(retryAfterMs),
  });
}

function refused(status: number, code: unknown, said: string): OutsideError {
  const suffix = typeof code === 'number' && code > 0 ? `${status}, code ${code}` : String(status);
  if (status >= 500) return new OutsideError(DISCORD, 'unavailable', `Discord is in trouble (${suffix})`);
  // Discord's own refusals carry a code; others come from something on the way, and say nothing about us.
  if (typeof code !== 'number' && status !== 401 && status !== 413) {
    return new OutsideError(
      DISCORD,
      'unavailable',
      `Something before Discord refused the request (${suffix})`,
    );
  }
  const meaning = (typeof code === 'number' ? CODES[code] : undefined) ?? STATUSES[status] ?? STATUSES[400];
  const detail = meaning?.reason === 'rejected' && said !== '' ? `: ${said.replaceAll('\n', '; ')}` : '';
  return new OutsideError(
    DISCORD,
    meaning?.reason ?? 'rejected',
    `Discord: ${meaning?.words} (${suffix})${detail}`,
    {
      retryAfterMs: meaning?.retryAfterMs,
    },
  );
}

const NETWORK = /^(E[A-Z_]{3,}|UND_ERR_|CERT_|ERR_SSL_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/u;
const CLOSED =
  /Authentication failed|disallowed intents|invalid intents|Invalid shard|Sharding is required|invalid API version/iu;

const isNetwork = (error: unknown, code: unknown): boolean =>
  error instanceof Error &&
  ((typeof code === 'string' && NETWORK.test(code)) ||
    /Unexpected server response: \d+|socket hang up/u.test(error.message));

/** Why the gateway closed for good, and what to do about it. Code: that of the close frame, when it is known. */
export function gatewayError(error: unknown, code?: number): Error {
  const words = wordsOf(error);
  if (code === 4004 || words === 'Authentication failed') return refused(401, 0, '');
  if (code === 4014 || /disallowed intents/iu.test(words)) {
    const message =
      'Discord refuses the gateway intents: open the application’s Bot page and look at Privileged Gateway Intents (Tocsin needs none of them)';
    return new OutsideError(DISCORD, 'unauthorized', message);
  }
  if (code !== undefined || CLOSED.test(words)) {
    return new OutsideError(DISCORD, 'rejected', `Discord closed the gateway for good (${code ?? words})`);
  }
  return discordError(error);
}

interface Shape {
  readonly status?: unknown;
  readonly code?: unknown;
  readonly name?: unknown;
  readonly timeToReset?: unknown;
  readonly retryAfter?: unknown;
  readonly sublimitTimeout?: unknown;
}
const shapeOf = (error: unknown): Shape => (typeof error === 'object' && error !== null ? error : {});
