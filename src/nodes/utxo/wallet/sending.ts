import { z } from 'zod';

import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Carrying } from '#src/domain/remedy.ts';

import { poll } from '../../poll.ts';
import { readAs } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import { isWarmingUp, RpcError } from '../rpc-error.ts';
import type { Patience } from './patience.ts';

export type Signed = { readonly hex: string; readonly txid: string };

const Transaction = z.object({ confirmations: z.int(), rawconfirmations: z.int().optional() });

/** bitcoin's rpc/protocol.h: RPC_VERIFY_ALREADY_IN_CHAIN, RPC_INVALID_ADDRESS_OR_KEY. */
const IN_CHAIN = -27;
const NOT_KNOWN = -5;
const ALREADY = /already.known|already.in.(mempool|block|utxo)/i;

/** Confirmations by blocks, 0 while it waits, negative when something else took its funds; undefined when the wallet has no such transaction. */
export async function confirmationsOf(rpc: Rpc, txid: string): Promise<number | undefined> {
  try {
    const told = readAs(Transaction, await rpc.call('gettransaction', [txid]), 'gettransaction');
    return told.rawconfirmations ?? told.confirmations;
  } catch (error) {
    if (error instanceof RpcError && error.code === NOT_KNOWN) return undefined;
    throw error;
  }
}

/**
 * Sends exactly this transaction; sending it again changes nothing in the world, so it is safe to call it
 * after an interruption. Throws UserError with what is true then.
 */
export async function send(
  rpc: Rpc,
  { hex, txid }: Signed,
  { everyMs, silentMs }: Patience,
  { signal, progress }: Pick<Carrying, 'signal' | 'progress'>,
): Promise<void> {
  let last: unknown;
  const attempt = async (): Promise<true | undefined> => {
    try {
      await rpc.call('sendrawtransaction', [hex]);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const there = await isThere(rpc, txid, error);
      if (there) return true;
      if (there === false && isRefusal(error)) {
        throw new UserError(
          `The transaction was refused (${wordsOf(error)}): nothing was sent. Request it again.`,
        );
      }
      const passes = error instanceof RpcError || (error instanceof OutsideError && error.retryable);
      if (!passes) throw uncertain(txid, error);
      last = error;
      await progress(
        `sending ${txid}: the daemon does not say that it took it (${error.message}), trying again`,
      );
      return undefined;
    }
  };
  if (await poll(attempt, { everyMs, withinMs: silentMs, signal })) return;
  throw uncertain(txid, last);
}

/** By the daemon, or on the way to it, where the gate does not allow the call. */
const isRefusal = (error: unknown): boolean =>
  (error instanceof RpcError && !isWarmingUp(error)) ||
  (error instanceof OutsideError && error.reason === 'forbidden');

/** Undefined when the daemon does not tell. */
async function isThere(rpc: Rpc, txid: string, error: unknown): Promise<boolean | undefined> {
  if (error instanceof RpcError && (error.code === IN_CHAIN || ALREADY.test(error.message))) return true;
  try {
    // "Missing inputs" is also said of a transaction that was mined: its funds are spent, by itself.
    return ((await confirmationsOf(rpc, txid)) ?? -1) >= 0;
  } catch {
    return undefined;
  }
}

function uncertain(txid: string, error: unknown): unknown {
  const told = error instanceof OutsideError || error instanceof RpcError;
  if (!told) return error;
  return new UserError(
    `The daemon did not say whether it took transaction ${txid} (${error.message}): it may be sent. Look for it with gettransaction before you request it again.`,
  );
}
