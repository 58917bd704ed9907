import { setTimeout as pause } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';

interface Persistence {
  /** The way to the machine that the work is on. */
  readonly executor: Executor | undefined;
  /** Between two tries; twice as long each time, as long as the work does not get on. */
  readonly pauseMs: { readonly least: number; readonly most: number };
  /** So long no way may be found, counted anew whenever the work got on, or had a way for a while. */
  readonly patienceMs: number;
  /** What tells whether it got on: how far it is. */
  readonly place: () => number;
  readonly signal: AbortSignal;
  /** Told each time the way breaks. */
  readonly away: (why: string) => Promise<void>;
}

/** An attempt to connect takes less than so many of the longest pauses: what took longer had a way. */
const WELL = 4;

/**
 * Work on a machine elsewhere, to its end: when the connection breaks off, it is taken up from its journal once there is a
 * way again, just as by the next process after a kill. Rejects as the work does, and when there is no way for too long.
 */
export async function persist<T>(work: () => Promise<T>, persistence: Persistence): Promise<T> {
  const { executor, pauseMs, patienceMs, place, signal, away } = persistence;
  let at = -1;
  let since = 0;
  let waitMs = pauseMs.least;
  for (;;) {
    const began = performance.now();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!isAway(error, executor)) throw error;
      const now = performance.now();
      const gotOn = place() !== at || now - began > WELL * pauseMs.most;
      if (gotOn) [at, since, waitMs] = [place(), now, pauseMs.least];
      if (now - since >= patienceMs) throw error;
      await away(error.message);
      await pause(waitMs, undefined, { signal });
      waitMs = Math.min(waitMs * 2, pauseMs.most);
    }
  }
}

/** Not what the daemon or a program says, but that there is no way to them. */
const isAway = (error: unknown, executor: Executor | undefined): error is OutsideError =>
  error instanceof OutsideError &&
  executor?.reach !== undefined &&
  error.system === executor.id &&
  error.reason === 'unavailable';
