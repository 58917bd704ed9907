import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments, Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import type { Rpc } from '../rpc.ts';
import { RpcError } from '../rpc-error.ts';
import { coins } from './coins.ts';
import { connect as connectDaemon, type Connect } from './connect.ts';
import { feeOf, feeRate, MOST_PER_KB } from './fee.ts';
import { areCoinbase, type Candidate, type Funds, ownsPubkey, readFunds, sum } from './funds.ts';
import { scriptOfPubkey } from './notary-output.ts';
import { poll, spell } from './poll.ts';
import { confirmationsOf, send, type Signed } from './sending.ts';
import { compose, type Payment, sign, verify } from './transaction.ts';

export interface SplitOptions {
  readonly connect?: Connect;
  readonly everyMs?: number;
  /** Longest wait for the confirmation. */
  readonly confirmMs?: number;
  /** A transaction that waits is sent again so often: a daemon that restarted may have dropped it. */
  readonly resendMs?: number;
}

/** dPoW's limit: one byte tells their number. */
const MOST_OUTPUTS = 252;
const DEFAULT_TARGET = '20';
/** Change below this would be refused as dust by some daemon of the family: it goes to the fee. */
const DUST_SATS = 6_000;
/** Outputs asked about at once, and at most, when daemons do not say in their list what was mined. */
const ASKED_AT_ONCE = 100;
const MOST_ASKED = 1_000;

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
    plan: (target, args) =>
      inWords(async () => planOf(await prepare(await connect(target), target, args), target, confirmMs)),
    carryOut: (carrying) =>
      inWords(async () => {
        const rpc = await connect(carrying.target, carrying.signal);
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

/** All that is decided before anything is signed. */
interface Prepared {
  readonly goal: number;
  readonly funds: Funds;
  readonly missing: number;
  readonly inputs: readonly Candidate[];
  readonly payments: readonly Payment[];
  readonly feeSats: number;
}

function goalOf({ target = DEFAULT_TARGET }: Arguments): number {
  const goal = /^\d{1,3}$/.test(target) ? Number(target) : 0;
  if (goal >= 1 && goal <= MOST_OUTPUTS) return goal;
  throw new UserError(`target must be a whole number from 1 to ${MOST_OUTPUTS}.`);
}

async function prepare(rpc: Rpc, target: Target, args: Arguments): Promise<Prepared> {
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
  let needed = worth + feeOf(perKb, 1, missing + 1);
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
      needed = worth + feeOf(perKb, inputs.length, missing + 1);
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

async function signedSplit(rpc: Rpc, { target, args, progress }: Carrying): Promise<SignedSplit> {
  await progress('counting and choosing funds');
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
  { signal, progress }: Carrying,
  { everyMs, confirmMs, resendMs }: { everyMs: number; confirmMs: number; resendMs: number },
): Promise<number> {
  const { txid, outputs } = signed;
  await progress(`sent ${txid}: ${outputs} outputs, waiting for the confirmation`);
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
      await progress(`sent ${txid}; the daemon does not tell of it now (${error.message}), asking again`);
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

const WALLET_LOCKED = -13;

/** The only place where the daemon's own errors become words. */
async function inWords<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.code === WALLET_LOCKED) {
      throw new UserError(
        'The wallet is locked: unlock it on the node (walletpassphrase), then request it again.',
        {
          cause: error,
        },
      );
    }
    throw new UserError(`The daemon refused ${error.method}: ${error.message} (code ${error.code}).`, {
      cause: error,
    });
  }
}
