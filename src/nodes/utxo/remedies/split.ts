import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import { connect as connectDaemon, type Connect } from '../connect.ts';
import { poll, spell } from '../poll.ts';
import { inWords } from '../refusal.ts';
import type { Rpc } from '../rpc.ts';
import { RpcError } from '../rpc-error.ts';
import { DEFAULT_TARGET, goalOf, MOST_OUTPUTS, type Prepared, prepare } from '../wallet/choice.ts';
import { coins } from '../wallet/coins.ts';
import { MOST_PER_KB } from '../wallet/fee.ts';
import { readFunds, sum } from '../wallet/funds.ts';
import { scriptOfPubkey } from '../wallet/notary-output.ts';
import { confirmationsOf, send, type Signed } from '../wallet/sending.ts';
import { compose, sign, verify } from '../wallet/transaction.ts';

export interface SplitOptions {
  readonly connect?: Connect;
  readonly everyMs?: number;
  /** Longest wait for the confirmation. */
  readonly confirmMs?: number;
  /** A transaction that waits is sent again so often: a daemon that restarted may have dropped it. */
  readonly resendMs?: number;
}

/** Makes right-sized notary UTXOs from the wallet's own confirmed funds, in one transaction, once. */
export function createSplit(options: SplitOptions = {}): Remedy {
  const { connect = connectDaemon, everyMs = 2_000, confirmMs = 30 * 60_000, resendMs = 60_000 } = options;
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
        return planOf(await prepare(rpc, target, args), target, confirmMs);
      }),
    carryOut: (carrying) =>
      inWords(async () => {
        const { target, executors, signal } = carrying;
        const rpc = await connect(target, { executor: executors(target.node), signal });
        const signed = await carrying.journal.step('sign', () => signedSplit(rpc, carrying));
        await carrying.progress(`${signed.outputs} outputs signed, sending ${signed.txid}`);
        await carrying.journal.step('send', async () => {
          await send(rpc, signed, everyMs, carrying.signal);
          return signed.txid;
        });
        await carrying.journal.step('confirm', () =>
          confirmed(rpc, signed, carrying, { everyMs, confirmMs, resendMs }),
        );
        return report(rpc, carrying, signed);
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

type SignedSplit = Signed & { readonly outputs: number };

async function signedSplit(rpc: Rpc, carrying: Carrying): Promise<SignedSplit> {
  const { target, args } = carrying;
  await carrying.progress('counting and choosing funds');
  const { inputs, payments, missing } = await prepare(rpc, target, args);
  const unsigned = await compose(rpc, inputs, payments);
  await verify(rpc, unsigned, inputs, payments);
  const hex = await sign(rpc, unsigned);
  if (!hex) {
    throw new UserError(
      'The wallet could not sign the transaction: nothing was sent. See whether it holds all its keys.',
    );
  }
  return { hex, txid: await verify(rpc, hex, inputs, payments), outputs: missing };
}

async function confirmed(
  rpc: Rpc,
  signed: SignedSplit,
  carrying: Carrying,
  { everyMs, confirmMs, resendMs }: { everyMs: number; confirmMs: number; resendMs: number },
): Promise<number> {
  const { txid, outputs } = signed;
  const { signal } = carrying;
  await carrying.progress(`sent ${txid}: ${outputs} outputs, waiting for the confirmation`);
  let sentAt = performance.now();
  const look = async (): Promise<number | undefined> => {
    try {
      const confirmations = await confirmationsOf(rpc, txid);
      if (confirmations !== undefined && confirmations > 0) return confirmations;
      if (confirmations !== undefined && confirmations < 0) {
        throw new UserError(
          `Something else took the funds of ${txid}: the split did not happen. Request it again.`,
        );
      }
      if (performance.now() - sentAt < resendMs) return undefined;
      sentAt = performance.now();
      await rpc.call('sendrawtransaction', [signed.hex]);
    } catch (error) {
      if (error instanceof UserError || signal.aborted) throw error;
      const passes = error instanceof RpcError || (error instanceof OutsideError && error.retryable);
      if (!passes) throw error;
      await carrying.progress(
        `sent ${txid}; the daemon does not tell of it now (${error.message}), asking again`,
      );
    }
    return undefined;
  };
  const confirmations = await poll(look, { everyMs, withinMs: confirmMs, signal });
  if (confirmations !== undefined) return confirmations;
  throw new UserError(
    `Sent, but not confirmed after ${spell(confirmMs)}: ${txid}. It may still confirm; another split is refused until then.`,
  );
}

async function report(rpc: Rpc, { target, args }: Carrying, { txid, outputs }: SignedSplit): Promise<string> {
  const goal = goalOf(args);
  const { have } = await readFunds(rpc, target);
  const made = `${outputs} outputs of ${target.utxoSats} satoshis are confirmed (${txid})`;
  if (have >= goal) return `${made}; right-sized now: ${have}.`;
  throw new UserError(
    `${made}, but right-sized now are ${have} of ${goal}: the others were spent meanwhile. Request it again for the rest.`,
  );
}
