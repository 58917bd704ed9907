import { OutsideError } from '#src/domain/errors.ts';
import type { Change, Executor, Process } from '#src/domain/executor.ts';
import type { Json } from '#src/domain/remedy.ts';
import type { Rpc } from '#src/nodes/utxo/rpc.ts';
import { RpcError } from '#src/nodes/utxo/rpc-error.ts';

export interface Machine {
  readonly executor: Executor;
  readonly rpc: Rpc;
  process: Process | undefined;
  remembered: Process | undefined;
  blocks: number;
  /** Looks at it that still find a daemon that was asked to stop. */
  stopsAfter: number;
  /** Calls that find a started daemon still loading. */
  loadsFor: number;
  listens: boolean;
  /** Blocks that a daemon which reads its own anew has more at each call; 0 = it gets no further. */
  reindexes: number;
  /** Of a daemon that loads the chain from its peers. */
  downloading: boolean;
  /** What it keeps of its blocks. */
  readonly stored: { pruned: boolean; bytes: number };
  /** What each program says of itself by RPC, by its path. */
  readonly subversions: Map<string, string>;
  scanning: { readonly progress: number } | false;
  readonly started: Process[];
  readonly ended: number[];
  /** Has the daemon end, as its own RPC and a gentle signal do. */
  terminate(): void;
  /** What is true now of a process that was asked to end a while ago. */
  settle(): void;
  /** Called when it is asked to stop; may throw instead. */
  stopping: () => void;
  /** Called when a process is started; may change what comes up. */
  starting: (process: Process) => Process | undefined;
}

export const COMMAND: Process = {
  pid: 100,
  startedAt: 'boot:1',
  argv: ['/usr/bin/litecoind', '-regtest', '-rpcpassword=hunter2', '-datadir=/data'],
  cwd: '/data',
  env: { HOME: '/home/notary' },
};

const same = (one: Process, other: Process): boolean =>
  one.argv.join('\0') === other.argv.join('\0') && one.cwd === other.cwd;

const changed = (process: Process, { program = process.argv[0] ?? '', once = [] }: Change): Process => ({
  ...process,
  argv: [program, ...process.argv.slice(1), ...once],
});

/** Of the block of that height. */
export const hashOf = (height: number): string => height.toString(16).padStart(64, '0');

/** A machine with one daemon on it, as far as a restart sees it. */
export function createMachine(): Machine {
  let stopping = false;
  let left = 0;
  let loading = 0;

  /** A daemon that was asked to stop goes after some looks at it. */
  const settle = (): void => {
    if (!stopping || !machine.process || left-- > 0) return;
    machine.ended.push(machine.process.pid);
    machine.process = undefined;
    stopping = false;
  };

  /** As far as a daemon that reads its own blocks anew has come. */
  let reread: number | undefined;
  const chain = (): unknown => {
    if (machine.process?.argv.includes('-reindex')) {
      reread = Math.min(machine.blocks, (reread ?? 0) + machine.reindexes);
    } else reread = undefined;
    const blocks = reread ?? machine.blocks;
    const { pruned, bytes } = machine.stored;
    return {
      chain: 'main',
      blocks,
      headers: blocks,
      bestblockhash: hashOf(blocks),
      initialblockdownload: machine.downloading || blocks < machine.blocks,
      pruned,
      size_on_disk: bytes,
    };
  };
  const subversion = (): string =>
    machine.subversions.get(machine.process?.argv[0] ?? '') ?? '/LitecoinCore:0.21.2.1/';

  const answer = (method: string, params: readonly Json[] = []): unknown => {
    settle();
    if (!machine.process || !machine.listens || stopping)
      throw new OutsideError('daemon', 'unavailable', 'nothing listens');
    if (loading > 0) {
      loading -= 1;
      throw new RpcError(method, -28, 'Loading block index...');
    }
    switch (method) {
      case 'getblockchaininfo':
        return chain();
      case 'getwalletinfo':
        return { scanning: machine.scanning };
      case 'getnetworkinfo':
        return { connections: 8, subversion: subversion() };
      case 'getblockheader':
        return { time: 1_700_000_000 };
      case 'getblockhash':
        return hashOf(Number(params[0]));
      case 'stop':
        machine.stopping();
        machine.terminate();
        return 'stopping';
      default:
        throw new RpcError(method, -32_601, 'Method not found');
    }
  };

  const machine: Machine = {
    process: { ...COMMAND },
    remembered: undefined,
    blocks: 50,
    stopsAfter: 2,
    loadsFor: 2,
    listens: true,
    reindexes: 20,
    downloading: false,
    stored: { pruned: false, bytes: 30e9 },
    subversions: new Map(),
    scanning: false,
    started: [],
    ended: [],
    settle,
    terminate() {
      stopping = true;
      left = machine.stopsAfter;
    },
    stopping: () => undefined,
    starting: (process) => process,
    rpc: {
      at: '127.0.0.1:1',
      call: async (method, params) => answer(method, params),
      batch: async (calls) =>
        calls.map(({ method, params }) => {
          try {
            return { result: answer(method, params) };
          } catch (error) {
            if (error instanceof RpcError) return { error };
            throw error;
          }
        }),
    },
    executor: {
      id: 'machine',
      run: () => Promise.reject(new Error('runs nothing')),
      connect: () => Promise.reject(new Error('connects to nothing')),
      space: async () => undefined,
      listening: async () => (settle(), machine.listens ? machine.process : undefined),
      isRunning: async (_node, process) => (
        settle(),
        machine.process?.pid === process.pid && machine.process.startedAt === process.startedAt
      ),
      runOnce: () => Promise.reject(new Error('runs nothing')),
      twin: async (_node, _name, change = {}) => {
        settle();
        const { process, remembered } = machine;
        if (!process || !remembered) return undefined;
        return [remembered, changed(remembered, change)].some((one) => same(process, one))
          ? process
          : undefined;
      },
      async start(_node, _name, change = {}) {
        const { remembered = COMMAND } = machine;
        const kept = changed(remembered, { program: change.program });
        const process = changed(remembered, change);
        const born = machine.starting({ ...process, pid: 200 + machine.started.length, startedAt: 'boot:2' });
        machine.remembered = kept;
        machine.started.push(process);
        machine.process = born;
        loading = machine.loadsFor;
      },
      fileBytes: async () => undefined,
      async remember(_node, _name, process) {
        machine.remembered = process;
      },
      recall: async () => machine.remembered,
    },
  };
  return machine;
}
