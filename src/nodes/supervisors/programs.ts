import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor, Ran } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import type { Deed } from '#src/domain/supervisor.ts';

export type Argv = readonly [string, ...string[]];

/** For a program that only looks, or that hands its order over and returns. */
const LOOK_MS = 10_000;
const DEED_MS = 60_000;
const MOST_BYTES = 64 * 1024;

/** The programs of one supervisor on a node. */
export interface Programs {
  look(argv: Argv): Promise<Ran>;
  /** Once under the deed's id. What was cut off may have been done: whoever asked looks. Throws OutsideError when it was refused. */
  deed(deed: Deed, argv: Argv): Promise<void>;
}

/** `refusal` makes words of what such a program says when it does not do it; it gets no argument of a daemon to see. */
export const programsOn = (
  { node, executor }: { readonly node: Node; readonly executor: Executor },
  refusal: (ran: Ran) => string,
): Programs => ({
  look: (argv) => executor.run(node, argv, { signal: AbortSignal.timeout(LOOK_MS), maxBytes: MOST_BYTES }),
  async deed({ id, signal }, argv) {
    const bounds = { signal: AbortSignal.any([signal, AbortSignal.timeout(DEED_MS)]), maxBytes: MOST_BYTES };
    try {
      const ran = await executor.runOnce(node, id, argv, bounds);
      if (ran.exitCode !== 0) throw new OutsideError(argv[0], 'rejected', refusal(ran));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OutsideError) || !error.maybeDone) throw error;
    }
  },
});

/** The first line of what a program complains of, bounded. */
export const firstLine = (text: string): string => text.trim().split('\n')[0]?.slice(0, 200) ?? '';

interface Wanted {
  readonly node: Node;
  readonly executor: Executor;
}

/**
 * That the machine's own list lets programs through, before anything is stopped that only they would start again. Throws
 * UserError, in words that say what to add.
 */
export async function requireAllowed(
  { node, executor }: Wanted,
  how: 'once' | 'start',
  ...programs: readonly Argv[]
): Promise<void> {
  for (const argv of programs) {
    await executor.requireAllowed?.(node, how, argv).catch((error: unknown) => {
      if (!(error instanceof OutsideError) || error.reason !== 'forbidden') throw error;
      throw new UserError(`Nothing was done: ${error.message}.`, { cause: error });
    });
  }
}
