import type { ClientChannel } from 'ssh2';

import { OutsideError, type Reason } from '#src/domain/errors.ts';
import type { Ran, RunBounds } from '#src/domain/executor.ts';

interface Running {
  /** Its name, for words. */
  readonly name: string;
  readonly at: string;
  /** Is told that it could not be ended. */
  readonly stuck: () => void;
}

interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signalled: string | undefined;
}

const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
/** After it was asked to end: by force, by the end of its channel, not at all. */
const [KILL_MS, CLOSE_MS, STUCK_MS] = [1_000, 2_000, 3_000];

/**
 * The end of the program that runs at the other end of a channel. Throws OutsideError: its time was over, so that it
 * may have done what it was for; it said too much.
 */
export async function ended(channel: ClientChannel, running: Running, bounds: RunBounds): Promise<Ran> {
  const { name, at } = running;
  const { signal, maxBytes = MOST_OUTPUT_BYTES } = bounds;
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let bytes = 0;
  let exit: Exit | undefined;

  const stop = (error: OutsideError): void => {
    reject(error);
    cutOff(channel, running.stuck);
  };
  const late = (): void =>
    stop(failure('timeout', `${name} on ${at} was ended: it took too long`, { maybeDone: true }));
  const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
    const before = bytes;
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else if (before <= maxBytes) stop(failure('unreadable', `${name} on ${at} said more than may be read`));
  };
  channel.on('data', keep(output.stdout));
  channel.stderr.on('data', keep(output.stderr));
  channel.once('exit', (code: number | null, signalled?: string) => (exit = { code, signalled }));
  channel.once('close', () => {
    const why = whyNotRan(exit, name, at);
    if (why) reject(why);
    else resolve({ exitCode: exit?.code ?? 0, stdout: textOf(output.stdout), stderr: textOf(output.stderr) });
  });
  if (signal.aborted) late();
  else signal.addEventListener('abort', late, { once: true });
  return await promise.finally(() => signal.removeEventListener('abort', late));
}

/** Ends a program, so that it holds neither the machine nor one of sshd's sessions. */
function cutOff(channel: ClientChannel, stuck: () => void): void {
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

function whyNotRan(exit: Exit | undefined, name: string, at: string): OutsideError | undefined {
  const maybeDone = true;
  if (exit === undefined) {
    return failure('unavailable', `the connection to ${at} broke off while ${name} ran there`, { maybeDone });
  }
  if (exit.code !== null) return undefined;
  return failure('unavailable', `${name} on ${at} was ended by signal ${exit.signalled}`, { maybeDone });
}

const failure = (reason: Reason, words: string, detail?: { readonly maybeDone: boolean }): OutsideError =>
  new OutsideError('ssh', reason, words, detail);

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
