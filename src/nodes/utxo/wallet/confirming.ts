import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Carrying } from '#src/domain/remedy.ts';

import { poll, spell } from '../../poll.ts';
import type { Rpc } from '../rpc.ts';
import { RpcError } from '../rpc-error.ts';
import type { Patience } from './patience.ts';
import { confirmationsOf, type Signed } from './sending.ts';

interface Waiting {
  readonly carrying: Carrying;
  readonly rpc: Rpc;
  readonly patience: Patience;
  /** In words for people: `the split`. */
  readonly what: string;
  readonly signed: Signed;
}

/** Waits for a transaction that was sent to be in a block. Throws UserError with what is true then. */
export async function confirmed({ rpc, signed, carrying, patience, what }: Waiting): Promise<number> {
  const { txid, hex } = signed;
  const { signal } = carrying;
  const { everyMs, confirmMs, resendMs, silentMs } = patience;
  // When it was sent, when the daemon told of it, and when it said anything at all.
  let sentAt = performance.now();
  let [toldAt, heardAt] = [sentAt, sentAt];
  let untold: string | undefined;
  const notKnown = (why: string): UserError =>
    new UserError(
      `Sent, but whether it is in a block is not known: ${txid}. The daemon has not told of it for ${spell(performance.now() - toldAt)} (${why}); it may still confirm. See to the daemon, and look for the transaction there (gettransaction) before you request it again.`,
    );

  const look = async (): Promise<number | undefined> => {
    try {
      const confirmations = await confirmationsOf(rpc, txid);
      toldAt = heardAt = performance.now();
      untold = undefined;
      if (confirmations !== undefined && confirmations > 0) return confirmations;
      if (confirmations !== undefined && confirmations < 0) {
        throw new UserError(
          `Something else took the funds of ${txid}: ${what} did not happen. Request it again.`,
        );
      }
      if (toldAt - sentAt < resendMs) return undefined;
      sentAt = toldAt;
      await again(rpc, hex);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RpcError || error instanceof OutsideError)) throw error;
      untold = error.message;
      if (error instanceof RpcError) heardAt = performance.now();
      if (performance.now() - heardAt >= silentMs) throw notKnown(untold);
      await carrying.progress(`sent ${txid}; the daemon does not tell of it now (${untold}), asking again`);
    }
    return undefined;
  };

  const confirmations = await poll(look, { everyMs, withinMs: confirmMs, signal });
  if (confirmations !== undefined) return confirmations;
  if (untold !== undefined) throw notKnown(untold);
  throw new UserError(
    `Sent, but not confirmed after ${spell(confirmMs)}: ${txid}. It may still confirm; what it spends is spent by nothing else until then.`,
  );
}

/** What the daemon has against it, the next look tells: older ones refuse what they have already. */
async function again(rpc: Rpc, hex: string): Promise<void> {
  await rpc.call('sendrawtransaction', [hex]).catch((error: unknown) => {
    if (!(error instanceof RpcError)) throw error;
  });
}
