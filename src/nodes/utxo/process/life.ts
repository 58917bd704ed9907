import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Change, Executor } from '#src/domain/executor.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying } from '#src/domain/remedy.ts';
import type { Deed, Instance, Standing, Supervisor } from '#src/domain/supervisor.ts';

import { poll, spell } from '../../poll.ts';
import type { Connect } from '../connect.ts';
import { isRefused, isWarmingUp, RpcError } from '../rpc-error.ts';
import { blocksOf, requireCalm } from './rpc-state.ts';
import { keeperOf } from './supervisor.ts';

export interface Waits {
  readonly everyMs: number;
  /** Longest wait for the daemon to end. */
  readonly goneMs: number;
  /** So long an interrupted stop waits for the end that it may have brought about, before it asks once more. */
  readonly againMs: number;
  /** Longest wait for the new run to be there. */
  readonly listensMs: number;
  /** Longest wait for its RPC to answer with its height. */
  readonly answersMs: number;
}

export const WAITS: Waits = {
  everyMs: 1_000,
  goneMs: 120_000,
  againMs: 30_000,
  listensMs: 60_000,
  answersMs: 15 * 60_000,
};

/** A daemon that a remedy stops or starts, and how it gets to it. */
export interface Life {
  readonly carrying: Carrying;
  readonly executor: Executor;
  readonly connect: Connect;
  readonly waits: Waits;
  /** Put behind the names of the steps, where a run stops or starts it a second time. */
  readonly round?: string | undefined;
  /** Its steps are taken also while the run is being cancelled: it would leave things worse to stop before them. */
  readonly anyway?: boolean | undefined;
}

/** For steps that are taken also while the run is being cancelled: stopping before them would leave things worse. */
export const ANYWAY = { anyway: true } as const;

/** How the daemon was before. A type, not an interface: it is kept as JSON. No argument is in it. */
export type Before = {
  readonly running: boolean;
  /** Empty where it did not run. */
  readonly instance: string;
  /** For people, as in "pid 4711". */
  readonly words: string;
  readonly blocks: number;
  /** What an approval was bound to. */
  readonly bound: Readonly<Record<string, string>>;
  /** The supervisor's, for the start. */
  readonly kept: string;
};

/** A daemon as it is found, for a plan. */
export interface Found extends Standing {
  readonly supervisor: Supervisor;
}

/** Throws UserError where it must not be stopped or started now, OutsideError where that cannot be seen. */
export async function found(executor: Executor, target: Target): Promise<Found> {
  const supervisor = keeperOf(executor, target);
  return { ...(await supervisor.look()), supervisor };
}

/** What a plan says of stopping it, and what binds an approval to this very run. Throws UserError where it would not stay down. */
export async function plannedStop(found: Found, { goneMs }: Waits, stays = true) {
  const { instance, supervisor } = found;
  const how = await supervisor.planStop(found, { stays, withinMs: goneMs });
  const stop = instance && [
    how,
    `Wait for its end (${instance.words}), at most ${spell(goneMs)}; it is never forced`,
  ];
  return {
    steps: stop ?? ['It does not run: nothing to stop'],
    bound: { process: instance?.id ?? 'not running', ...found.bound },
  };
}

/** What a plan says of starting it. Throws UserError where its supervisor cannot start it so. */
export async function plannedStart(
  { supervisor }: Found,
  { answersMs }: Waits,
  change: Change = {},
): Promise<readonly string[]> {
  return [
    await supervisor.planStart(change),
    `Wait for its RPC, at most ${spell(answersMs)}, and see that it has at least the blocks it had`,
  ];
}

/** A step: keeps what starts it again, before it is stopped. */
export function identify(life: Life): Promise<Before> {
  const { carrying, executor, connect } = life;
  const { target, signal } = carrying;
  return carrying.journal.step(
    named(life, 'identify'),
    async (): Promise<Before> => {
      const { supervisor, instance, bound, kept } = await found(executor, target);
      const blocks = instance ? await requireCalm(await connect(target, { executor, signal })) : 0;
      await supervisor.keep?.();
      const { id = '', words = 'not running' } = instance ?? {};
      return { running: instance !== undefined, instance: id, words, blocks, bound, kept };
    },
    { anyway: life.anyway ?? false },
  );
}

/** Two steps: has it end, and waits for that. Where it `stays` down, no supervisor brings it back. It is never forced. Throws UserError. */
export async function stop(life: Life, before: Before, stays = true): Promise<void> {
  const { carrying, executor, waits } = life;
  const { target, journal, signal } = carrying;
  const supervisor = keeperOf(executor, target);
  const { everyMs, goneMs, againMs } = waits;
  const runs = async (): Promise<boolean> => before.running && (await supervisor.isRunning(before.instance));
  const ended = (withinMs: number): Promise<true | undefined> =>
    poll(async () => ((await runs()) ? undefined : true), { everyMs, withinMs, signal });

  await journal.step(
    named(life, 'stop'),
    async (interrupted) => {
      // It may have been asked already, and be brought back: who is asked twice could be the next run.
      if (!(await runs()) || (interrupted && (await ended(againMs)))) return 'it does not run';
      await carrying.progress('asking it to stop');
      await supervisor.stop({ ...deed(life, 'stop'), stays, withinMs: goneMs, ask: () => askToStop(life) });
      return 'asked';
    },
    { anyway: life.anyway ?? false },
  );
  await journal.step(
    named(life, 'wait for its end'),
    async () => {
      await carrying.progress(`waiting for ${before.words} to end`);
      if (await ended(goneMs)) {
        if (stays) await requireDown(life);
        return before.words;
      }
      await supervisor.release?.(deed(life, 'release'), before.kept);
      throw new UserError(
        `It was asked to stop and is still there (${before.words}) after ${spell(goneMs)}; Tocsin never forces it. Wait until it is gone, then request restart-chain: it will be started as it was.`,
      );
    },
    ANYWAY,
  );
}

/** That nothing of it runs: before its files are touched. Throws UserError. */
export async function requireDown({ carrying: { target }, executor }: Life): Promise<void> {
  const { instance, supervisor } = await found(executor, target);
  if (!instance) return;
  throw new UserError(
    `It runs again (${instance.words}): something started it after it was stopped, ${supervisor.words} or a person. Its files were left alone.`,
  );
}

/** Two steps: starts it, and waits until it has at least the blocks it had. Resolves with its height. Throws UserError. */
export async function start(life: Life, before: Before, change: Change = {}): Promise<number> {
  const { journal } = life.carrying;
  await journal.step(named(life, 'start'), () => begin(life, before, change), ANYWAY);
  return journal.step(named(life, 'wait for its RPC'), () => answering(life, before, change), ANYWAY);
}

/** Starts it, unless it runs or is being started: may be asked again. */
export async function begin(life: Life, before: Before, change: Change = {}): Promise<string> {
  const { carrying, executor, waits } = life;
  const { target, signal } = carrying;
  const supervisor = keeperOf(executor, target);
  const isThere = async (): Promise<true | undefined> => (await supervisor.isThere(change)) || undefined;
  await carrying.progress('starting it');
  const by = deed(life, 'start');
  // Something else may have been faster, or this was interrupted after its deed.
  const was = await isThere();
  if (was) await supervisor.release?.(deed(life, 'release'), before.kept);
  else await supervisor.start({ ...by, change, kept: before.kept });
  if (supervisor.settle) {
    await poll(isThere, { everyMs: waits.everyMs, withinMs: waits.listensMs, signal });
    await supervisor.settle(by, change);
  }
  return was ? 'it runs already' : 'started';
}

/** That it is another run than before, as it shall be; remembered so from now on. Throws UserError. */
export async function verified(life: Life, before: Before, change: Change = {}): Promise<Instance> {
  const now = await keeperOf(life.executor, life.carrying.target).arrived(change);
  if (!before.running || now.id !== before.instance) return now;
  throw new UserError(`The same run (${now.words}) still goes on: it was not restarted.`);
}

/** Whether this says that the daemon cannot be had so, rather than that there is no way to its machine now. */
export const isVerdict = ({ executor }: Pick<Life, 'executor'>, error: unknown): error is Error =>
  error instanceof UserError ||
  error instanceof RpcError ||
  (error instanceof OutsideError && !(error.system === executor.id && error.reason === 'unavailable'));

/** As the step is called in the record. */
export const named = ({ round }: Life, step: string): string =>
  round === undefined ? step : `${step} ${round}`;

/** What is done once in a run, for the node's record of it. */
export const deed = ({ carrying, round = '' }: Life, step: string): Deed => ({
  id: keyOf(carrying.request, step, round),
  signal: carrying.signal,
});

/** By its RPC; one that is gone before it can answer was asked. Throws RpcError, OutsideError. */
export async function askToStop({ carrying: { target, signal }, executor, connect }: Life): Promise<void> {
  try {
    await (await connect(target, { executor, signal })).call('stop');
  } catch (error) {
    // The wait for its end tells.
    if (error instanceof OutsideError && (error.retryable || isRefused(error))) return;
    throw error;
  }
}

/** Waits for a height that is not below the one before. Throws UserError. */
export async function answering(life: Life, before: Before, change: Change = {}): Promise<number> {
  const { carrying, executor, connect, waits } = life;
  const { everyMs, listensMs, answersMs } = waits;
  const { target, signal } = carrying;
  const supervisor = keeperOf(executor, target);
  let why = 'it does not answer yet';
  const began = performance.now();
  const look = async (): Promise<number | undefined> => {
    try {
      const blocks = await blocksOf(await connect(target, { executor, signal }));
      if (blocks >= before.blocks) return blocks;
      why = `it is at block ${blocks}, before it was at ${before.blocks}`;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OutsideError) && !isWarmingUp(error)) throw error;
      why = isWarmingUp(error) ? `it is starting: ${wordsOf(error)}` : wordsOf(error);
    }
    await carrying.progress(why);
    if (performance.now() - began > listensMs && !(await supervisor.isThere(change))) {
      throw new UserError(
        `It was started and is gone again: ${supervisor.words} does not run. Its own log (debug.log) says why.`,
      );
    }
    return undefined;
  };
  const blocks = await poll(look, { everyMs, withinMs: answersMs, signal });
  if (blocks !== undefined) return blocks;
  throw new UserError(
    `It runs again, but after ${spell(answersMs)} ${why}. Look at its own log (debug.log).`,
  );
}
