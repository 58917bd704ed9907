import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import { connect as connectDaemon, type Connect } from '../connect.ts';
import { spell } from '../../poll.ts';
import { inWords } from '../refusal.ts';
import type { Rpc } from '../rpc.ts';
import { DEFAULT_TARGET, goalOf, MOST_OUTPUTS, type Prepared, prepare } from '../wallet/choice.ts';
import { coins } from '../wallet/coins.ts';
import { MOST_PER_KB } from '../wallet/fee.ts';
import { readFunds, sum } from '../wallet/funds.ts';
import { scriptOfPubkey } from '../wallet/notary-output.ts';
import { PATIENCE, type Patience } from '../wallet/patience.ts';
import { spend } from '../wallet/spending.ts';

export interface SplitOptions extends Partial<Patience> {
  readonly connect?: Connect;
}

/** Makes right-sized notary UTXOs from the wallet's own confirmed funds, in one transaction, once. */
export function createSplit({ connect = connectDaemon, ...given }: SplitOptions = {}): Remedy {
  const patience = { ...PATIENCE, ...given };
  return {
    id: 'split',
    summary: 'Makes right-sized notary UTXOs from confirmed funds and waits for their confirmation',
    risk: 'low',
    kinds: ['utxo'],
    parameters: [
      { name: 'target', summary: `How many there shall be, 1 to ${MOST_OUTPUTS} (${DEFAULT_TARGET})` },
    ],
    defaults: { target: DEFAULT_TARGET },
    plan: (target, args, executors) =>
      inWords(async () => {
        const rpc = await connect(target, { executor: executors(target.node) });
        return planOf(await prepare(rpc, target, args), target, patience.confirmMs);
      }),
    carryOut: (carrying) =>
      inWords(async () => {
        const { target, args, executors, signal } = carrying;
        const rpc = await connect(target, { executor: executors(target.node), signal });
        const sent = await spend({
          carrying,
          rpc,
          patience,
          what: 'the split',
          async choose() {
            const { inputs, payments, missing } = await prepare(rpc, target, args);
            return { inputs, payments, kept: { outputs: missing } };
          },
          told: ({ outputs }) => `${outputs} outputs`,
        });
        if (!sent) throw new UserError('There was nothing to split.');
        return report(rpc, carrying, { txid: sent.txid, outputs: sent.kept.outputs });
      }),
  };
}

export const split: Remedy = createSplit();

function planOf(
  { goal, funds, missing, inputs, feeSats }: Prepared,
  target: Target,
  confirmMs: number,
): Plan {
  const { utxoSats } = target;
  const script = funds.pubkey === undefined ? "a key of the wallet's own" : scriptOfPubkey(funds.pubkey);
  return {
    steps: [
      `Count the wallet's UTXOs of ${utxoSats} satoshis, locked ones included`,
      `Make as many as are missing to ${goal}, in one transaction from confirmed funds that were not mined, paid to ${script}; the change stays in the wallet`,
      `Sign it with the wallet and send it, once; its fee is at most ${coins(MOST_PER_KB)} per 1,000 bytes`,
      `Wait for its confirmation, at most ${spell(confirmMs)}, and count again`,
    ],
    bound: { target: String(goal), size: `${utxoSats} satoshis`, script },
    seen: {
      'Right-sized now': `${funds.have}${funds.locked > 0 ? `, ${funds.locked} of them locked` : ''}`,
      'To be made': String(missing),
      'Spent for it': `${coins(sum(inputs))} in ${inputs.length} ${inputs.length === 1 ? 'output' : 'outputs'}, the change comes back`,
      'Fee now': coins(feeSats),
    },
  };
}

interface Made {
  readonly txid: string;
  readonly outputs: number;
}

async function report(rpc: Rpc, { target, args }: Carrying, { txid, outputs }: Made): Promise<string> {
  const goal = goalOf(args);
  const { have } = await readFunds(rpc, target);
  const made = `${outputs} outputs of ${target.utxoSats} satoshis are confirmed (${txid})`;
  if (have >= goal) return `${made}; right-sized now: ${have}.`;
  throw new UserError(
    `${made}, but right-sized now are ${have} of ${goal}: the others were spent meanwhile. Request it again for the rest.`,
  );
}
