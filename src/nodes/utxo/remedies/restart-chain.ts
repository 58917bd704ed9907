import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Executor, Process } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import { connect as connectDaemon, type Connect } from '../connect.ts';
import { poll, spell } from '../poll.ts';
import { executorOf, isSameCommand, processNow, whyNotAgain } from '../process/identity.ts';
import { blocksOf, requireCalm } from '../process/rpc-state.ts';
import { argumentsDigest, shownArguments } from '../process/shown-arguments.ts';
import { inWords } from '../refusal.ts';
import { isRefused, isWarmingUp } from '../rpc-error.ts';

export interface RestartOptions {
  readonly connect?: Connect;
  readonly everyMs?: number;
  /** Longest wait for the process to go. */
  readonly goneMs?: number;
  /** Longest wait for the new process to listen. */
  readonly listensMs?: number;
  /** Longest wait for its RPC to answer with its height. */
  readonly answersMs?: number;
}

type Waits = Required<Omit<RestartOptions, 'connect'>>;

/** Restarts a daemon with the arguments it runs with, or ran with when it was last seen; it is asked to stop, never forced. */
export function createRestartChain(options: RestartOptions = {}): Remedy {
  const { connect = connectDaemon, ...given } = options;
  const waits: Waits = {
    everyMs: 1_000,
    goneMs: 120_000,
    listensMs: 60_000,
    answersMs: 15 * 60_000,
    ...given,
  };
  return {
    id: 'restart-chain',
    summary:
      'Stops the daemon by RPC, waits for it to go, starts it with the same arguments, waits for its RPC',
    risk: 'medium',
    kinds: ['utxo'],
    parameters: [],
    async plan(target, _args, executors) {
      const executor = executorOf(executors, target);
      const { process, running } = await found(executor, target);
      if (running) await requireCalm(await connect(target, { executor }));
      return planOf(process, running, waits);
    },
    carryOut: (carrying) => inWords(() => restart(carrying, connect, waits)),
  };
}

export const restartChain: Remedy = createRestartChain();

/** The process to restart: the one that listens, or the one that was remembered. Throws UserError. */
async function found(executor: Executor, target: Target): Promise<{ process: Process; running: boolean }> {
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
  const other = running ? undefined : await executor.twin(node, process);
  if (!other) return { process, running: running !== undefined };
  throw new UserError(
    `${service.id} runs (pid ${other.pid}), but its RPC does not listen: it is starting or stopping. Wait for it.`,
  );
}

function planOf(process: Process, running: boolean, { goneMs, answersMs }: Waits): Plan {
  const { argv, cwd, pid, startedAt } = process;
  const [program = '', ...words] = shownArguments(argv);
  const stop = [
    'Ask the daemon by RPC to stop',
    `Wait for its process ${pid} to go, at most ${spell(goneMs)}; it is never forced`,
  ];
  return {
    steps: [
      ...(running ? stop : ['It does not run: nothing to stop']),
      `Start ${[program, ...words].join(' ')} in ${cwd}`,
      `Wait for its RPC, at most ${spell(answersMs)}, and see that it has at least the blocks it had`,
    ],
    bound: {
      process: running ? `pid ${pid}, began ${startedAt}` : 'not running',
      command: argumentsDigest(argv),
    },
  };
}

// A type, not an interface: it is kept as JSON. No argument is in it.
type Before = {
  readonly pid: number;
  readonly running: boolean;
  readonly blocks: number;
  readonly command: string;
};

async function restart(carrying: Carrying, connect: Connect, waits: Waits): Promise<string> {
  const { target, journal, executors, signal } = carrying;
  const executor = executorOf(executors, target);
  const { node, service } = target;

  const before = await journal.step('identify', async (): Promise<Before> => {
    const { process, running } = await found(executor, target);
    const blocks = running ? await requireCalm(await connect(target, { executor, signal })) : 0;
    // What starts it again must be kept before it is stopped.
    await executor.remember(node, service.id, process);
    return { pid: process.pid, running, blocks, command: argumentsDigest(process.argv) };
  });
  const process = await executor.recall(node, service.id);
  if (!process || argumentsDigest(process.argv) !== before.command) {
    throw new UserError('How the daemon was started is not remembered any more as it was: start it by hand.');
  }

  // By the pid of then: meanwhile another process may be remembered that is the restarted one.
  const old: Process | undefined = process.pid === before.pid ? process : undefined;
  const isOldRunning = async (): Promise<boolean> => old !== undefined && executor.isRunning(node, old);

  await journal.step('stop', async () => {
    if (!before.running || !(await isOldRunning())) return 'it does not run';
    await carrying.progress('asking it to stop');
    await askToStop(carrying, executor, connect);
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
      `Process ${before.pid} was asked to stop and is still there after ${spell(waits.goneMs)}; Tocsin never forces it. Wait until it is gone, then request restart-chain again: it will be started as it was.`,
    );
  });
  await journal.step('start', async () => {
    await carrying.progress('starting it');
    // A supervisor may have been faster, or this step was interrupted after its deed.
    const there = (await processNow(executor, target)) ?? (await executor.twin(node, process));
    if (there) return 'it runs already';
    await executor.start(node, process);
    return 'started';
  });
  const blocks = await journal.step('wait for its RPC', () =>
    answering(carrying, { before, process, executor }, connect, waits),
  );
  return verified(carrying, { before, process, executor }, blocks);
}

async function askToStop({ target, signal }: Carrying, executor: Executor, connect: Connect): Promise<void> {
  try {
    await (await connect(target, { executor, signal })).call('stop');
  } catch (error) {
    // It may have gone before it could answer: the wait for its end tells.
    if (error instanceof OutsideError && (error.retryable || isRefused(error))) return;
    throw error;
  }
}

interface Restarted {
  readonly before: Before;
  readonly process: Process;
  readonly executor: Executor;
}

/** Waits for a height that is not below the one before. */
async function answering(
  carrying: Carrying,
  { before, process, executor }: Restarted,
  connect: Connect,
  { everyMs, listensMs, answersMs }: Waits,
): Promise<number> {
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
    if (performance.now() - began > listensMs && !(await isThere(target, process, executor))) {
      throw new UserError(
        `It was started and is gone again: ${process.argv[0]} does not run. Its own log (debug.log) says why.`,
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

const isThere = async ({ node }: Target, process: Process, executor: Executor): Promise<boolean> =>
  (await executor.twin(node, process)) !== undefined;

async function verified(
  { target }: Carrying,
  { before, process, executor }: Restarted,
  blocks: number,
): Promise<string> {
  const now = await processNow(executor, target);
  if (!now)
    throw new UserError('Its RPC answers, but the process behind it is not to be found: look at the node.');
  if (before.running && now.pid === before.pid) {
    throw new UserError(`The same process ${now.pid} still runs: it was not restarted.`);
  }
  if (!isSameCommand(now, process)) {
    throw new UserError(
      `It runs again (pid ${now.pid}), but with other arguments than before: something else started it. Look at the node.`,
    );
  }
  await executor.remember(target.node, target.service.id, now);
  const was = before.running ? `was ${before.pid}, at block ${before.blocks}` : 'it was down';
  return `Runs again with the same arguments: pid ${now.pid} (${was}), at block ${blocks}.`;
}
