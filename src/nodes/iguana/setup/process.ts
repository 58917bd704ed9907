import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Process } from '#src/domain/executor.ts';
import type { Carrying } from '#src/domain/remedy.ts';

import { poll, spell } from '../../poll.ts';
import { Help } from '../payloads.ts';
import type { Site } from './site.ts';

export interface Waits {
  readonly everyMs: number;
  /** Longest wait for its process to go. */
  readonly goneMs: number;
  /** Longest wait for it to answer. */
  readonly answersMs: number;
  /** Longest run of a program of the node. */
  readonly programMs: number;
}

/** The process that it was. A type, not an interface: it is kept as JSON. */
export type Was = { readonly pid: number; readonly startedAt: string } | null;

export const wasOf = (process: Process | undefined): Was =>
  process ? { pid: process.pid, startedAt: process.startedAt } : null;

export const processOf = ({ executor, target, port }: Site): Promise<Process | undefined> =>
  executor.listening(target.node, port);

interface Program {
  readonly what: string;
  readonly argv: readonly [string, ...string[]];
  /** Why no exit code but 0 will do; left out = what it was for is looked at afterwards. */
  readonly orElse?: string | undefined;
}

/**
 * Runs a program of the operator's on the node, once for this request. False when it is not known how it ended. What it wrote
 * stays there: it may hold more than people should see. Throws UserError.
 */
export async function runOnce(
  { executor, target }: Site,
  { request, signal }: Carrying,
  { what, argv, orElse }: Program,
  { programMs }: Waits,
): Promise<boolean> {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(programMs)]);
  try {
    const { exitCode } = await executor.runOnce(target.node, `${request}-${what}`, argv, { signal: bound });
    if (exitCode === 0 || orElse === undefined) return exitCode === 0;
    throw new UserError(`${argv[0]}, which was to ${what} it, ended with code ${exitCode}: ${orElse}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OutsideError && error.maybeDone) return false;
    if (bound.aborted) return false;
    throw error;
  }
}

/** Waits until the process is gone. It is never forced. Throws UserError. */
export async function waitGone(
  site: Site,
  was: NonNullable<Was>,
  carrying: Carrying,
  waits: Waits,
): Promise<void> {
  const { executor, target } = site;
  const { everyMs, goneMs } = waits;
  const old: Process = { ...was, argv: [], cwd: '', env: {} };
  const look = async (): Promise<true | undefined> =>
    (await executor.isRunning(target.node, old)) ? undefined : true;
  const gone = await poll(look, { everyMs, withinMs: goneMs, signal: carrying.signal });
  if (gone) return;
  throw new UserError(
    `Process ${was.pid} was asked to end and is still there after ${spell(goneMs)}; Tocsin never forces it. Look at it, then request restart-iguana again.`,
  );
}

/** Waits until it answers. Throws UserError. */
export async function waitAnswers({ iguana }: Site, carrying: Carrying, waits: Waits): Promise<void> {
  const { everyMs, answersMs } = waits;
  let why = '';
  const look = async (): Promise<true | undefined> => {
    try {
      await iguana.call(Help, ['SuperNET', 'help']);
      return true;
    } catch (error) {
      carrying.signal.throwIfAborted();
      if (!(error instanceof OutsideError)) throw error;
      why = wordsOf(error);
      return undefined;
    }
  };
  const there = await poll(look, { everyMs, withinMs: answersMs, signal: carrying.signal });
  if (there) return;
  throw new UserError(
    `It was started, but does not answer after ${spell(answersMs)} (${why}): it notarises nothing. Look at its log on the node.`,
  );
}
