import type { Executor, Executors } from '#src/domain/executor.ts';
import type { AccessKind } from '#src/domain/node.ts';

import { local } from './local.ts';

export interface ExecutorOptions {
  /** Where processes are remembered and the output of started daemons goes. */
  readonly dataDir: string;
}

/** One line per access kind that this Tocsin can act on. */
export const EXECUTORS: ReadonlyMap<AccessKind, (options: ExecutorOptions) => Executor> = new Map([
  ['local', local],
]);

/** The executors of this Tocsin; `wrap` makes each one its dry-run twin, where that is wanted. */
export function createExecutors(
  options: ExecutorOptions,
  wrap: (executor: Executor) => Executor = (executor) => executor,
): Executors {
  const made = new Map([...EXECUTORS].map(([kind, make]) => [kind, wrap(make(options))] as const));
  return (node) => made.get(node.access.kind);
}
