import type { Audit } from '#src/domain/audit.ts';
import type { Journal, Json, Request, Requests } from '#src/domain/remedy.ts';

import { stepBegun, stepDone, stepOf } from './progress.ts';

/** The record could not be written, or is another process's now: whatever the remedy says of it, the run is not over. */
export class JournalLost extends Error {
  override readonly name = 'JournalLost';
}

export interface RunRecord {
  readonly journal: Journal;
  /** Changes the request's record, unless another process took the run over. Throws JournalLost. */
  write(change: (request: Request) => Request): Promise<Request>;
  /** Set as soon as a write failed. */
  lost(): JournalLost | undefined;
  /** The latest known state. */
  latest(): Request;
}

interface RecordOptions {
  readonly requests: Requests;
  readonly audit: Pick<Audit, 'write'>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** After each change. */
  readonly changed: (request: Request) => void;
}

/** The journal of one run, kept in the request's own record and fenced by its number. */
export function runRecord(begun: Request, options: RecordOptions): RunRecord {
  const { requests, audit, now, signal, changed } = options;
  let latest = begun;
  let lost: JournalLost | undefined;

  const guarded = async <T>(deed: () => Promise<T>): Promise<T> => {
    if (lost) throw lost;
    try {
      return await deed();
    } catch (error) {
      lost =
        error instanceof JournalLost
          ? error
          : new JournalLost('the record was not written', { cause: error });
      throw lost;
    }
  };

  const write = (change: (request: Request) => Request): Promise<Request> =>
    guarded(async () => {
      const written = await requests.update(begun.id, (current) => {
        if (current?.state !== 'running' || current.run !== begun.run) {
          throw new JournalLost(`another process carries on with request ${begun.id}`);
        }
        return change(current);
      });
      if (!written) throw new JournalLost(`request ${begun.id} is gone`);
      latest = written;
      changed(written);
      return written;
    });

  const note = (what: string, step: string): Promise<void> =>
    guarded(() => audit.write({ who: 'tocsin', what, about: begun.id, detail: { step, node: begun.node } }));

  return {
    write,
    lost: () => lost,
    latest: () => latest,
    journal: {
      async step<T extends Json>(name: string, act: (interrupted: boolean) => Promise<T>): Promise<T> {
        signal.throwIfAborted();
        const known = stepOf(latest, name);
        if (known?.doneAt !== undefined) return known.result as T;
        await note(known ? 'remedy.step-resumed' : 'remedy.step-begun', name);
        await write((request) => stepBegun(request, name, now()));
        const result = await act(known !== undefined);
        await write((request) => stepDone(request, name, result, now()));
        await note('remedy.step-done', name);
        return result;
      },
    },
  };
}
