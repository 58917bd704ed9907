import { OutsideError } from '#src/domain/errors.ts';
import { wayErrorIn } from '../way.ts';
import { GivenUp } from './exchange.ts';

/** The daemon's own answer to a call: it is there, and it said no. The vendors' codes: bitcoin's rpc/protocol.h. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly method: string;
  readonly code: number;

  constructor(method: string, code: number, message: string) {
    super(message.slice(0, 300));
    this.method = method;
    this.code = code;
  }
}

const METHOD_NOT_FOUND = -32_601;
const WARMING_UP = -28;

const hasCode = (error: unknown, code: number): boolean => error instanceof RpcError && error.code === code;

export const isMethodNotFound = (error: unknown): boolean => hasCode(error, METHOD_NOT_FOUND);

/** The daemon runs and is still loading: not an outage. */
export const isWarmingUp = (error: unknown): boolean => hasCode(error, WARMING_UP);

/** Nothing listens there: the daemon does not run. Anything else that fails may be the way to it. */
export const isRefused = (error: unknown): boolean =>
  error instanceof OutsideError && codeOf(error.cause) === 'ECONNREFUSED';

/** The connection was closed under the call: one that was kept open and that the daemon, or its end, closed meanwhile. */
export const isReset = (error: unknown): boolean =>
  error instanceof OutsideError && ['ECONNRESET', 'EPIPE'].includes(codeOf(error.cause));

/** The machine gave no sign: nothing is known of what runs there. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof OutsideError && NO_SIGN.has(codeOf(error.cause));
const NO_SIGN: ReadonlySet<string> = new Set(['EHOSTDOWN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

export const unreadable = (at: string, what: string): OutsideError =>
  new OutsideError('daemon', 'unreadable', `${at} ${what}`);

/**
 * For an exchange that ended without an HTTP answer. The cause is made anew with the system's error
 * code only.
 */
export function transportError(error: unknown, at: string, tookMs: number): OutsideError {
  const said = wayErrorIn(error);
  if (said) return wayError(said, at, tookMs);
  const code = codeOf(error);
  const cause = Object.assign(new Error(code), { code });
  if (error instanceof GivenUp) {
    const within = inSeconds(tookMs);
    return error.reached
      ? silent(at, within)
      : new OutsideError('daemon', 'unavailable', `no way to ${at}: no connection ${within}`, {
          cause: Object.assign(new Error('ETIMEDOUT'), { code: 'ETIMEDOUT' }),
        });
  }
  switch (code) {
    case 'ECONNREFUSED':
      return refused(at);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OutsideError('daemon', 'unavailable', `the name of ${at} does not resolve`, { cause });
    case 'ERR_BAD_RESPONSE':
      return unreadable(at, 'answered more than may be read, or broke off');
    default:
      if (code.startsWith('HPE_')) return unreadable(at, 'does not speak HTTP');
      return new OutsideError('daemon', 'unavailable', `no way to ${at} (${code})`, { cause });
  }
}

/** For a daemon whose machine is there, but not itself. */
export const refused = (at: string): OutsideError =>
  new OutsideError('daemon', 'unavailable', `nothing listens on ${at}`, {
    cause: Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  });

export const silent = (at: string, within: string): OutsideError =>
  new OutsideError('daemon', 'timeout', `${at} gave no full answer ${within}`);

const inSeconds = (ms: number): string => `in ${(ms / 1000).toFixed(1)} s`;

/**
 * For what the way into the machine threw: what it tells of the daemon becomes the daemon's. A way that is
 * not open in time says nothing of the daemon, least of all that it is silent.
 */
export function wayError(error: unknown, at: string, tookMs: number): OutsideError {
  if (!(error instanceof OutsideError)) throw error;
  if (codeOf(error.cause) === 'ECONNREFUSED') return refused(at);
  if (error.reason !== 'timeout') return error;
  if (error.maybeDone) return silent(at, inSeconds(tookMs));
  return new OutsideError(error.system, 'unavailable', error.message, { cause: error });
}

/** For an HTTP answer that is no JSON-RPC. */
export function statusError(status: number, body: unknown, at: string): OutsideError {
  if (status === 401) {
    const advice = "compare the fleet's user and password with the daemon's rpcuser and rpcpassword";
    return new OutsideError('daemon', 'unauthorized', `${at} refuses our password: ${advice}`);
  }
  if (status === 403) {
    return new OutsideError('daemon', 'forbidden', `${at} refuses our address: add it to its rpcallowip`);
  }
  if (String(body).includes('Work queue depth exceeded')) {
    return new OutsideError('daemon', 'rate-limited', `${at} is too busy: its RPC work queue is full`);
  }
  if (status === 429 || status === 503) {
    return new OutsideError('daemon', 'rate-limited', `${at} is too busy (HTTP ${status})`);
  }
  return unreadable(at, `answered something that is not JSON-RPC (HTTP ${status})`);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'no code';
}
