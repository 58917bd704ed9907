import { OutsideError, UserError } from '#src/domain/errors.ts';

import { deed, type Life } from '../process/life.ts';

/** A step: builds, before anything is stopped. Throws UserError. */
export async function build(
  life: Life,
  argv: readonly [string, ...string[]],
  buildMs: number,
): Promise<void> {
  const { carrying, executor } = life;
  const { target, journal } = carrying;
  await journal.step('build', async () => {
    await carrying.progress('building; the daemon runs on meanwhile');
    const { id, signal } = deed(life, 'build');
    try {
      const bounds = { signal: AbortSignal.any([signal, AbortSignal.timeout(buildMs)]) };
      const { exitCode, stdout, stderr } = await executor.runOnce(target.node, id, argv, bounds);
      await carrying.log(`${stdout}\n${stderr}`.trim().slice(-20_000));
      if (exitCode === 0) return 'built';
      throw new UserError(
        `${argv[0]} ended with code ${exitCode}: nothing was stopped or changed. Its last words are in the log of this request.`,
      );
    } catch (error) {
      signal.throwIfAborted();
      // The program that it was to make tells, in the next step.
      if (error instanceof OutsideError && error.maybeDone) return 'its end was not seen';
      throw error;
    }
  });
}
