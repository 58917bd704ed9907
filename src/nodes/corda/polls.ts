import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import type { Worker } from './settings.ts';

/** When a worker asked for the network map last, and how that is known: from its log, or reckoned from its start. */
export interface Poll {
  readonly id: string;
  readonly at: Date;
  readonly by: 'log' | 'start';
}

interface Reached {
  readonly target: { readonly node: Node };
  readonly executor?: Executor | undefined;
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** A worker as it was seen. */
interface Seen {
  readonly state: string;
  readonly startedAt?: Date | undefined;
}

/** Undefined where neither tells it: Corda itself has no call and no metric for it. Throws OutsideError. */
export async function lastPoll(
  worker: Worker,
  seen: Seen | undefined,
  { pollSeconds, ...reached }: Reached & { readonly pollSeconds: number },
): Promise<Poll | undefined> {
  const logged = worker.log === undefined ? undefined : pollIn(await endOf(worker.log, reached));
  if (logged) return { id: worker.id, at: logged, by: 'log' };
  if (seen?.state !== 'up' || !seen.startedAt) return undefined;
  const at = reckoned(seen.startedAt, pollSeconds, reached.now);
  return at && { id: worker.id, at, by: 'start' };
}

/** How much longer each round is than the interval, at most: a node counts it from the end of a poll. */
const DRIFT_SECONDS = 1;

/**
 * The last of the polls that begin with the node and follow each other by the interval. Undefined once the drift of so
 * many may be half an interval: then it may as well be any time.
 */
export function reckoned(startedAt: Date, pollSeconds: number, now: Date): Date | undefined {
  const seconds = (now.getTime() - startedAt.getTime()) / 1000;
  if (pollSeconds <= 0 || seconds < 0) return undefined;
  const polls = Math.floor(seconds / pollSeconds);
  if (polls * DRIFT_SECONDS > pollSeconds / 2) return undefined;
  return new Date(startedAt.getTime() + polls * pollSeconds * 1000);
}

/** Lines of Corda's own pattern, of NetworkMapClient (level TRACE) and NetworkMapUpdater. */
const LINE =
  /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[,.](\d{3})Z .*(?:Fetched network map update from|Error encountered while updating network map)/g;

/** The newest poll that the end of a log tells of. */
export function pollIn(log: string): Date | undefined {
  const [, second, millisecond] = Array.from(log.matchAll(LINE)).at(-1) ?? [];
  const at = new Date(`${second}.${millisecond}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const END_BYTES = 256 * 1024;

async function endOf(path: string, { target: { node }, executor, signal }: Reached): Promise<string> {
  if (!executor) {
    throw new OutsideError('corda', 'rejected', `this version has no ${node.access.kind} way to ${path}`);
  }
  const ran = await executor.run(node, ['tail', '-c', String(END_BYTES), path], {
    signal,
    maxBytes: 4 * END_BYTES,
  });
  if (ran.exitCode === 0) return ran.stdout;
  throw new OutsideError(
    'corda',
    'forbidden',
    `cannot read ${path}: is it there, and may Tocsin's user read it?`,
  );
}
