import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { OutsideError, UserError } from '#src/domain/errors.ts';

import { readAs } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import { isWarmingUp, RpcError } from '../rpc-error.ts';

export type Signed = { readonly hex: string; readonly txid: string };

const Transaction = z.object({ confirmations: z.int(), rawconfirmations: z.int().optional() });

/** bitcoin's rpc/protocol.h: RPC_VERIFY_ALREADY_IN_CHAIN, RPC_INVALID_ADDRESS_OR_KEY. */
const IN_CHAIN = -27;
const NOT_KNOWN = -5;
const ALREADY = /already.known|already.in.(mempool|block|utxo)/i;
const TRIES = 6;

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
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      await rpc.call('sendrawtransaction', [hex]);
      return;
    } catch (error) {
      if (await isThere(rpc, txid, error)) return;
      if (error instanceof RpcError && !isWarmingUp(error)) {
        throw new UserError(
          `The daemon refused the transaction (${error.message}): nothing was sent. Request it again.`,
        );
      }
      const mayPass = error instanceof OutsideError ? error.retryable : error instanceof RpcError;
      if (!mayPass || tries >= TRIES) throw uncertain(txid, error);
      await pause(everyMs, undefined, { signal });
    }
  }
}

async function isThere(rpc: Rpc, txid: string, error: unknown): Promise<boolean> {
  if (error instanceof RpcError && (error.code === IN_CHAIN || ALREADY.test(error.message))) return true;
  // "Missing inputs" is also said of a transaction that was mined: its funds are spent, by itself.
  const confirmations = await confirmationsOf(rpc, txid).catch(() => undefined);
  return confirmations !== undefined && confirmations >= 0;
}

function uncertain(txid: string, error: unknown): unknown {
  const told = error instanceof OutsideError || error instanceof RpcError;
  if (!told) return error;
  return new UserError(
    `The daemon did not say whether it took transaction ${txid} (${error.message}): it may be sent. Look for it with gettransaction before you request it again.`,
  );
}
