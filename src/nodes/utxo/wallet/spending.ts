import { UserError } from '#src/domain/errors.ts';
import type { Carrying, Json } from '#src/domain/remedy.ts';

import type { Rpc } from '../rpc.ts';
import { confirmed } from './confirming.ts';
import type { Candidate } from './funds.ts';
import type { Patience } from './patience.ts';
import { send, type Signed } from './sending.ts';
import { compose, type Payment, sign, verify } from './transaction.ts';

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
  const { journal } = carrying;
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
    await send(rpc, signed, patience, carrying);
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
