import type { AlertIntake, Signal } from '#src/domain/alert.ts';
import { OutsideError } from '#src/domain/errors.ts';
import { RUNBOOK_PATH } from '#src/domain/runbook.ts';

import { alertIdOf } from './apply.ts';

/** Signals a job carries: few round trips for a burst, small jobs for many workers. */
const SIGNALS_PER_JOB = 50;

interface IntakeNeeds {
  /** Resolves once they are on record. */
  readonly add: (jobs: readonly { readonly data: readonly Signal[] }[]) => Promise<void>;
  readonly now: () => Date;
  /** Where people reach Tocsin's page: an alert that names its runbook is given the address of it. */
  readonly publicUrl?: string | undefined;
}

/** Puts signals into the queue. */
export const createIntake = ({ add, now, publicUrl }: IntakeNeeds): AlertIntake => {
  let last = 0;
  return {
    async accept(signals) {
      if (signals.length === 0) return [];
      // What came first began first, however long the queue is, and no two calls came at the same instant.
      last = Math.max(now().getTime(), last + 1);
      const receivedAt = new Date(last).toISOString();
      const dated = signals.map((signal) => withRunbook(withTimes(signal, receivedAt), publicUrl));
      const jobs: { data: Signal[] }[] = [];
      for (let at = 0; at < dated.length; at += SIGNALS_PER_JOB) {
        jobs.push({ data: dated.slice(at, at + SIGNALS_PER_JOB) });
      }
      await add(jobs);
      return signals.map(alertIdOf);
    },
  };
};

/**
 * Takes in nothing that only begins while as many alerts fire as are kept: none is forgotten for another. Ends are taken
 * in always. Throws OutsideError, upon which the producer tries again.
 */
export const boundedIntake = (intake: AlertIntake, isFull: () => boolean): AlertIntake => ({
  async accept(signals) {
    const isMore = signals.length > 0 && signals.every(({ status }) => status === 'firing');
    if (isMore && isFull())
      throw new OutsideError('tocsin', 'unavailable', TOO_MANY, { retryAfterMs: 30_000 });
    return intake.accept(signals);
  },
});

const TOO_MANY =
  'As many alerts fire as can be kept: end some, or silence their source, and send this again later.';

const withTimes = (signal: Signal, receivedAt: string): Signal =>
  signal.status === 'firing'
    ? { ...signal, startsAt: signal.startsAt ?? receivedAt }
    : { ...signal, endsAt: signal.endsAt ?? receivedAt };

function withRunbook(signal: Signal, publicUrl: string | undefined): Signal {
  const { runbook, runbook_url: given } = signal.annotations;
  if (publicUrl === undefined || given !== undefined || !runbook || !/^\w+$/.test(runbook)) return signal;
  const address = `${publicUrl.replace(/\/$/, '')}${RUNBOOK_PATH}/${runbook}`;
  return { ...signal, annotations: { ...signal.annotations, runbook_url: address } };
}
