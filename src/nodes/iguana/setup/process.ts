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
 * Runs a program of the operator's on the node, once for this request. False when it failed, or when it is not known how it
 * ended. What it wrote stays there: it may hold more than people should see. Throws UserError.
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

/** Whether it is the process of then. */
export const isSame = (process: Process, was: Was): boolean =>
  was !== null && process.pid === was.pid && process.startedAt === was.startedAt;

/** Waits until the process is gone. It is never forced. `by` = what was to end it, in words. Throws UserError. */
export async function waitGone(
  { executor, target }: Site,
  { was, by }: { readonly was: NonNullable<Was>; readonly by: string },
  { signal }: Carrying,
  { everyMs, goneMs }: Waits,
): Promise<void> {
  const old: Process = { ...was, argv: [], cwd: '', env: {} };
  const look = async (): Promise<true | undefined> =>
    (await executor.isRunning(target.node, old)) ? undefined : true;
  if (await poll(look, { everyMs, withinMs: goneMs, signal })) return;
  throw new UserError(
    `Process ${was.pid} was asked to end (${by}) and is still there after ${spell(goneMs)}; Tocsin never forces it. Look at it, then request restart-iguana again.`,
  );
}

/** Waits until it answers. `how` = how it was started, in words. Throws UserError. */
export async function waitAnswers(
  { iguana }: Site,
  how: string,
  { signal }: Carrying,
  { everyMs, answersMs }: Waits,
): Promise<void> {
  let why = '';
  const look = async (): Promise<true | undefined> => {
    try {
      await iguana.call(Help, ['SuperNET', 'help']);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OutsideError)) throw error;
      why = wordsOf(error);
      return undefined;
    }
  };
  if (await poll(look, { everyMs, withinMs: answersMs, signal })) return;
  throw new UserError(
    `It does not answer after ${spell(answersMs)} (${how}; ${why}): it notarises nothing. Look at its log on the node.`,
  );
}
