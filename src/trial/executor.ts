import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Process } from '#src/domain/executor.ts';

import type { SimulatedDaemon } from './daemon.ts';

const ID = 'simulated';
const WALLET_BYTES = 1_400_000;

const argvOf = ({ coin, port }: SimulatedDaemon): readonly string[] => [
  `simulated-${coin.toLowerCase()}d`,
  `-rpcport=${port}`,
];

const nameOf = (node: { readonly id: string }, name: string) => `${node.id}/${name}`;

function processOf(daemon: SimulatedDaemon): Process | undefined {
  const life = daemon.running();
  return life && { ...life, argv: argvOf(daemon), cwd: '/simulated', env: {} };
}

const absent = (what: string): OutsideError =>
  new OutsideError(ID, 'not-found', `A simulated machine has no ${what}.`);

/** The executor of simulated machines: their only processes are the simulated daemons. */
export function createTrialExecutor(daemons: readonly SimulatedDaemon[]): Executor {
  const remembered = new Map<string, Process>();

  const at = (port: number): SimulatedDaemon | undefined => daemons.find((daemon) => daemon.port === port);
  const told = (node: { readonly id: string }, name: string): SimulatedDaemon | undefined => {
    const words = remembered.get(nameOf(node, name))?.argv.join(' ');
    return daemons.find((daemon) => argvOf(daemon).join(' ') === words);
  };

  return {
    id: ID,
    run: () => Promise.reject(absent('program')),
    connect: () => Promise.reject(absent('way to a port')),
    space: async () => ({ freeBytes: 40e9, totalBytes: 100e9 }),
    async listening(_node, port) {
      const daemon = at(port);
      return daemon?.listening() ? processOf(daemon) : undefined;
    },
    isRunning: async (_node, { pid, startedAt }) =>
      daemons.some((daemon) => {
        const life = daemon.running();
        return life?.pid === pid && life.startedAt === startedAt;
      }),
    runOnce: () => Promise.reject(absent('program')),
    async twin(node, name) {
      const daemon = told(node, name);
      return daemon && processOf(daemon);
    },
    async start(node, name) {
      const daemon = told(node, name);
      if (!daemon) throw new OutsideError(ID, 'not-found', 'There is no such simulated daemon any more.');
      try {
        await daemon.start();
      } catch (error) {
        throw new OutsideError(
          ID,
          'rejected',
          'The simulated daemon does not start: it runs, or its port is taken.',
          {
            cause: error,
          },
        );
      }
    },
    fileBytes: async (_node, path) => (path.endsWith('wallet.dat') ? WALLET_BYTES : undefined),
    async remember(node, name, process) {
      remembered.set(nameOf(node, name), process);
    },
    recall: async (node, name) => remembered.get(nameOf(node, name)),
  };
}
