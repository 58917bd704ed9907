import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import { connect as connectDaemon, type Connect, LARGE_WALLET_MS } from '../connect.ts';
import { spell } from '../../poll.ts';
import { inWords } from '../refusal.ts';
import type { Rpc } from '../rpc.ts';
import { bundled, type Consolidating, requireFee } from '../wallet/bundling.ts';
import { coins } from '../wallet/coins.ts';
import {
  type Bundle,
  bundle,
  CONSOLIDATION_DEFAULTS,
  consolidationGoal,
  type Goal,
  MOST_INPUTS,
  MOST_TRANSACTIONS,
} from '../wallet/consolidation.ts';
import { MOST_PER_KB } from '../wallet/fee.ts';
import { type Funds, readFunds } from '../wallet/funds.ts';
import { scriptOfAddress } from '../wallet/notary-output.ts';
import { PATIENCE, type Patience } from '../wallet/patience.ts';
import { standing, takenByOthers } from '../wallet/standing.ts';

export interface ConsolidateOptions extends Partial<Patience> {
  readonly connect?: Connect;
}

/** Spends many small outputs together, to the wallet's own address, one transaction after another. */
export function createConsolidate({ connect = connectDaemon, ...given }: ConsolidateOptions = {}): Remedy {
  const patience = { ...PATIENCE, ...given };
  return {
    id: 'consolidate',
    summary: 'Spends many small outputs together to its own address, and waits for the confirmation',
    risk: 'medium',
    kinds: ['utxo'],
    parameters: [
      { name: 'target', summary: 'How many unspent outputs there shall be at most (100)' },
      { name: 'fee', summary: 'What it may cost in all, in coins (0.01)' },
    ],
    defaults: CONSOLIDATION_DEFAULTS,
    plan: (target, args, executors) =>
      inWords(async () => {
        const rpc = await connect(target, { executor: executors(target.node) });
        return planOf(await firstBundle(rpc, target, consolidationGoal(args)), target, patience);
      }),
    carryOut: (carrying) =>
      inWords(async () => {
        const { target, args, executors, signal } = carrying;
        const rpc = await connect(target, {
          executor: executors(target.node),
          signal,
          timeoutMs: LARGE_WALLET_MS,
        });
        return consolidated(rpc, carrying, { goal: consolidationGoal(args), patience });
      }),
  };
}

export const consolidate: Remedy = createConsolidate();

interface First extends Bundle {
  readonly goal: Goal;
  readonly funds: Funds;
}

async function firstBundle(rpc: Rpc, target: Target, goal: Goal): Promise<First> {
  const funds = await readFunds(rpc, target);
  const { listed, right, locked } = funds;
  if (listed <= goal.most) {
    throw new UserError(`There are ${listed} unspent outputs, no more than ${goal.most}: nothing to do.`);
  }
  const first = await bundle(rpc, target, funds, goal);
  if (!first) {
    throw new UserError(
      `Of ${listed} unspent outputs none can be spent together: ${right.length} are right-sized notary UTXOs, ${locked} are locked, the others are not this wallet's to spend.`,
    );
  }
  requireFee(first.feeSats * Math.min(first.rounds, MOST_TRANSACTIONS), goal);
  return { ...first, goal, funds };
}

function planOf({ goal, funds, ...first }: First, target: Target, { confirmMs }: Patience): Plan {
  const { pubkey, listed, have } = funds;
  const to = pubkey === undefined ? "a key of the wallet's own" : scriptOfAddress(pubkey);
  const rounds = Math.min(first.rounds, MOST_TRANSACTIONS);
  return {
    steps: [
      `Count the wallet's unspent outputs; leave right-sized ones of ${target.utxoSats} satoshis (up to ${goal.most}), locked and immature ones alone`,
      `Spend the smallest together to ${to}, at most ${MOST_INPUTS} a transaction, until ${goal.most} are left; at most ${MOST_TRANSACTIONS} transactions, one after another`,
      `Each is signed by the wallet, kept on record, then sent, once; waited for at most ${spell(confirmMs)}`,
      `All fees together are at most ${coins(goal.feeSats)}, and ${coins(MOST_PER_KB)} per 1,000 bytes`,
      'Count again, and see that the balance is what it was, less the fees',
    ],
    bound: { target: String(goal.most), fee: `at most ${coins(goal.feeSats)}`, script: to },
    seen: {
      'Unspent outputs now': String(listed),
      'Right-sized of them': String(have),
      Transactions: `${rounds}, the first with ${first.inputs.length} inputs`,
      'Fees now': `about ${coins(first.feeSats * rounds)}`,
      ...(first.rounds > rounds && { 'For all of it': 'more than one run: request it again afterwards' }),
    },
  };
}

async function consolidated(rpc: Rpc, carrying: Carrying, how: Consolidating): Promise<string> {
  const { target, journal } = carrying;
  const before = await journal.step('count', async () => standing(rpc, await readFunds(rpc, target)));
  const { txids, feeSats } = await bundled(rpc, carrying, how);
  const after = await readFunds(rpc, target);
  const expected = before.totalSats - feeSats;
  const missing = expected - after.totalSats;
  const done = `${txids.length} ${txids.length === 1 ? 'transaction is' : 'transactions are'} confirmed (${txids.join(', ') || 'none'})`;
  const balance = `The balance was ${coins(before.totalSats)}, the fees were ${coins(feeSats)}, now it is ${coins(after.totalSats)}`;
  if (missing > 0) {
    const taken = await takenByOthers(rpc, before.block, txids);
    if (missing > taken) {
      throw new UserError(
        `${done}, but THE BALANCE DIFFERS. ${balance}: ${coins(missing)} less than it should be, and other transactions took only ${coins(taken)}. Compare listtransactions with what you know before anything else is done with this wallet.`,
      );
    }
  }
  const besides =
    missing > 0
      ? `: other transactions took ${coins(missing)} meanwhile`
      : missing < 0
        ? `: ${coins(-missing)} came in meanwhile`
        : ', exactly that much less';
  const words = `${done}; unspent outputs were ${before.count}, now ${after.listed}. ${balance}${besides}.`;
  const { most } = how.goal;
  if (after.listed <= most || txids.length === MOST_TRANSACTIONS) {
    return after.listed <= most ? words : `${words} More than ${most} are left: request it again.`;
  }
  throw new UserError(
    `${words} That is still more than ${most}: others came in, or cannot be spent (locked, unconfirmed, too new).`,
  );
}
