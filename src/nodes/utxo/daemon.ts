import type { z } from 'zod';

import { readChain, type Chain } from './chain.ts';
import { Coins, Locked, readAs, toSats, TxOut, Unspent } from './payloads.ts';
import { resultOf, type Rpc } from './rpc.ts';

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
  /** From asking to the last byte, milliseconds. */
  readonly tookMs: number;
}

/** A daemon as it is at one moment: each look is made at most once. Throws RpcError and OutsideError. */
export interface Daemon {
  chain(): Promise<Chain>;
  balanceSats(): Promise<number>;
  /** Confirmed, not locked. */
  unspent(): Promise<Listing>;
  /** Locked by `lockunspent`, as a split in flight or iguana does; not in `unspent`. */
  locked(): Promise<readonly Output[]>;
}

const LOCKED_PER_BATCH = 250;

export function createDaemon(rpc: Rpc): Daemon {
  return {
    chain: once(() => readChain(rpc)),
    balanceSats: once(async () => toSats(readAs(Coins, await rpc.call('getbalance'), 'getbalance'))),
    unspent: once(async () => {
      const began = performance.now();
      const rows = await rpc.call('listunspent');
      const tookMs = performance.now() - began;
      return { outputs: readAs(Unspent, rows, 'listunspent').map(toOutput), tookMs };
    }),
    locked: once(() => readLocked(rpc)),
  };
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

async function readLocked(rpc: Rpc): Promise<readonly Output[]> {
  const points = readAs(Locked, await rpc.call('listlockunspent'), 'listlockunspent');
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
