import { setTimeout as pause } from 'node:timers/promises';

import { OutsideError, type Reason } from '#src/domain/errors.ts';

const PAUSE_MS = 500;

/** Of failures that may be over the next moment. */
export const PASSING: ReadonlySet<Reason> = new Set<Reason>(['unavailable', 'rate-limited', 'timeout']);

/**
 * Asks again when the connection broke off under the question, until the signal's end: only for what may be asked twice.
 * Throws OutsideError, which has `maybeDone` once it broke off.
 */
export async function again<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let broke = false;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      broke ||= error.reason === 'unavailable' && error.maybeDone;
      const last = broke ? maybeDone(error) : error;
      if (!broke || signal.aborted || !PASSING.has(error.reason)) throw last;
      await pause(PAUSE_MS, undefined, { signal }).catch(() => {
        throw last;
      });
    }
  }
}

const maybeDone = ({ system, reason, message, cause }: OutsideError): OutsideError =>
  new OutsideError(system, reason, message, { cause, maybeDone: true });
