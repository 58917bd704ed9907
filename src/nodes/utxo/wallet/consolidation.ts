import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments } from '#src/domain/remedy.ts';

import { toSats } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import { DUST_SATS } from './choice.ts';
import { coins } from './coins.ts';
import { feeOf, feeRate, inputWeight, weightOf } from './fee.ts';
import { type Candidate, type Funds, ownsPubkey, sum } from './funds.ts';
import { scriptOfAddress } from './notary-output.ts';
import type { Payment } from './transaction.ts';

export const MOST_INPUTS = 800;
/** Signed ones are kept on record until the run is over: they are long. */
export const MOST_TRANSACTIONS = 5;
export const CONSOLIDATION_DEFAULTS: Arguments = { target: '100', fee: '0.01' };
/** Nodes pass on transactions of up to 100,000 bytes. */
const MOST_WEIGHT = 95_000;
/** Of a signed input, whatever it spends, as hex. */
const INPUT_CHARS = 310;
/** Below it, right-sized notary UTXOs would have to be spent that are needed. */
const LEAST_GOAL = 25;
const MOST_FEE_SATS = 100_000_000;

export interface Goal {
  /** So many unspent outputs there shall be at most. */
  readonly most: number;
  /** All transactions together may cost so much. */
  readonly feeSats: number;
}

/** Throws UserError. */
export function consolidationGoal(args: Arguments): Goal {
  const { target = '', fee = '' } = { ...CONSOLIDATION_DEFAULTS, ...args };
  const most = /^\d{1,5}$/.test(target) ? Number(target) : 0;
  if (most < LEAST_GOAL) throw new UserError(`target must be a whole number from ${LEAST_GOAL} to 99999.`);
  const feeSats = /^\d(\.\d{1,8})?$/.test(fee) ? toSats(Number(fee)) : 0;
  if (feeSats < 1 || feeSats > MOST_FEE_SATS) {
    throw new UserError('fee must be an amount of coins of at most 1, such as 0.01.');
  }
  return { most, feeSats };
}

/** All that is decided before a transaction is signed. */
export interface Bundle {
  readonly inputs: readonly Candidate[];
  readonly payments: readonly [Payment];
  readonly feeSats: number;
  /** Transactions of this size that the goal takes, as far as can be told now. */
  readonly rounds: number;
}

/**
 * Chooses the smallest outputs, to be spent together; undefined when there are few enough, or nothing that could be. Right-sized
 * notary UTXOs are left alone, but for those that alone are more than the goal. Throws UserError when it must not be done.
 */
export async function bundle(
  rpc: Rpc,
  target: Target,
  funds: Funds,
  goal: Goal,
): Promise<Bundle | undefined> {
  const excess = funds.listed - goal.most;
  const pool = [...spendable(funds, target), ...funds.right.slice(goal.most - 1)];
  if (excess <= 0 || pool.length < 2) return undefined;
  const script = await ownScript(rpc, target, funds, pool);
  const perKb = await feeRate(rpc);
  const inputs = [...few(pool, excess + 1, rpc.mostChars)];
  const worth = (): number => sum(inputs) - feeOf(perKb, weightOf(inputs, 1));
  const others = pool.slice(inputs.length).toSorted((a, b) => b.sats - a.sats);
  // Dust may be worth less than its fee: something larger pays for it.
  const full = inputs.length;
  for (let next = others.shift(); worth() < DUST_SATS && next; next = others.shift()) {
    if (inputs.length === full && full > 1) inputs.shift();
    inputs.push(next);
  }
  if (worth() < DUST_SATS) {
    const fee = coins(feeOf(perKb, weightOf(inputs, 1)));
    throw new UserError(
      `The fee is not funded: spending ${inputs.length} outputs of ${coins(sum(inputs))} together costs ${fee}. Send funds to the wallet, and wait for their confirmation.`,
    );
  }
  const payment = { sats: worth(), script };
  return {
    inputs,
    payments: [payment],
    feeSats: sum(inputs) - payment.sats,
    rounds: Math.ceil(excess / Math.max(1, inputs.length - 1)),
  };
}

/** What may be spent, smallest first. Zcash takes what was mined to shielded addresses only. */
const spendable = ({ candidates, mined }: Funds, { profile }: Target): readonly Candidate[] =>
  [...candidates, ...(profile === 'zcash' ? [] : mined)].toSorted((a, b) => a.sats - b.sats);

/** As many from the beginning as one transaction can take. */
function few(pool: readonly Candidate[], wanted: number, mostChars = Infinity): readonly Candidate[] {
  const most = Math.min(wanted, MOST_INPUTS, Math.floor(mostChars / INPUT_CHARS));
  let weight = weightOf([], 1);
  const end = pool.findIndex((candidate, index) => {
    weight += inputWeight(candidate);
    return index >= most || weight > MOST_WEIGHT;
  });
  return end < 0 ? pool : pool.slice(0, end);
}

/** Where the funds go together: to the notary's address, else to where the largest of them are. Throws UserError. */
async function ownScript(
  rpc: Rpc,
  { service }: Target,
  funds: Funds,
  pool: readonly Candidate[],
): Promise<string> {
  const { pubkey } = funds;
  if (pubkey === undefined) return pool.reduce((most, one) => (one.sats > most.sats ? one : most)).script;
  if (await ownsPubkey(rpc, pubkey, funds)) return scriptOfAddress(pubkey);
  throw new UserError(
    `The wallet of ${service.id} does not hold the key of pubkey ${pubkey}: what is paid to it would be lost. Import the key, or correct the pubkey.`,
  );
}
