import { UserError } from '#src/domain/errors.ts';
import type { Carrying } from '#src/domain/remedy.ts';

import type { Rpc } from '../rpc.ts';
import { coins } from './coins.ts';
import { bundle, type Goal, MOST_TRANSACTIONS } from './consolidation.ts';
import { readFunds } from './funds.ts';
import type { Patience } from './patience.ts';
import { spend } from './spending.ts';

/** Throws UserError. */
export function requireFee(feeSats: number, goal: Goal): void {
  if (feeSats <= goal.feeSats) return;
  throw new UserError(
    `It would cost ${coins(feeSats)} now, more than the ${coins(goal.feeSats)} it may: give fee=${coins(feeSats)} or more, or wait for lower fees.`,
  );
}

export interface Consolidating {
  readonly goal: Goal;
  readonly patience: Patience;
}

interface Consolidated {
  readonly txids: readonly string[];
  readonly feeSats: number;
}

/** The transactions, each in steps of its own; none where there are few outputs. Throws UserError. */
export async function bundled(
  rpc: Rpc,
  carrying: Carrying,
  { goal, patience }: Consolidating,
): Promise<Consolidated> {
  const { target } = carrying;
  const txids: string[] = [];
  let feeSats = 0;
  for (let round = 1; round <= MOST_TRANSACTIONS; round++) {
    const sent = await spend({
      carrying,
      rpc,
      patience,
      round: String(round),
      what: 'the consolidation',
      async choose() {
        const chosen = await bundle(rpc, target, await readFunds(rpc, target), goal);
        if (!chosen) return undefined;
        requireFee(feeSats + chosen.feeSats, goal);
        const { inputs, payments } = chosen;
        return { inputs, payments, kept: { inputs: inputs.length, feeSats: chosen.feeSats } };
      },
      told: ({ inputs }) => `transaction ${round} with ${inputs} inputs`,
    }).catch((error: unknown) => {
      if (txids.length === 0 || !(error instanceof UserError)) throw error;
      throw new UserError(`${error.message} Confirmed before it: ${txids.join(', ')}.`, { cause: error });
    });
    if (!sent) break;
    txids.push(sent.txid);
    feeSats += sent.kept.feeSats;
  }
  return { txids, feeSats };
}
