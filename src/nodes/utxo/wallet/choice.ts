import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments } from '#src/domain/remedy.ts';

import type { Rpc } from '../rpc.ts';
import { coins } from './coins.ts';
import { feeOf, feeRate, weightOf } from './fee.ts';
import { areCoinbase, type Candidate, type Funds, ownsPubkey, readFunds, sum } from './funds.ts';
import { scriptOfPubkey } from './notary-output.ts';
import type { Payment } from './transaction.ts';

/** dPoW's limit: one byte tells their number. */
export const MOST_OUTPUTS = 252;
export const DEFAULT_TARGET = '20';
/** An output below this would be refused as dust by some daemon of the family. */
export const DUST_SATS = 6_000;
/** Outputs asked about at once, and at most, when daemons do not say in their list what was mined. */
const ASKED_AT_ONCE = 100;
const MOST_ASKED = 1_000;

/** All that is decided before anything is signed. */
export interface Prepared {
  readonly goal: number;
  readonly funds: Funds;
  readonly missing: number;
  readonly inputs: readonly Candidate[];
  readonly payments: readonly Payment[];
  readonly feeSats: number;
}

/** The number of UTXOs there shall be. Throws UserError. */
export function goalOf({ target = DEFAULT_TARGET }: Arguments): number {
  const goal = /^\d{1,3}$/.test(target) ? Number(target) : 0;
  if (goal >= 1 && goal <= MOST_OUTPUTS) return goal;
  throw new UserError(`target must be a whole number from 1 to ${MOST_OUTPUTS}.`);
}

/** Chooses what a split would spend and pay now. Throws UserError when it should not be done. */
export async function prepare(rpc: Rpc, target: Target, args: Arguments): Promise<Prepared> {
  const goal = goalOf(args);
  const funds = await readFunds(rpc, target);
  const { have, pending, pubkey } = funds;
  if (pending > 0) {
    throw new UserError(
      `A split is under way: ${pending} right-sized outputs wait for their confirmation. Look again after the next blocks.`,
    );
  }
  const missing = goal - have;
  if (missing <= 0)
    throw new UserError(`There are ${have} right-sized UTXOs already: nothing to do for ${goal}.`);
  if (pubkey !== undefined && !(await ownsPubkey(rpc, pubkey, funds))) {
    throw new UserError(
      `The wallet of ${target.service.id} does not hold the key of pubkey ${pubkey}: what is paid to it would be lost. Import the key, or correct the pubkey.`,
    );
  }
  return { goal, funds, missing, ...(await pay(rpc, target, funds, missing)) };
}

/** Chooses what is spent, the largest first, and what is paid with it. */
async function pay(
  rpc: Rpc,
  { utxoSats }: Target,
  funds: Funds,
  missing: number,
): Promise<Pick<Prepared, 'inputs' | 'payments' | 'feeSats'>> {
  const perKb = await feeRate(rpc);
  const worth = missing * utxoSats;
  const inputs: Candidate[] = [];
  let minedSats = funds.coinbaseSats;
  let needed = worth + feeOf(perKb, weightOf(funds.candidates.slice(0, 1), missing + 1));
  const candidates = funds.candidates.slice(0, MOST_ASKED);
  for (let from = 0; from < candidates.length && sum(inputs) < needed; from += ASKED_AT_ONCE) {
    const some = candidates.slice(from, from + ASKED_AT_ONCE);
    const mined = await areCoinbase(rpc, some);
    for (const [index, candidate] of some.entries()) {
      if (sum(inputs) >= needed) break;
      if (mined[index]) {
        minedSats += candidate.sats;
        continue;
      }
      inputs.push(candidate);
      needed = worth + feeOf(perKb, weightOf(inputs, missing + 1));
    }
  }
  const [largest] = inputs;
  if (!largest || sum(inputs) < needed) {
    throw new UserError(
      `Too little to split: ${missing} outputs of ${utxoSats} satoshis and the fee take ${coins(needed)}, ` +
        `confirmed and not mined are ${coins(sum(inputs))}: ${coins(needed - sum(inputs))} missing. ` +
        `Mined (coinbase): ${coins(minedSats)}, unconfirmed: ${coins(funds.unconfirmedSats)}; neither can be split. ` +
        'Send funds to the wallet, or wait for their confirmation.',
    );
  }
  const script = funds.pubkey === undefined ? largest.script : scriptOfPubkey(funds.pubkey);
  const change = sum(inputs) - needed;
  const payments = Array.from({ length: missing }, (): Payment => ({ sats: utxoSats, script }));
  if (change >= DUST_SATS) payments.push({ sats: change, script: largest.script });
  return { inputs, payments, feeSats: sum(inputs) - sum(payments) };
}
