import type { Audit } from '#src/domain/audit.ts';
import type { Cancelling, Journal, Json, Request, Requests } from '#src/domain/remedy.ts';

import type { Say } from './run-log.ts';
import { stepBegun, stepDone, stepOf } from './progress.ts';

/** The record could not be written, or is another process's now: whatever the remedy says of it, the run is not over. */
export class JournalLost extends Error {
  override readonly name = 'JournalLost';
}

/** Somebody wants the run stopped: its next step was not begun. */
class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** The wish to stop a run, and the first step that was not begun because of it. */
export interface Unbegun extends Cancelling {
  readonly step: string;
}

export interface RunRecord {
  readonly journal: Journal;
  /** Changes the request's record, unless another process took the run over. Throws JournalLost. */
  write(change: (request: Request) => Request): Promise<Request>;
  /** Set as soon as a write failed. */
  lost(): JournalLost | undefined;
  /** Set as soon as a step was not begun because the run is to be cancelled. */
  cancelled(): Unbegun | undefined;
  /** The latest known state. */
  latest(): Request;
}

interface RecordOptions {
  readonly requests: Requests;
  readonly audit: Pick<Audit, 'write'>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly say: Say;
  /** After each change. */
  readonly changed: (request: Request) => void;
}

/** The journal of one run, kept in the request's own record and fenced by its number. */
export function runRecord(begun: Request, options: RecordOptions): RunRecord {
  const { requests, audit, now, signal, say, changed } = options;
  let latest = begun;
  let lost: JournalLost | undefined;
  let cancelled: Unbegun | undefined;

  const guarded = async <T>(deed: () => Promise<T>): Promise<T> => {
    if (lost) throw lost;
    try {
      return await deed();
    } catch (error) {
      if (error instanceof Cancelled) throw error;
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
    guarded(() =>
      audit.write({
        who: 'tocsin',
        what,
        about: begun.id,
        detail: { step, node: begun.node, ...peopleOf(begun) },
      }),
    );

  return {
    write,
    lost: () => lost,
    cancelled: () => cancelled,
    latest: () => latest,
    journal: {
      async step<T extends Json>(
        name: string,
        act: (interrupted: boolean) => Promise<T>,
        { anyway = false }: { readonly anyway?: boolean } = {},
      ): Promise<T> {
        signal.throwIfAborted();
        const known = stepOf(latest, name);
        if (known?.doneAt !== undefined) return known.result as T;
        await write((request) => {
          // Within the compare and set: a wish to stop is never overtaken by the step it came before.
          if (!known && !anyway && request.cancelling) {
            cancelled = { ...request.cancelling, step: name };
            throw new Cancelled(`step ${name} was not begun: the run is to be cancelled`);
          }
          return stepBegun(request, name, now());
        });
        await note(known ? 'remedy.step-resumed' : 'remedy.step-begun', name);
        await say(known ? `→ ${name}, begun before and interrupted` : `→ ${name}`);
        const result = await act(known !== undefined);
        await write((request) => stepDone(request, name, result, now()));
        await note('remedy.step-done', name);
        await say(`✓ ${name}`);
        return result;
      },
    },
  };
}

/** Who asked and who approved, each with the account it was done from: stands in the audit of everything that follows. */
export function peopleOf({ requestedBy, approvedBy, accounts = {} }: Request): Record<string, string> {
  const named = (id: string): string => (accounts[id] ? `${id} (${accounts[id]})` : id);
  return {
    requestedBy: named(requestedBy),
    ...(approvedBy.length > 0 && { approvedBy: approvedBy.map(named).join(', ') }),
  };
}
