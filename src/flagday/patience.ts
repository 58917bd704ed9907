import { UserError } from '#src/domain/errors.ts';
import type { FlagDayRecords, Pause } from '#src/domain/flagday.ts';
import type { Carrying, Requests } from '#src/domain/remedy.ts';
import { poll } from '#src/nodes/poll.ts';

/** How a run waits for people. */
export interface Patience {
  /** Waits while somebody has paused it; at once when it is not, and when it is being cancelled. */
  unpaused(): Promise<void>;
  isPaused(): Promise<boolean>;
  /** Somebody wants it to end: no further step is begun. */
  isCancelled(): Promise<boolean>;
  /**
   * At a doubt: nothing more is done until a person says so. Asked again about the same doubt, it does not pause a
   * second time. Throws UserError where nobody can be waited for.
   */
  doubt(name: string, why: string): Promise<void>;
}

export interface PatienceNeeds {
  readonly records: FlagDayRecords;
  readonly requests: Pick<Requests, 'get'>;
  readonly now: () => Date;
  readonly everyMs: number;
  /** Calls people: it waits for them. */
  readonly call: (carrying: Carrying, pause: Pause) => Promise<void>;
}

/** Waits by the flag day's record, for `flagday resume` or `flagday abort`. */
export function patienceOf(carrying: Carrying, needs: PatienceNeeds): Patience {
  const { request, signal } = carrying;
  const { records, requests, now, everyMs, call } = needs;

  const isCancelled = async (): Promise<boolean> => (await requests.get(request))?.cancelling !== undefined;
  const pauseNow = async (): Promise<Pause | undefined> => {
    const pause = (await records.get(request))?.paused;
    return pause && !(await isCancelled()) ? pause : undefined;
  };
  async function unpaused(): Promise<void> {
    await poll(
      async () => {
        const pause = await pauseNow();
        if (!pause) return true;
        await carrying.progress(wordsOf(pause));
        return undefined;
      },
      { everyMs, withinMs: Infinity, signal },
    );
  }
  return {
    unpaused,
    isCancelled,
    isPaused: async () => (await pauseNow()) !== undefined,
    async doubt(name, why) {
      const pause: Pause = { by: 'tocsin', at: now().toISOString(), why };
      const kept = await records.update(request, (current) =>
        current?.asked === name ? current : { ...current, request, paused: pause, asked: name },
      );
      if (kept?.paused) {
        await carrying.log(`waits for a person: ${kept.paused.why}`);
        await call(carrying, kept.paused);
      }
      await unpaused();
    },
  };
}

const wordsOf = ({ by, why }: Pause): string =>
  by === 'tocsin'
    ? `waits for a person: ${why}. \`flagday resume\` goes on, \`flagday abort\` ends it`
    : `paused by ${by}${why ? ` (${why})` : ''}: \`flagday resume\` goes on`;

/** For a remedy that ends at its first doubt. */
export const IMPATIENT: Patience = {
  unpaused: async () => undefined,
  isPaused: async () => false,
  isCancelled: async () => false,
  doubt: (_name, why) => Promise.reject(new UserError(`${why}.`)),
};
