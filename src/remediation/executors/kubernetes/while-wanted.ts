import { OutsideError } from '#src/domain/errors.ts';

/** The outcome of work that goes on by itself when the signal gives it up: then a `timeout` with these words. */
export async function whileWanted<T>(work: Promise<T>, signal: AbortSignal, words: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(new OutsideError('kubernetes', 'timeout', words));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
