import type { Executor, Process } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';

/** The daemon that is supervised, and the way to its machine. */
export interface Supervised {
  readonly node: Node;
  readonly executor: Executor;
  /** The process behind its port, where our user may see it. Throws OutsideError. */
  listening(): Promise<Process | undefined>;
}
