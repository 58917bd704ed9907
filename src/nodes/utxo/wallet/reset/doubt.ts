import { OutsideError, unstopped, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Carrying } from '#src/domain/remedy.ts';

import { poll } from '../../../poll.ts';
import { executorOf } from '../../process/identity.ts';
import { isVerdict, type Life } from '../../process/life.ts';
import { inWords } from '../../refusal.ts';
import { isWarmingUp } from '../../rpc-error.ts';
import type { ResetPatience } from './patience.ts';

/** What fails for a reason of the world's is told together with where everything lies. */
export async function told<T>(carrying: Carrying, where: () => string, deed: () => Promise<T>): Promise<T> {
  try {
    return await inWords(deed);
  } catch (error) {
    if (carrying.signal.aborted) throw error;
    const words = `${ended(wordsOf(error))} ${where()}`;
    if (isFinal(carrying, error)) throw new UserError(words, { cause: error });
    if (!(error instanceof OutsideError)) throw error;
    const { system, reason, maybeDone } = error;
    throw new OutsideError(system, reason, words, { maybeDone, cause: error });
  }
}

/** Whether it stands against the deed, and is not just that there is no way to the machine now. */
const isFinal = ({ executors, target }: Carrying, error: unknown): error is Error =>
  isVerdict({ executor: executorOf(executors, target) }, error);

/** A sentence with its full stop, to be followed by another. */
export const ended = (words: string): string => `${unstopped(words)}.`;

/** Does a deed; what the world has against it is returned in words, to be kept on record. */
export async function doubted(carrying: Carrying, deed: () => Promise<string | void>): Promise<string> {
  try {
    return (await inWords(deed)) ?? '';
  } catch (error) {
    if (!isFinal(carrying, error) || carrying.signal.aborted) throw error;
    return wordsOf(error);
  }
}

/** Asks again for a while when nothing answers: that alone is no doubt. */
export async function steady<T>(
  { carrying: { signal } }: Life,
  { everyMs, steadyMs }: ResetPatience,
  deed: () => Promise<T>,
): Promise<T> {
  let last: unknown;
  const attempt = async (): Promise<{ readonly result: T } | undefined> => {
    try {
      return { result: await deed() };
    } catch (error) {
      const passes = isWarmingUp(error) || (error instanceof OutsideError && error.retryable);
      if (!passes || signal.aborted) throw error;
      last = error;
      return undefined;
    }
  };
  const done = await poll(attempt, { everyMs, withinMs: steadyMs, signal });
  if (done) return done.result;
  throw last;
}
