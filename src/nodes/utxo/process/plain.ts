import { UserError } from '#src/domain/errors.ts';
import type { Change, Executor, Process } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Instance, Supervisor } from '#src/domain/supervisor.ts';

import { requireAllowed } from '../../supervisors/index.ts';
import { isSameCommand, processNow, whyNotAgain } from './identity.ts';
import { argumentsDigest, shownArguments } from './shown-arguments.ts';

/** A daemon that nothing keeps up but Tocsin: it is known by its port, and started again as it was seen running. */
export function plain({ executor, target }: { executor: Executor; target: Target }): Supervisor {
  const { node, service } = target;
  const recall = (): Promise<Process | undefined> => executor.recall(node, service.id);

  /** The process to stop or start: the one that listens, or the one that was remembered. Throws UserError. */
  async function found(): Promise<{ readonly process: Process; readonly running: boolean }> {
    const [running, known] = [await processNow(executor, target), await recall()];
    // Words that were for one start only are not in what is remembered of it.
    const process = running && (!known || !isSameRun(running, known)) ? running : known;
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

  return {
    words: 'a plain process',
    async look() {
      const { process, running } = await found();
      return {
        instance: running ? instanceOf(process) : undefined,
        program: process.argv[0],
        bound: { command: argumentsDigest(process.argv) },
        returns: false,
        kept: '',
      };
    },
    async isRunning(instance) {
      const known = await recall();
      // Meanwhile another process may be remembered, which is the restarted one.
      return (
        known !== undefined && instanceOf(known).id === instance && (await executor.isRunning(node, known))
      );
    },
    planStop: async () => 'Ask the daemon by RPC to stop',
    async planStart(change) {
      const { process } = await found();
      const { program = process.argv[0] ?? '', once = [] } = change;
      await requireAllowed({ node, executor }, 'start', [program, ...once]);
      return `Start ${shownArguments(startedWith(process, change).argv).join(' ')} in ${process.cwd}`;
    },
    async keep() {
      await executor.remember(node, service.id, (await found()).process);
    },
    stop: ({ ask }) => ask(),
    isThere: async (change) =>
      ((await processNow(executor, target)) ?? (await executor.twin(node, service.id, change))) !== undefined,
    async start({ change }) {
      if (!(await recall()))
        throw new UserError('How the daemon was started is not remembered any more: start it by hand.');
      await executor.start(node, service.id, change);
    },
    async arrived(change) {
      const [now, known] = [await processNow(executor, target), await recall()];
      if (!now)
        throw new UserError(
          'Its RPC answers, but the process behind it is not to be found: look at the node.',
        );
      if (!known || !isSameCommand(now, startedWith(known, change))) {
        throw new UserError(
          `It runs again (pid ${now.pid}), but with other arguments than it should: something else started it. Look at the node.`,
        );
      }
      const { once = [] } = change;
      await executor.remember(node, service.id, {
        ...now,
        argv: now.argv.slice(0, now.argv.length - once.length),
      });
      return instanceOf(now);
    },
  };
}

const isSameRun = (one: Process, other: Process): boolean =>
  one.pid === other.pid && one.startedAt === other.startedAt;

const instanceOf = ({ pid, startedAt }: Process): Instance => ({
  id: `pid ${pid}, began ${startedAt}`,
  words: `pid ${pid}`,
});

const startedWith = (process: Process, { program = process.argv[0] ?? '', once = [] }: Change): Process => ({
  ...process,
  argv: [program, ...process.argv.slice(1), ...once],
});
