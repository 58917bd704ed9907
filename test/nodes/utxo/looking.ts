import { expect, onTestFinished } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { CheckResult, ServiceHealth } from '#src/domain/finding.ts';
import type { Mandate } from '#src/domain/mandate.ts';
import type { Voice } from '#src/domain/voice.ts';
import type { Reach } from '#src/health/look.ts';
import { utxo } from '#src/nodes/utxo/index.ts';
import { startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import type { Family } from '#test/stand-ins/daemon/recorded.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

/** The second the recorded litecoind found its newest block. */
export const TIP_TIME = 1_795_239_554;
export const NOW = new Date((TIP_TIME + 90) * 1000);

export async function daemonOf(family?: Family) {
  const daemon = await startDaemon(family);
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  return daemon;
}

type Daemon = Awaited<ReturnType<typeof daemonOf>>;

/** A litecoind that is fine: off regtest, with peers and notary UTXOs. */
export async function fineDaemon(): Promise<Daemon> {
  const daemon = await daemonOf('litecoin');
  change(daemon, 'getblockchaininfo', { chain: 'main' });
  change(daemon, 'getnetworkinfo', { connections: 8 });
  daemon.on('listunspent', () => outputs(20));
  daemon.on('getblockhash', ([height]) => hashOf(Number(height)));
  return daemon;
}

/** Of a block of one chain, or of a branch of it. */
export const hashOf = (height: number, branch = 'a'): string =>
  `${branch}${height.toString(16)}`.padStart(64, '0');

/** Lets a method answer as before but for these keys. */
export function change(daemon: Daemon, method: string, keys: object): void {
  const before = daemon.answering(method);
  daemon.on(method, (params) => ({ ...(before(params) as object), ...keys }));
}

/** So many outputs of a size in satoshis, paid to an address. */
export const outputs = (count: number, sats = 10_000, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    txid: (from + index).toString(16).padStart(64, '0'),
    vout: 0,
    amount: sats / 1e8,
    confirmations: 10,
    spendable: true,
    scriptPubKey: '001496533dc52f49e1bef461a801382aa27c29946d6e',
  }));

interface LookOptions extends NonNullable<Parameters<typeof targetOf>[0]> {
  readonly executor?: Executor | undefined;
  readonly earlier?: readonly CheckResult[];
  readonly now?: Date;
  readonly signal?: AbortSignal;
  /** What the other daemons of the coin said. */
  readonly voices?: readonly Voice[];
  readonly fellow?: Reach['fellow'];
  readonly mandates?: readonly Mandate[];
}

/** The results of one look, by check. */
export async function look(
  daemon: Daemon,
  {
    executor,
    earlier,
    now = NOW,
    signal = AbortSignal.timeout(5_000),
    voices = [],
    fellow,
    mandates = [],
    ...asked
  }: LookOptions = {},
) {
  const told: Voice[] = [];
  const target = targetOf({ rpc: daemon, walletFile: '/data/wallet.dat', ...asked });
  const reach = {
    executor: executor ?? statting(1_400_000),
    now,
    earlier: earlier && healthOf(earlier),
    voices: {
      hear: async () => voices,
      tell: async (_: string, voice: Voice) => void told.push(voice),
    },
    fellow,
    mandates: { of: async () => mandates },
  };
  const results = await utxo.look(target, reach, signal);
  const known = utxo.checks.map(({ id }) => id);
  expect(known.filter((id) => results.some(({ check }) => check === id))).toEqual(
    results.map(({ check }) => check),
  );
  const byCheck = new Map(results.map((result) => [result.check, result]));
  return {
    results,
    told,
    of: (check: string): CheckResult => byCheck.get(check) ?? expect.unreachable(`no check ${check}`),
    state: (check: string) => byCheck.get(check)?.finding.state,
    why: (check: string): string => {
      const finding = byCheck.get(check)?.finding;
      return finding && 'why' in finding ? finding.why : '';
    },
  };
}

const healthOf = (results: readonly CheckResult[]): ServiceHealth => ({
  node: 'red-1',
  service: 'LTC',
  state: 'up',
  results,
  at: NOW.toISOString(),
  tookMs: 1,
});

const nothing = async () => undefined;

/** An executor whose every file has this size, or as the function says. */
export function statting(bytes: number | ((path: string) => number | undefined)): Executor {
  return {
    id: 'stat',
    run: () => Promise.reject(new Error('runs nothing')),
    runOnce: () => Promise.reject(new Error('runs nothing')),
    connect: () => Promise.reject(new Error('connects to nothing')),
    space: async () => ({ freeBytes: 40e9, totalBytes: 100e9 }),
    listening: nothing,
    isRunning: async () => false,
    twin: nothing,
    start: nothing,
    fileBytes: async (_, path) => (typeof bytes === 'number' ? bytes : bytes(path)),
    remember: nothing,
    recall: nothing,
  };
}
