import type { Logger } from 'pino';

import type { Executor, Executors } from '#src/domain/executor.ts';
import type { AccessKind } from '#src/domain/node.ts';

import { kubernetes } from './kubernetes.ts';
import { local } from './local.ts';
import { ssh } from './ssh.ts';

export interface ExecutorOptions {
  /** Where processes are remembered and the output of started daemons goes. */
  readonly dataDir: string;
  readonly logger?: Logger | undefined;
}

type Make = (options: ExecutorOptions) => Executor;

/** One line per access kind that this Tocsin has a way for. */
export const EXECUTORS: ReadonlyMap<AccessKind, Make> = new Map<AccessKind, Make>([
  ['kubernetes', kubernetes],
  ['local', local],
  ['ssh', ssh],
]);

/** The executors of this Tocsin; `wrap` makes each one its dry-run twin, where that is wanted. Disposal closes their ways. */
export function createExecutors(
  options: ExecutorOptions,
  wrap: (executor: Executor) => Executor = (executor) => executor,
): Executors & Disposable {
  const made = new Map([...EXECUTORS].map(([kind, make]) => [kind, wrap(make(options))] as const));
  const executors: Executors = (node) => made.get(node.access.kind);
  return Object.assign(executors, {
    [Symbol.dispose]() {
      for (const executor of made.values()) executor[Symbol.dispose]?.();
    },
  });
}
