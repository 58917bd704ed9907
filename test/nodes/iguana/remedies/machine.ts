import type { Executor, Process, Ran } from '#src/domain/executor.ts';
import { OutsideError } from '#src/domain/errors.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { Node, NodeId, ServiceId } from '#src/domain/node.ts';
import type { Knowledge } from '#src/domain/remedy.ts';
import type { SeatId } from '#src/domain/seat.ts';
import type { NotaryWallet } from '#src/nodes/notary-wallet.ts';
import { local } from '#src/remediation/executors/local.ts';
import type { StandInIguana } from '#test/stand-ins/iguana/iguana.ts';
import { fleetWith } from '#test/stand-ins/remediation/world.ts';

export const PUBKEY = `02${'ab'.repeat(32)}`;
export const RESTART = {
  stop: ['systemctl', 'stop', 'iguana'],
  start: ['systemctl', 'start', 'iguana'],
  unlock: ['/home/notary/wp_7776'],
  address: '203.0.113.9',
  addcoin: {
    LTC: { conf: 'litecoin.conf' },
    KMD: { conf: 'komodo.conf', active: 1 },
    MCL: { conf: 'MCL.conf' },
  },
};
export const SETTINGS = {
  coins: ['MCL', 'KMD'],
  notaries: { a_EU: '203.0.113.1', b_NA: '203.0.113.2', c_SH: '203.0.113.1' },
  restart: RESTART,
};

/** The node with its iguana and the daemon of KMD. */
export function nodeWith(url: string, settings: Readonly<Record<string, unknown>> = SETTINGS): Node {
  return {
    id: 'alpha-main' as NodeId,
    seat: 'alpha_EU' as SeatId,
    access: { kind: 'local' },
    services: [
      { id: 'iguana' as ServiceId, kind: 'iguana', url, pubkey: PUBKEY, settings, thresholds: {} },
      { id: 'KMD' as ServiceId, kind: 'utxo', coin: 'KMD', thresholds: {} },
    ],
  };
}

export interface IguanaMachine {
  readonly executor: Executor;
  readonly wallet: NotaryWallet;
  /** Programs that were run, each as often as it really was. */
  readonly ran: string[];
  process: Process | undefined;
  pending: number;
  locked: number;
  notarisedAt: number | undefined;
  /** Whether the wallet was unlocked since iguana began. */
  unlocked: boolean;
  /** What a program ends with, by its first two words. */
  exits: Readonly<Record<string, number>>;
  /** Looks at it that still find the process after it was asked to end. */
  goesAfter: number;
  /** How a run is broken off: it was done, and nobody learns of it. */
  breaks: string | undefined;
}

/** A machine with an iguana that programs stop and start. */
export function iguanaMachine(iguana: StandInIguana): IguanaMachine {
  const kept = new Map<string, Ran>();
  let ending = -1;
  let pids = 100;
  const process = (): Process => ({ pid: pids++, startedAt: `${pids}`, argv: [], cwd: '/', env: {} });

  const settle = async (): Promise<void> => {
    if (ending < 0 || ending-- > 0) return;
    machine.process = undefined;
    if (iguana.isUp) await iguana.refuse();
  };
  async function act(words: string): Promise<number> {
    machine.ran.push(words);
    const code = machine.exits[words] ?? 0;
    if (code !== 0) return code;
    if (words === RESTART.stop.join(' ')) ending = machine.goesAfter;
    else if (words === RESTART.start.join(' ')) {
      ending = -1;
      machine.process = process();
      machine.unlocked = false;
      await iguana.startAnew();
    } else machine.unlocked = true;
    return 0;
  }

  const machine: IguanaMachine = {
    ran: [],
    process: process(),
    pending: 0,
    locked: 7,
    notarisedAt: 1_000,
    unlocked: true,
    exits: {},
    goesAfter: 2,
    breaks: undefined,
    wallet: {
      pending: async () => machine.pending,
      unlock: async () => {
        if (machine.process) throw new Error('unlocked under a running iguana');
        const { locked } = machine;
        machine.locked = 0;
        return locked;
      },
      lastNotarisation: async () => (iguana.dpows.includes('KMD') ? 2_000 : machine.notarisedAt),
    },
    executor: {
      ...local({ dataDir: 'unused' }),
      listening: async () => (await settle(), machine.process),
      isRunning: async (_node, { pid }) => (await settle(), machine.process?.pid === pid),
      async runOnce(_node, id, argv) {
        const known = kept.get(id);
        if (known) return known;
        const ran = { exitCode: await act(argv.join(' ')), stdout: 'hunter2', stderr: 'hunter2' };
        if (machine.breaks === argv.join(' ')) {
          machine.breaks = undefined;
          throw new OutsideError('machine', 'unavailable', 'the connection broke', { maybeDone: true });
        }
        kept.set(id, ran);
        return ran;
      },
    },
  };
  return machine;
}

export function fleetOfIguana(node: Node) {
  const fleet = fleetWith(node);
  return fleetOf({ ...fleet, coins: [{ id: 'KMD', profile: 'komodo', thresholds: {}, utxoSats: 10_000 }] });
}

export const knowing = (node: Node, executor: Executor): Knowledge => ({
  fellow: ({ service }) => {
    const target = fleetOfIguana(node).target(node.id, service);
    return target && { target, executor };
  },
});
