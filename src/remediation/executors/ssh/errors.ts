import { OutsideError, type Reason } from '#src/domain/errors.ts';

/** What ssh2 puts on its errors. */
interface SshError {
  readonly level?: string;
  readonly code?: string | number;
  /** Of a channel that was not opened: RFC 4254, section 5.1. */
  readonly reason?: number | string;
  readonly message: string;
}

const PROHIBITED = 1;
const CONNECT_FAILED = 2;

const ssh = (reason: Reason, words: string, cause?: Error): OutsideError =>
  new OutsideError('ssh', reason, words, { cause });

/**
 * The only place where errors of SSH become ours. `to` is what a channel was asked for: a port of the node,
 * or undefined for a program.
 */
export function sshError(error: unknown, at: string, to?: string): OutsideError {
  if (error instanceof OutsideError) return error;
  const { level, code, reason, message } = error as SshError;
  if (error instanceof RangeError)
    return ssh('rejected', `the program's arguments cannot be given: ${message}`);
  if ((error as Error).name === 'TimeoutError' || (error as Error).name === 'AbortError') {
    return ssh('timeout', `no way to ${at} over SSH in time`);
  }
  if (reason !== undefined)
    return to === undefined ? sessionError(at) : portError(Number(reason), message, at, to);
  if (level === 'client-authentication') {
    const advice = "its public half belongs into that user's ~/.ssh/authorized_keys";
    return ssh('unauthorized', `${at} refuses our key: ${advice}`);
  }
  if (level === 'client-timeout') return ssh('timeout', `${at} gave no answer over SSH in time`);
  return ssh('unavailable', `no way to ${at} over SSH: ${wordsOf(code, message)}`);
}

function sessionError(at: string): OutsideError {
  return ssh('rate-limited', `the sshd of ${at} opens no further session: see its MaxSessions`);
}

function portError(reason: number, message: string, at: string, to: string): OutsideError {
  if (reason === PROHIBITED) {
    return ssh(
      'forbidden',
      `the sshd of ${at} does not let our key through to ${to}: add permitopen="${to}" to it`,
    );
  }
  if (reason === CONNECT_FAILED && /refused/i.test(message)) {
    const code = 'ECONNREFUSED';
    return ssh('not-found', `nothing listens on ${to} of ${at}`, Object.assign(new Error(code), { code }));
  }
  return ssh('not-found', `the sshd of ${at} found no way to ${to}`);
}

// No code goes along as a cause: a machine that refuses SSH must not be taken for a daemon that does not run.
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'its name does not resolve'],
  ['EAI_AGAIN', 'its name does not resolve'],
  ['EHOSTUNREACH', 'the machine does not answer'],
  ['ENETUNREACH', 'the machine does not answer'],
  ['ETIMEDOUT', 'the machine does not answer'],
  ['ECONNRESET', 'the connection broke off'],
]);

const wordsOf = (code: unknown, message: string): string =>
  WORDS.get(code) ?? (message.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 120) || 'the connection broke off');
