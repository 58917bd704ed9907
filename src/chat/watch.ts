import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';
import type { Condition } from '#src/domain/platform.ts';

/** What is known of a medium without a connection of its own: from a look at the start, and from how calls end. */
export interface Watch {
  /** Up until something says otherwise. */
  condition(): Condition;
  /** Looks for the first time; needed by `settled` alone. */
  begin(): void;
  /** Resolves once the first look has ended, either way. */
  settled(): Promise<Condition>;
  /** How a call ended; undefined = well. */
  called(failure: OutsideError | undefined): void;
}

interface Needs {
  /** Asks the medium for something small. Throws OutsideError. */
  readonly probe: () => Promise<unknown>;
  readonly ending: AbortSignal;
  readonly logger: Logger;
  readonly firstWaitMs?: number | undefined;
}

const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 15_000;
/** What was refused stays refused until somebody acts. */
const REFUSED_MS = 60_000;

export function createWatch({ probe, ending, logger, firstWaitMs = FIRST_WAIT_MS }: Needs): Watch {
  const settled = Promise.withResolvers<Condition>();
  let trouble: { readonly why: string; readonly since: Date } | undefined;
  let looking = false;

  const condition = (): Condition => (trouble ? { up: false, ...trouble } : { up: true });

  function learn(failure: OutsideError | undefined): void {
    if (!failure) {
      if (trouble) logger.info({ since: trouble.since }, 'medium is back');
      trouble = undefined;
      return;
    }
    if (!trouble) logger.warn({ why: failure.message }, 'medium is down, will try again');
    trouble = { why: failure.message, since: trouble?.since ?? new Date() };
  }

  async function look(): Promise<OutsideError | undefined> {
    try {
      await probe();
    } catch (error) {
      if (error instanceof OutsideError && isTrouble(error)) return error;
      if (!(error instanceof OutsideError)) logger.error({ err: error }, 'look at a medium failed');
    }
    return undefined;
  }

  /** One slow answer is no outage: only a look that fails too says so. */
  async function lookUntilWell(first: OutsideError | undefined): Promise<void> {
    if (looking) return;
    looking = true;
    let failure = first;
    if (!failure) learn((failure = await look()));
    settled.resolve(condition());
    for (let waitMs = firstWaitMs; failure && !ending.aborted; waitMs = Math.min(waitMs * 2, MOST_WAIT_MS)) {
      await delay(failure.reason === 'unauthorized' ? REFUSED_MS : waitMs, undefined, {
        signal: ending,
        ref: false,
      }).catch(() => undefined);
      if (ending.aborted) break;
      learn((failure = await look()));
    }
    looking = false;
  }

  return {
    condition,
    begin: () => void lookUntilWell(undefined),
    settled: () => settled.promise,
    called(failure) {
      if (!failure || !isTrouble(failure)) return learn(undefined);
      if (failure.reason === 'unauthorized') learn(failure);
      void lookUntilWell(failure);
    },
  };
}

const isTrouble = ({ reason }: OutsideError): boolean =>
  reason === 'unavailable' || reason === 'timeout' || reason === 'unauthorized';
