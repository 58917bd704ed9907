import { UserError } from '#src/domain/errors.ts';

import { isSame, processOf, runOnce, waitAnswers, type Was, waitGone } from './process.ts';
import { ANYWAY, type Restarting } from './restarting.ts';

/** Two steps: has it end, by the operator's own program, and waits for that. Throws UserError. */
export async function end(
  { carrying, site, restart, waits }: Restarting,
  was: NonNullable<Was>,
): Promise<void> {
  const { journal, progress } = carrying;
  const { stop: argv } = restart;
  const asked = await journal.step('stop', async () => {
    await progress('stopping it');
    return runOnce(site, carrying, { what: 'stop', argv }, waits);
  });
  await journal.step(
    'wait for its end',
    async () => {
      await progress(`waiting for process ${was.pid} to go`);
      const by = asked ? argv.join(' ') : `${argv.join(' ')}, which failed or was not seen to end`;
      await waitGone(site, { was, by }, carrying, waits);
      return was.pid;
    },
    ANYWAY,
  );
}

/** Two steps: starts it, unless it runs already, and waits for its answer. Resolves with its pid, 0 where that is not seen. Throws UserError. */
export async function begin({ carrying, site, restart, waits }: Restarting, was: Was): Promise<number> {
  const { journal, progress } = carrying;
  const { start: argv } = restart;
  const how = await journal.step(
    'start',
    async () => {
      await progress('starting it');
      const there = await processOf(site);
      if (there && !isSame(there, was)) return 'it runs already';
      const isDone = await runOnce(site, carrying, { what: 'start', argv }, waits);
      return isDone ? 'started' : `${argv.join(' ')} failed or was not seen to end`;
    },
    ANYWAY,
  );
  return journal.step(
    'wait for its answer',
    async () => {
      await waitAnswers(site, how, carrying, waits);
      const now = await processOf(site);
      if (was && now && isSame(now, was)) {
        throw new UserError(`The same process ${was.pid} still runs: it was not restarted.`);
      }
      return now?.pid ?? 0;
    },
    ANYWAY,
  );
}
