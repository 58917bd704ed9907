import { setTimeout as pause } from 'node:timers/promises';

import type { Client, ClientCallback, ClientChannel } from 'ssh2';

import type { Ran, RunBounds, Wire } from '#src/domain/executor.ts';

import { sshError } from './errors.ts';
import { ended } from './program.ts';
import { createSlots, type Slots } from './slots.ts';

/** A connection to a machine, shared by all that is asked of it. Throws OutsideError. */
export interface Connection extends Disposable {
  /** Runs a command line to its end; `name` is what failures speak of. */
  run(asked: { readonly command: string; readonly name: string }, bounds: RunBounds): Promise<Ran>;
  stream(to: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Wire>;
  /** Aborts when it takes nothing new, because it is over or will be after what still goes on. */
  readonly leaving: AbortSignal;
}

/** sshd's MaxSessions is 10 where nobody set it; a person may need one too. */
const MOST_SESSIONS = 8;
/** sshd counts a session until it has swept up after its end: who comes in that moment is refused, and let in after the next. */
const SWEEPING_MS = [20, 80, 400];
/** Streams to ports are none of sshd's sessions. */
const MOST_STREAMS = 64;

/** `at` is host:port, for words. */
export function createConnection(client: Client, at: string, idleMs: number): Connection {
  const [over, leaving] = [new AbortController(), new AbortController()];
  const [sessions, streams] = [createSlots(MOST_SESSIONS), createSlots(MOST_STREAMS)];
  let stuck = 0;
  let idle: NodeJS.Timeout | undefined;
  client.once('close', () => {
    clearTimeout(idle);
    leaving.abort();
    over.abort(sshError(new Error(''), at));
  });

  function rest(): void {
    clearTimeout(idle);
    if (sessions.taken + streams.taken > stuck) return;
    if (leaving.signal.aborted) client.end();
    else idle = setTimeout(leave, idleMs).unref();
  }
  rest();

  /** Others go on; whoever comes gets another connection. */
  function leave(): void {
    leaving.abort();
    rest();
  }

  /**
   * A channel of a slot, which it gives back at its very end. It is used in the moment in which it opens: all that a quick
   * program has to say, its end too, may come with the same packet.
   */
  async function opened<T>(
    slots: Slots,
    signal: AbortSignal,
    open: (done: ClientCallback) => void,
    use: (channel: ClientChannel) => T | Promise<T>,
  ): Promise<T> {
    const bound = AbortSignal.any([signal, over.signal]);
    const giveBack = await slots.take(bound);
    const free = (): void => {
      giveBack();
      rest();
    };
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const giveUp = (): void => reject(bound.reason as Error);
    bound.addEventListener('abort', giveUp, { once: true });
    try {
      open((error, channel) => {
        if (error) {
          free();
          reject(error);
          return;
        }
        channel.once('close', free);
        if (bound.aborted) {
          // Nobody waits for it any more.
          channel.destroy();
          giveUp();
        } else {
          resolve(use(channel));
        }
      });
    } catch (error) {
      free();
      reject(error);
    }
    return await promise.finally(() => bound.removeEventListener('abort', giveUp));
  }

  /** A program that sshd could not end holds one of its sessions: its channel may never close. */
  function leaveStuck(channel: ClientChannel): void {
    stuck++;
    channel.prependOnceListener('close', () => stuck--);
    leave();
  }

  return {
    leaving: leaving.signal,
    async run({ command, name }, bounds) {
      const open = (done: ClientCallback): unknown => client.exec(command, done);
      for (let refused = 0; ; refused++) {
        try {
          return await opened(sessions, bounds.signal, open, (channel) =>
            ended(channel, { name, at, stuck: () => leaveStuck(channel) }, bounds),
          );
        } catch (error) {
          const said = sshError(error, at);
          if (said.reason !== 'rate-limited') throw said;
          const pauseMs = SWEEPING_MS[refused];
          if (pauseMs === undefined) {
            // Its sessions are taken, and not by us: a new connection begins with none.
            if (sessions.taken === 0) leave();
            throw said;
          }
          await pause(pauseMs, undefined, { signal: bounds.signal }).catch(() => undefined);
        }
      }
    },
    async stream({ host, port }, signal) {
      try {
        const open = (done: ClientCallback): unknown => client.forwardOut('127.0.0.1', 0, host, port, done);
        return await opened<Wire>(streams, signal, open, (channel) => channel);
      } catch (error) {
        throw sshError(error, at, `${host}:${port}`);
      }
    },
    [Symbol.dispose]() {
      client.end();
    },
  };
}
