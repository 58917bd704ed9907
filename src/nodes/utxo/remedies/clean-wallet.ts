import { UserError } from '#src/domain/errors.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import { connect as connectDaemon, type Connect, LARGE_WALLET_MS } from '../connect.ts';
import { executorOf } from '../process/identity.ts';
import { requireCalm } from '../process/rpc-state.ts';
import { inWords } from '../refusal.ts';
import type { Rpc } from '../rpc.ts';
import { backUp } from '../wallet/backup.ts';
import { clean, cleaningWay, keptDepth, MOST_REMOVED, type Way } from '../wallet/cleaning.ts';
import { coins } from '../wallet/coins.ts';
import { sum } from '../wallet/funds.ts';
import { compare, type Held, readHoldings, requireSettled, walletInfo } from '../wallet/holdings.ts';
import { type Place, placeOf, requireRoom } from '../wallet/place.ts';

export interface CleanOptions {
  readonly connect?: Connect;
}

/** Has the wallet forget transactions that are older than all it can spend, after a copy of it was made. */
export function createCleanWallet({ connect = connectDaemon }: CleanOptions = {}): Remedy {
  return {
    id: 'clean-wallet',
    summary: 'Copies the wallet, then has it forget spent transactions that are older than all it can spend',
    risk: 'low',
    kinds: ['utxo'],
    parameters: [],
    plan: (target, _args, executors) =>
      inWords(async () => {
        const executor = executorOf(executors, target);
        const rpc = await connect(target, { executor });
        await requireCalm(rpc);
        const way = await cleaningWay(rpc);
        const place = await placeOf({ rpc, target, executor }, await walletInfo(rpc));
        await requireRoom({ target, executor }, place, place.bytes);
        const held = await readHoldings(rpc);
        await requireSettled(rpc, held);
        await keptDepth(rpc, held);
        return planOf(way, place, held.outputs);
      }),
    carryOut: (carrying) =>
      inWords(async () => {
        const { target, executors, signal } = carrying;
        const executor = executorOf(executors, target);
        const rpc = await connect(target, { executor, signal, timeoutMs: LARGE_WALLET_MS });
        return cleaned(rpc, carrying);
      }),
  };
}

export const cleanWallet: Remedy = createCleanWallet();

const HOW: Readonly<Record<Way, string>> = {
  cleanwallettransactions: 'by its own call cleanwallettransactions',
  removeprunedfunds: `by its call removeprunedfunds, one by one, the oldest first, at most ${MOST_REMOVED}`,
};

const planOf = (way: Way, { file, folder, bytes }: Place, outputs: readonly Held[]): Plan => ({
  steps: [
    'Note every unspent output of the wallet, and the balance',
    `Have the daemon copy the wallet, under a new name; beside ${folder} where the daemon takes a path, else in its -exportdir; see that the copy is there and as large`,
    `Have the wallet forget transactions that are older than its oldest unspent output, ${HOW[way]}`,
    'See that every unspent output is still there, and the balance is what it was',
  ],
  bound: { file, way },
  seen: {
    'The file now': `${(bytes / 1e6).toFixed(1)} MB`,
    'Unspent outputs': `${outputs.length}, ${coins(sum(outputs))} in all`,
  },
});

async function cleaned(rpc: Rpc, carrying: Carrying): Promise<string> {
  const { target, journal, executors } = carrying;
  const executor = executorOf(executors, target);
  const before = await journal.step('note', async () => {
    const held = await readHoldings(rpc);
    await requireSettled(rpc, held);
    const kept = await keptDepth(rpc, held);
    const place = await placeOf({ rpc, target, executor }, await walletInfo(rpc));
    return { outputs: held.outputs, immatureSats: held.immatureSats, kept, place };
  });
  const backup = await journal.step('back up', async () => {
    await carrying.progress('copying the wallet');
    return backUp({ rpc, target, executor }, before.place);
  });
  const done = await journal.step('clean', async () => {
    // Since then something may have been mined or sent: what must not be forgotten is looked for anew.
    const held = await readHoldings(rpc);
    await requireSettled(rpc, held);
    const kept = Math.max(before.kept, await keptDepth(rpc, held));
    await carrying.progress(`the copy is at ${backup.path}; cleaning`);
    return clean(rpc, await cleaningWay(rpc), kept);
  });
  const { lost, spent, missingSats } = await compare(rpc, before, await readHoldings(rpc));
  const copy = `A copy of the wallet as it was is at ${backup.path} (${(backup.bytes / 1e6).toFixed(1)} MB)`;
  if (lost.length > 0 || missingSats > 0) {
    throw new UserError(
      `THE BALANCE DIFFERS: after cleaning, ${lost.length} unspent outputs of ${coins(sum(lost))} are not in the wallet any more, ${coins(missingSats)} are missing. Nothing is lost on the chain: the keys are in the wallet. Have it search the chain again (rescanblockchain, or a start with -rescan). ${copy}.`,
    );
  }
  const more = done.left > 0 ? ` ${done.left} more can be forgotten: request it again.` : '';
  const meanwhile = spent.length > 0 ? ` (${spent.length} were spent by other transactions meanwhile)` : '';
  return `The wallet forgot ${done.removed} of ${done.total} transactions; all ${before.outputs.length} unspent outputs are there${meanwhile}, the balance is what it was.${more} ${copy}.`;
}
