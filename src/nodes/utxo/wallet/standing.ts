import { z } from 'zod';

import { BlockHash, Coins, readAs, toSats } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';

/** A wallet's figures at a moment, to be compared with those after. A type, not an interface: it is kept as JSON. */
export type Standing = {
  readonly count: number;
  readonly totalSats: number;
  /** The newest block then. */
  readonly block: string;
};

export async function standing(
  rpc: Rpc,
  { listed, totalSats }: { readonly listed: number; readonly totalSats: number },
): Promise<Standing> {
  const block = readAs(BlockHash, await rpc.call('getbestblockhash'), 'getbestblockhash');
  return { count: listed, totalSats, block };
}

const Since = z.object({
  transactions: z.array(
    z.object({ txid: z.string(), category: z.string(), amount: Coins, fee: Coins.optional() }),
  ),
});

/** Satoshis that left the wallet since that block by other transactions than these: notarisations, payments, their fees. */
export async function takenByOthers(rpc: Rpc, block: string, own: readonly string[]): Promise<number> {
  const { transactions } = readAs(Since, await rpc.call('listsinceblock', [block]), 'listsinceblock');
  const ours = new Set(own);
  const others = transactions.filter(({ txid, category }) => category === 'send' && !ours.has(txid));
  const fees = new Map(others.map(({ txid, fee = 0 }) => [txid, toSats(fee)]));
  const sent = others.reduce((sats, { amount }) => sats - toSats(amount), 0);
  return [...fees.values()].reduce((sats, fee) => sats - fee, sent);
}
