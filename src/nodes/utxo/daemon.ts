import type { z } from 'zod';

import { type Chain, type Marking, readChain } from './chain.ts';
import { AddressInfo, Coins, Locked, readAs, toSats, TxOut, Unspent } from './payloads.ts';
import { resultOf, type Rpc, type RpcAnswer, type RpcCall, timed } from './rpc.ts';
import { isMethodNotFound } from './rpc-error.ts';

export interface Output {
  readonly txid: string;
  readonly vout: number;
  readonly sats: number;
  /** Hex. */
  readonly script: string;
  /** Counted by blocks, where the daemon tells it (`confirmations` of komodo stays 1 until notarised). */
  readonly confirmations: number;
  readonly generated: boolean;
  readonly spendable: boolean;
}

export interface Listing {
  readonly outputs: readonly Output[];
  /** What the daemon took for it, milliseconds. */
  readonly tookMs: number;
}

/** A daemon as it is at one moment: each look is made at most once. Throws RpcError and OutsideError. */
export interface Daemon {
  chain(): Promise<Chain>;
  balanceSats(): Promise<number>;
  /** Confirmed, not locked. Asked for alone: it is timed. */
  unspent(): Promise<Listing>;
  /** Locked by `lockunspent`, as a split in flight or iguana does; not in `unspent`. */
  locked(): Promise<readonly Output[]>;
  /** Whether the wallet can spend what is paid to the notary's address; undefined where the daemon takes it for none. */
  ownsKey(): Promise<boolean | undefined>;
}

interface DaemonOptions {
  readonly marking?: Marking | undefined;
  /** The notary's address on this chain, where one is known. */
  readonly addressOn?: ((chain: Chain) => string | undefined) | undefined;
}

const LOCKED_PER_BATCH = 250;
const BALANCE: RpcCall = { method: 'getbalance' };
const LOCKED: RpcCall = { method: 'listlockunspent' };

export function createDaemon(rpc: Rpc, { marking, addressOn }: DaemonOptions = {}): Daemon {
  const chain = once(() => readChain(rpc, marking));
  // The wallet apart from the chain: a large one takes its time for its balance.
  const wallet = once(async () => {
    const address = addressOn?.(await chain());
    const keyCalls = address === undefined ? [] : ['getaddressinfo', 'validateaddress'];
    const key = keyCalls.map((method) => ({ method, params: [address ?? ''] }));
    const [balance, locked, ...told] = await rpc.batch([BALANCE, LOCKED, ...key]);
    return { balance, locked, told };
  });
  return {
    chain,
    balanceSats: async () => toSats(readAs(Coins, resultOf((await wallet()).balance), 'getbalance')),
    unspent: once(async () => {
      const { result, tookMs } = await timed(rpc, 'listunspent');
      return { outputs: readAs(Unspent, result, 'listunspent').map(toOutput), tookMs };
    }),
    locked: once(async () => outputsAt(rpc, resultOf((await wallet()).locked))),
    ownsKey: async () => isMine((await wallet()).told),
  };
}

/** Outputs that are locked. Throws RpcError, OutsideError. */
export const readLocked = async (rpc: Rpc): Promise<readonly Output[]> =>
  outputsAt(rpc, await rpc.call(LOCKED.method));

/** Newer daemons tell it by the one, older ones by the other. */
function isMine([newer, older]: readonly RpcAnswer[]): boolean | undefined {
  const isOlder = newer && 'error' in newer && isMethodNotFound(newer.error);
  const [answer, method] = isOlder ? [older, 'validateaddress'] : [newer, 'getaddressinfo'];
  const { isvalid = true, ismine = false } = readAs(AddressInfo, resultOf(answer), method);
  return isvalid ? ismine : undefined;
}

const toOutput = (row: z.infer<typeof Unspent>[number]): Output => ({
  txid: row.txid,
  vout: row.vout,
  sats: toSats(row.amount),
  script: row.scriptPubKey,
  confirmations: row.rawconfirmations ?? row.confirmations,
  generated: row.generated ?? false,
  spendable: row.spendable ?? true,
});

async function outputsAt(rpc: Rpc, listed: unknown): Promise<readonly Output[]> {
  const points = readAs(Locked, listed, 'listlockunspent');
  const outputs: Output[] = [];
  for (let from = 0; from < points.length; from += LOCKED_PER_BATCH) {
    const some = points.slice(from, from + LOCKED_PER_BATCH);
    const answers = await rpc.batch(
      some.map(({ txid, vout }) => ({ method: 'gettxout', params: [txid, vout] })),
    );
    some.forEach(({ txid, vout }, index) => {
      const out = readAs(TxOut, resultOf(answers[index]), 'gettxout');
      if (out === null) return;
      const sats = toSats(out.value);
      const { confirmations } = out;
      const script = out.scriptPubKey.hex;
      outputs.push({ txid, vout, sats, script, confirmations, generated: false, spendable: true });
    });
  }
  return outputs;
}

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | undefined;
  return () => (seen ??= look());
}
