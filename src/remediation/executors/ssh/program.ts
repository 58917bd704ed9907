import { basename } from 'node:path';

import type { ClientChannel } from 'ssh2';

import { OutsideError } from '#src/domain/errors.ts';
import type { Ran, RunBounds } from '#src/domain/executor.ts';

interface Running {
  readonly argv: readonly [string, ...string[]];
  readonly at: string;
  /** Is told that it could not be ended. */
  readonly stuck: () => void;
}

const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
/** What a shell exits with for a program that it could not start. */
const [MAY_NOT, IS_NOT_THERE] = [126, 127];
/** After it was asked to end: by force, by the end of its channel, not at all. */
const [KILL_MS, CLOSE_MS, STUCK_MS] = [1_000, 2_000, 3_000];

/** A program that runs at the other end of a channel. */
export function createProgram(channel: ClientChannel, { argv: [path], at, stuck }: Running) {
  const name = basename(path);
  const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  let bytes = 0;
  let exit: { readonly code: number | null; readonly signal: string | undefined } | undefined;

  /** So that it holds neither the machine nor one of sshd's sessions. */
  function cutOff(): void {
    channel.resume().stderr.resume();
    channel.signal('TERM');
    const later = [
      setTimeout(() => channel.signal('KILL'), KILL_MS),
      setTimeout(() => channel.close(), CLOSE_MS),
      setTimeout(stuck, STUCK_MS),
    ];
    for (const timer of later) timer.unref();
    channel.once('close', () => later.forEach(clearTimeout));
  }

  function outcome(): Ran | OutsideError {
    if (exit === undefined) {
      const words = `the connection to ${at} broke off while ${name} ran there`;
      return new OutsideError('ssh', 'unavailable', words, { maybeDone: true });
    }
    const { code, signal } = exit;
    if (code === null) {
      const words = `${name} on ${at} was ended by signal ${signal ?? '?'}`;
      return new OutsideError('ssh', 'unavailable', words, { maybeDone: true });
    }
    const [stdout, stderr] = [textOf(out.stdout), textOf(out.stderr)];
    if (code === IS_NOT_THERE) {
      const words = `${name} is not on ${at}, or not on the PATH of our user there: give its whole path`;
      return new OutsideError('ssh', 'not-found', words);
    }
    if (code === MAY_NOT)
      return new OutsideError('ssh', 'forbidden', `our user on ${at} may not run ${name}`);
    return { exitCode: code, stdout, stderr };
  }

  return {
    /** Throws OutsideError: its time was over (then it may have done what it was for), too much was said, it is not there. */
    async ended({ signal, maxBytes = MOST_OUTPUT_BYTES }: RunBounds): Promise<Ran> {
      const stop = (error: OutsideError): void => {
        reject(error);
        cutOff();
      };
      const late = (): void =>
        stop(
          new OutsideError('ssh', 'timeout', `${name} on ${at} was ended: it took too long`, {
            maybeDone: true,
          }),
        );
      const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
        const before = bytes;
        bytes += chunk.length;
        if (bytes <= maxBytes) chunks.push(chunk);
        else if (before <= maxBytes)
          stop(new OutsideError('ssh', 'unreadable', `${name} on ${at} said more than may be read`));
      };
      channel.on('data', keep(out.stdout));
      channel.stderr.on('data', keep(out.stderr));
      channel.once('exit', (code: number | null, name?: string) => (exit = { code, signal: name }));
      channel.once('close', () => {
        const ended = outcome();
        if (ended instanceof OutsideError) reject(ended);
        else resolve(ended);
      });
      if (signal.aborted) late();
      else signal.addEventListener('abort', late, { once: true });
      return await promise.finally(() => signal.removeEventListener('abort', late));
    },
  };
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
