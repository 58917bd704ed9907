import { z } from 'zod';

import { UserError } from '#src/domain/errors.ts';

import { Coins, readAs, toSats } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';

/** Satoshis per 1,000 bytes. Less than the least is relayed by nobody; more than the most is a mistake of somebody's. */
const LEAST = 1_000;
export const MOST_PER_KB = 100_000;

const Fees = z.object({
  feerate: Coins.optional(),
  relayfee: Coins.optional(),
  mempoolminfee: Coins.optional(),
  paytxfee: Coins.optional(),
});

/** What a transaction pays per 1,000 bytes, in satoshis, by what the daemon estimates and demands. Throws UserError, RpcError, OutsideError. */
export async function feeRate(rpc: Rpc): Promise<number> {
  const answers = await rpc.batch([
    { method: 'estimatesmartfee', params: [6] },
    { method: 'getnetworkinfo' },
    { method: 'getmempoolinfo' },
    { method: 'getwalletinfo' },
    { method: 'getinfo' },
  ]);
  // Each daemon knows some of them only.
  const told = answers.map((answer) => ('result' in answer ? readAs(Fees, answer.result, 'the fees') : {}));
  const most = (name: keyof z.infer<typeof Fees>): number =>
    Math.max(0, ...told.map((fees: z.infer<typeof Fees>) => toSats(fees[name] ?? 0)));
  const demanded = Math.max(LEAST, most('relayfee'), most('mempoolminfee'));
  if (demanded > MOST_PER_KB) {
    throw new UserError(
      `The network asks ${demanded} satoshis per 1,000 bytes now; Tocsin pays at most ${MOST_PER_KB}. Try again when it is calmer.`,
    );
  }
  return Math.min(MOST_PER_KB, Math.max(demanded, most('feerate'), most('paytxfee')));
}

const INPUT_BYTES = 150;
const OUTPUT_BYTES = 45;
const FRAME_BYTES = 60;

/** The fee of a transaction with so many inputs and outputs, rather a little too much. */
export const feeOf = (perKb: number, inputs: number, outputs: number): number =>
  Math.ceil((perKb * (FRAME_BYTES + inputs * INPUT_BYTES + outputs * OUTPUT_BYTES)) / 1_000);
