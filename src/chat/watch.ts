import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';
import type { Condition } from '#src/domain/platform.ts';

/** What is known of a medium from how calls end: those that are made anyway, and a small one where none is made. */
export interface Watch {
  /** Up until something says otherwise. */
  condition(): Condition;
  /** Looks for the first time, and from then on whenever no call was made for a while. */
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
  /** After so long without a call, a fifth more or less, it is asked: nothing urgent has to find out. */
  readonly idleMs: number;
  readonly firstWaitMs?: number | undefined;
}

const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 15_000;
/** What was refused stays refused until somebody acts; who asks too often is banned. */
export const REFUSED_MS = 60_000;

/** `unclear`: it was not even asked, for reasons of our own. */
type Seen = 'well' | 'unclear' | OutsideError;

export function createWatch({ probe, ending, logger, idleMs, firstWaitMs = FIRST_WAIT_MS }: Needs): Watch {
  const settled = Promise.withResolvers<Condition>();
  let trouble: { readonly why: string; readonly since: Date } | undefined;
  let looking = false;
  let begun = false;
  let heardAt = performance.now();

  const condition = (): Condition => (trouble ? { up: false, ...trouble } : { up: true });
  const pause = (ms: number): Promise<unknown> =>
    delay(ms, undefined, { signal: ending, ref: false }).catch(() => undefined);

  function learn(failure: OutsideError | undefined): void {
    if (!failure) {
      if (trouble) logger.info({ since: trouble.since }, 'medium is back');
      trouble = undefined;
      return;
    }
    if (!trouble) logger.warn({ why: failure.message }, 'medium is down, will try again');
    trouble = { why: failure.message, since: trouble?.since ?? new Date() };
  }

  async function look(): Promise<Seen> {
    try {
      await probe();
      return 'well';
    } catch (error) {
      if (error instanceof OutsideError) return isTrouble(error) ? error : 'well';
      logger.warn({ err: error }, 'look at a medium failed');
      return 'unclear';
    } finally {
      heardAt = performance.now();
    }
  }

  /** What is wrong after a look, when that was wrong before it. */
  function after(seen: Seen, before: OutsideError | undefined): OutsideError | undefined {
    if (seen === 'unclear') return before;
    const failure = seen === 'well' ? undefined : seen;
    learn(failure);
    return failure;
  }

  /** One slow answer is no outage: only a look that fails too says so. */
  async function lookUntilWell(first: OutsideError | undefined): Promise<void> {
    if (looking) return;
    looking = true;
    let failure = first ?? after(await look(), undefined);
    settled.resolve(condition());
    for (let waitMs = firstWaitMs; failure && !ending.aborted; waitMs = Math.min(waitMs * 2, MOST_WAIT_MS)) {
      await pause(failure.reason === 'unauthorized' ? REFUSED_MS : waitMs);
      if (ending.aborted) break;
      failure = after(await look(), failure);
    }
    looking = false;
  }

  function called(failure: OutsideError | undefined): void {
    heardAt = performance.now();
    if (!failure || !isTrouble(failure)) return learn(undefined);
    if (failure.reason === 'unauthorized') learn(failure);
    void lookUntilWell(failure);
  }

  async function lookWhenIdle(): Promise<void> {
    let patienceMs = aboutMs(idleMs);
    while (!ending.aborted) {
      const waitMs = heardAt + patienceMs - performance.now();
      if (waitMs > 0) {
        await pause(waitMs);
        continue;
      }
      patienceMs = aboutMs(idleMs);
      heardAt = performance.now();
      if (looking) continue;
      const seen = await look();
      if (seen !== 'unclear') called(seen === 'well' ? undefined : seen);
    }
  }

  return {
    condition,
    begin() {
      if (begun) return;
      begun = true;
      void lookUntilWell(undefined);
      void lookWhenIdle();
    },
    settled: () => settled.promise,
    called,
  };
}

const aboutMs = (ms: number): number => ms * (0.8 + Math.random() * 0.4);

const isTrouble = ({ reason }: OutsideError): boolean =>
  reason === 'unavailable' || reason === 'timeout' || reason === 'unauthorized';
