import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Carrying, Json } from '#src/domain/remedy.ts';

import { poll, spell } from '../../poll.ts';
import type { Rpc } from '../rpc.ts';
import { RpcError } from '../rpc-error.ts';
import type { Candidate } from './funds.ts';
import { confirmationsOf, send, type Signed } from './sending.ts';
import { compose, type Payment, sign, verify } from './transaction.ts';

export interface Patience {
  readonly everyMs: number;
  /** Longest wait for the confirmation. */
  readonly confirmMs: number;
  /** A transaction that waits is sent again so often: a daemon that restarted may have dropped it. */
  readonly resendMs: number;
}

export const PATIENCE: Patience = { everyMs: 2_000, confirmMs: 30 * 60_000, resendMs: 60_000 };

/** What is spent and paid, and what of it is to be kept on record beside the transaction. */
export interface Chosen<Kept> {
  readonly inputs: readonly Candidate[];
  readonly payments: readonly Payment[];
  readonly kept: Kept;
}

interface Spending<Kept> {
  readonly carrying: Carrying;
  readonly rpc: Rpc;
  readonly patience: Patience;
  /** Behind the names of its steps, where a run has several: `2`. */
  readonly round?: string | undefined;
  /** In words for people: `the split`. */
  readonly what: string;
  /** Chooses from the wallet as it is now; undefined: there is nothing to spend. */
  choose(): Promise<Chosen<Kept> | undefined>;
  /** What was signed, in words: `20 outputs`. */
  told(kept: Kept): string;
}

/**
 * One transaction of the wallet's to itself, in three steps of the journal: signed and recorded, sent, confirmed.
 * Whatever interrupts it, no second one is signed for the same round. Throws UserError with what is true then.
 */
export async function spend<Kept extends Readonly<Record<string, Json>>>(
  spending: Spending<Kept>,
): Promise<(Signed & { readonly kept: Kept }) | undefined> {
  const { carrying, rpc, patience, round, what } = spending;
  const { journal, signal } = carrying;
  const named = (step: string): string => (round === undefined ? step : `${step} ${round}`);
  const signed = await journal.step(named('sign'), async () => {
    await carrying.progress('counting and choosing funds');
    const chosen = await spending.choose();
    return chosen ? { ...(await signedExactly(rpc, chosen)), kept: chosen.kept } : null;
  });
  if (signed === null) return undefined;
  const told = spending.told(signed.kept);
  await carrying.progress(`${told} signed, sending ${signed.txid}`);
  await journal.step(named('send'), async () => {
    await send(rpc, signed, patience.everyMs, signal);
    return signed.txid;
  });
  await journal.step(named('confirm'), async () => {
    await carrying.progress(`sent ${signed.txid}: ${told}, waiting for the confirmation`);
    return confirmed({ rpc, signed, carrying, patience, what });
  });
  return signed;
}

/** What the daemon reads in it is what was meant, before the wallet signs it and after. */
async function signedExactly(rpc: Rpc, { inputs, payments }: Chosen<unknown>): Promise<Signed> {
  const unsigned = await compose(rpc, inputs, payments);
  await verify(rpc, unsigned, inputs, payments);
  const hex = await sign(rpc, unsigned);
  if (!hex) {
    throw new UserError(
      'The wallet could not sign the transaction: nothing was sent. See whether it holds all its keys.',
    );
  }
  return { hex, txid: await verify(rpc, hex, inputs, payments) };
}

interface Waiting extends Pick<Spending<unknown>, 'carrying' | 'rpc' | 'patience' | 'what'> {
  readonly signed: Signed;
}

async function confirmed({ rpc, signed, carrying, patience, what }: Waiting): Promise<number> {
  const { txid, hex } = signed;
  const { signal } = carrying;
  const { everyMs, confirmMs, resendMs } = patience;
  let sentAt = performance.now();
  const look = async (): Promise<number | undefined> => {
    try {
      const confirmations = await confirmationsOf(rpc, txid);
      if (confirmations !== undefined && confirmations > 0) return confirmations;
      if (confirmations !== undefined && confirmations < 0) {
        throw new UserError(
          `Something else took the funds of ${txid}: ${what} did not happen. Request it again.`,
        );
      }
      if (performance.now() - sentAt < resendMs) return undefined;
      sentAt = performance.now();
      await rpc.call('sendrawtransaction', [hex]);
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
    `Sent, but not confirmed after ${spell(confirmMs)}: ${txid}. It may still confirm; what it spends is spent by nothing else until then.`,
  );
}
