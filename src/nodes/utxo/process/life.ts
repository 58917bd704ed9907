import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Change, Executor, Process } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying } from '#src/domain/remedy.ts';

import type { Connect } from '../connect.ts';
import { poll, spell } from '../poll.ts';
import { isRefused, isWarmingUp } from '../rpc-error.ts';
import { isSameCommand, processNow, whyNotAgain } from './identity.ts';
import { blocksOf, requireCalm } from './rpc-state.ts';
import { argumentsDigest, shownArguments } from './shown-arguments.ts';

export interface Waits {
  readonly everyMs: number;
  /** Longest wait for the process to go. */
  readonly goneMs: number;
  /** Longest wait for the new process to listen. */
  readonly listensMs: number;
  /** Longest wait for its RPC to answer with its height. */
  readonly answersMs: number;
}

export const WAITS: Waits = {
  everyMs: 1_000,
  goneMs: 120_000,
  listensMs: 60_000,
  answersMs: 15 * 60_000,
};

/** A daemon that a remedy stops or starts, and how it gets to it. */
export interface Life {
  readonly carrying: Carrying;
  readonly executor: Executor;
  readonly connect: Connect;
  readonly waits: Waits;
}

/** How the daemon was before. A type, not an interface: it is kept as JSON. No argument is in it. */
export type Before = {
  readonly pid: number;
  readonly running: boolean;
  readonly blocks: number;
  readonly command: string;
};

interface Found {
  readonly process: Process;
  readonly running: boolean;
}

/** The process to stop or start: the one that listens, or the one that was remembered. Throws UserError. */
export async function found(executor: Executor, target: Target): Promise<Found> {
  const { node, service } = target;
  const running = await processNow(executor, target);
  const process = running ?? (await executor.recall(node, service.id));
  if (!process) {
    throw new UserError(
      `${service.id} on ${node.id} does not run, and Tocsin has not seen it run before, so it does not know how to start it. Start it by hand once: from then on Tocsin remembers.`,
    );
  }
  const why = whyNotAgain(process);
  if (why !== undefined) throw new UserError(why);
  const other = running ? undefined : await executor.twin(node, service.id);
  if (!other) return { process, running: running !== undefined };
  throw new UserError(
    `${service.id} runs (pid ${other.pid}), but its RPC does not listen: it is starting or stopping. Wait for it.`,
  );
}

/** What a plan says of stopping it, and what binds an approval to this very process. */
export function plannedStop({ process, running }: Found, { goneMs }: Waits) {
  const { argv, pid, startedAt } = process;
  const stop = [
    'Ask the daemon by RPC to stop',
    `Wait for its process ${pid} to go, at most ${spell(goneMs)}; it is never forced`,
  ];
  return {
    steps: running ? stop : ['It does not run: nothing to stop'],
    bound: {
      process: running ? `pid ${pid}, began ${startedAt}` : 'not running',
      command: argumentsDigest(argv),
    },
  };
}

/** What a plan says of starting it. */
export function plannedStart(
  { process: { argv, cwd } }: Found,
  { answersMs }: Waits,
  { program = argv[0] ?? '', once = [] }: Change = {},
): readonly string[] {
  const words = shownArguments([program, ...argv.slice(1), ...once]);
  return [
    `Start ${words.join(' ')} in ${cwd}`,
    `Wait for its RPC, at most ${spell(answersMs)}, and see that it has at least the blocks it had`,
  ];
}

/** A step: keeps what starts it again, before it is stopped. */
export function identify({ carrying, executor, connect }: Life): Promise<Before> {
  const { target, journal, signal } = carrying;
  return journal.step('identify', async (): Promise<Before> => {
    const { process, running } = await found(executor, target);
    const blocks = running ? await requireCalm(await connect(target, { executor, signal })) : 0;
    await executor.remember(target.node, target.service.id, process);
    return { pid: process.pid, running, blocks, command: argumentsDigest(process.argv) };
  });
}

/** Two steps: asks it by RPC to stop, and waits until its process is gone. It is never forced. Throws UserError. */
export async function stop(life: Life, before: Before): Promise<void> {
  const { carrying, executor, waits } = life;
  const { target, journal, signal } = carrying;
  const process = await remembered(life);
  // By the pid of then: meanwhile another process may be remembered that is the restarted one.
  const old: Process | undefined = process?.pid === before.pid ? process : undefined;
  const isOldRunning = async (): Promise<boolean> =>
    old !== undefined && executor.isRunning(target.node, old);

  await journal.step('stop', async () => {
    if (!before.running || !(await isOldRunning())) return 'it does not run';
    await carrying.progress('asking it to stop');
    await askToStop(life);
    return 'asked';
  });
  await journal.step('wait for its end', async () => {
    await carrying.progress(`waiting for process ${before.pid} to go`);
    const gone = await poll(async () => ((await isOldRunning()) ? undefined : true), {
      everyMs: waits.everyMs,
      withinMs: waits.goneMs,
      signal,
    });
    if (gone) return before.pid;
    throw new UserError(
      `Process ${before.pid} was asked to stop and is still there after ${spell(waits.goneMs)}; Tocsin never forces it. Wait until it is gone, then request restart-chain: it will be started as it was.`,
    );
  });
}

/** Two steps: starts it, and waits until it has at least the blocks it had. Resolves with its height. Throws UserError. */
export async function start(life: Life, before: Before, change: Change = {}): Promise<number> {
  const { carrying, executor } = life;
  const { target, journal } = carrying;
  await journal.step('start', async () => {
    await carrying.progress('starting it');
    if (!(await remembered(life))) throw forgotten();
    // A supervisor may have been faster, or this step was interrupted after its deed.
    const there =
      (await processNow(executor, target)) ?? (await executor.twin(target.node, target.service.id));
    if (there) return 'it runs already';
    await executor.start(target.node, target.service.id, change);
    return 'started';
  });
  return journal.step('wait for its RPC', () => answering(life, before));
}

/** That it is another process than before, with the command line it shall have; remembered from now on. Throws UserError. */
export async function verified(life: Life, before: Before): Promise<Process> {
  const { carrying, executor } = life;
  const { target } = carrying;
  const process = await remembered(life);
  const now = await processNow(executor, target);
  if (!now)
    throw new UserError('Its RPC answers, but the process behind it is not to be found: look at the node.');
  if (before.running && now.pid === before.pid) {
    throw new UserError(`The same process ${now.pid} still runs: it was not restarted.`);
  }
  if (!process || !isSameCommand(now, process)) {
    throw new UserError(
      `It runs again (pid ${now.pid}), but with other arguments than it should: something else started it. Look at the node.`,
    );
  }
  await executor.remember(target.node, target.service.id, now);
  return now;
}

const remembered = ({ carrying: { target }, executor }: Life): Promise<Process | undefined> =>
  executor.recall(target.node, target.service.id);

const forgotten = (): UserError =>
  new UserError('How the daemon was started is not remembered any more: start it by hand.');

async function askToStop({ carrying: { target, signal }, executor, connect }: Life): Promise<void> {
  try {
    await (await connect(target, { executor, signal })).call('stop');
  } catch (error) {
    // It may have gone before it could answer: the wait for its end tells.
    if (error instanceof OutsideError && (error.retryable || isRefused(error))) return;
    throw error;
  }
}

/** Waits for a height that is not below the one before. */
async function answering(life: Life, before: Before): Promise<number> {
  const { carrying, executor, connect, waits } = life;
  const { everyMs, listensMs, answersMs } = waits;
  const { target, signal } = carrying;
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
    if (performance.now() - began > listensMs && !(await isThere(life))) {
      const program = (await remembered(life))?.argv[0] ?? 'The daemon';
      throw new UserError(
        `It was started and is gone again: ${program} does not run. Its own log (debug.log) says why.`,
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

const isThere = async ({ carrying: { target }, executor }: Life): Promise<boolean> =>
  (await executor.twin(target.node, target.service.id)) !== undefined;
