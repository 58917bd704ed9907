import type { Cluster } from '#src/domain/cluster.ts';
import type { Executor, Process } from '#src/domain/executor.ts';
import type { NodeId } from '#src/domain/node.ts';

/** Something that would have been done. Holds no arguments: they may be secret. */
export interface Deed {
  readonly node: NodeId;
  readonly deed: 'start' | 'remember' | 'run' | 'patch';
  /** Of a patch: the resource. */
  readonly program: string;
}

const keyOf = (node: NodeId, name: string): string => JSON.stringify([node, name]);

/** The API checks every change in full and makes none. */
const rehearsing = (real: Cluster, written: (resource: string) => void): Cluster => ({
  ...real,
  patch(patch, signal) {
    written(`${patch.what.resource}/${patch.what.name}`);
    return real.patch({ ...patch, isRehearsal: true }, signal);
  },
});

/** A twin of an executor that looks for real and only writes down what it would do. */
export function dryRun(real: Executor, written: (deed: Deed) => void): Executor {
  const remembered = new Map<string, Process>();
  const write = (node: NodeId, deed: Deed['deed'], process: Process): void =>
    written({ node, deed, program: process.argv[0] ?? '' });
  const { cluster, reach, requireAllowed } = real;
  return {
    id: `dry-run-${real.id}`,
    // Only looks run programs and open connections.
    run: (node, argv, bounds) => real.run(node, argv, bounds),
    connect: (node, to, signal) => real.connect(node, to, signal),
    space: (node, path) => real.space(node, path),
    listening: (node, port) => real.listening(node, port),
    isRunning: (node, process) => real.isRunning(node, process),
    twin: (node, name, change) => real.twin(node, name, change),
    fileBytes: (node, path) => real.fileBytes(node, path),
    async start(node, name, { program } = {}) {
      const process = remembered.get(keyOf(node.id, name)) ?? (await real.recall(node, name));
      written({ node: node.id, deed: 'start', program: program ?? process?.argv[0] ?? '' });
    },
    async runOnce(node, _id, [program]) {
      written({ node: node.id, deed: 'run', program });
      return { exitCode: 0, stdout: '', stderr: '' };
    },
    async remember(node, name, process) {
      write(node.id, 'remember', process);
      remembered.set(keyOf(node.id, name), process);
    },
    ...(cluster && {
      cluster: (node) =>
        rehearsing(cluster(node), (program) => written({ node: node.id, deed: 'patch', program })),
    }),
    ...(requireAllowed && { requireAllowed: (node, how, argv) => requireAllowed(node, how, argv) }),
    ...(reach && { reach: (node, signal) => reach(node, signal) }),
    recall: async (node, name) => remembered.get(keyOf(node.id, name)) ?? real.recall(node, name),
    [Symbol.dispose]: () => real[Symbol.dispose]?.(),
  };
}
