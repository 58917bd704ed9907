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

const FRAME_BYTES = 60;
const OUTPUT_BYTES = 45;

/** Bytes that a signed input counts for by the script that it spends, rather a little too many. */
export function inputWeight({ script }: { readonly script: string }): number {
  if (/^21[0-9a-f]{66}ac$/.test(script)) return 116;
  return /^0014[0-9a-f]{40}$/.test(script) ? 72 : 150;
}

/** What a signed transaction weighs for relays and miners. */
export const weightOf = (inputs: readonly { readonly script: string }[], outputs: number): number =>
  inputs.reduce((bytes, input) => bytes + inputWeight(input), FRAME_BYTES + outputs * OUTPUT_BYTES);

/** The fee of a transaction of that weight. */
export const feeOf = (perKb: number, weight: number): number => Math.ceil((perKb * weight) / 1_000);
