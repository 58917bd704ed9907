import type { Remedy } from '#src/domain/remedy.ts';

import { cliThere, connect as connectDaemon, type Connect } from '../connect.ts';
import { executorOf } from '../process/identity.ts';
import { type Life, stop, verified } from '../process/life.ts';
import { inWords } from '../refusal.ts';
import { coins } from '../wallet/coins.ts';
import { CONSOLIDATION_DEFAULTS } from '../wallet/consolidation.ts';
import { sum } from '../wallet/funds.ts';
import { moveAside } from '../wallet/reset/aside.ts';
import { told } from '../wallet/reset/doubt.ts';
import { lies, survey } from '../wallet/reset/ground.ts';
import { RESET_PATIENCE, type ResetPatience } from '../wallet/reset/patience.ts';
import { planned } from '../wallet/reset/planned.ts';
import { prepare } from '../wallet/reset/preparing.ts';
import { reached, whyNoCli } from '../wallet/reset/reach.ts';
import { renewed } from '../wallet/reset/renewal.ts';
import { goBack } from '../wallet/reset/way-back.ts';

export interface ResetOptions extends Partial<ResetPatience> {
  readonly connect?: Connect;
}

const BOUND_MS = 6 * 60 * 60_000;
/** Each address of the wallet is looked at, over SSH one after the other. */
const PLAN_MS = 2 * 60_000;

/**
 * Gives a daemon a new wallet with the same keys and none of the old transactions. The old one is moved aside, never
 * deleted; the keys do not leave the node. It stops at the first doubt.
 */
export function createResetWallet({ connect = connectDaemon, ...given }: ResetOptions = {}): Remedy {
  const patience = { ...RESET_PATIENCE, ...given };
  return {
    id: 'reset-wallet',
    summary: 'Gives the daemon a new wallet with the same keys; the old one is kept aside',
    risk: 'high',
    kinds: ['utxo'],
    takesDown: true,
    boundMs: BOUND_MS,
    planMs: PLAN_MS,
    parameters: [
      {
        name: 'height',
        summary: 'The block from which on the new wallet looks for its funds (below the oldest of them)',
      },
      { name: 'target', summary: 'How many unspent outputs there shall be at most before it (100)' },
      { name: 'fee', summary: 'What bringing them together may cost in all, in coins (0.01)' },
    ],
    defaults: { ...CONSOLIDATION_DEFAULTS, height: '' },
    notHere: (target, executor) =>
      executor === undefined
        ? `Tocsin has no way into the machine of ${target.node.id}: a person makes the new wallet there.`
        : cliThere(target)
          ? undefined
          : whyNoCli(target),
    plan: (target, args, executors) => inWords(() => planned(target, args, { executors, connect, patience })),
    carryOut: (carrying) =>
      inWords(() => {
        const executor = executorOf(carrying.executors, carrying.target);
        return reset({ carrying, executor, connect, waits: patience }, patience);
      }),
  };
}

export const resetWallet: Remedy = createResetWallet();

async function reset(life: Life, patience: ResetPatience): Promise<string> {
  const { carrying, executor } = life;
  const { target, journal } = carrying;
  const rpc = await reached(life);
  const ground = await journal.step('look', async () => (await survey({ rpc, target, executor })).ground);
  const prepared = await prepare(life, rpc, { ground, patience });
  const { before, due, backup, feeSats } = prepared;
  await told(
    carrying,
    () => lies(ground, { moved: false, backup }),
    () => stop(life, before),
  );
  await moveAside(life, prepared);
  const doubt = await renewed(life, prepared, patience);
  if (doubt !== '') return goBack(life, prepared, { doubt, patience });
  const { words } = await verified(life, before);
  const cost = feeSats > 0 ? `, after ${coins(feeSats)} in fees for bringing them together` : '';
  return (
    `A new wallet runs (${words}): it has all ${ground.addresses.length} keys and every one of ${due.outputs.length} unspent outputs, ` +
    `${coins(sum(due.outputs) + due.immatureSats)} in all${cost}. ${lies(ground, { moved: true, backup })} ` +
    'Once you trust the new one, take the old files and the keys off this machine, to a safe place.'
  );
}
