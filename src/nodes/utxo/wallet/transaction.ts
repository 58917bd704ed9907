import { z } from 'zod';

import type { Json } from '#src/domain/remedy.ts';

import { Coins, readAs, toSats } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import { isMethodNotFound } from '../rpc-error.ts';
import { coins } from './coins.ts';
import type { Candidate } from './funds.ts';

/** Bitcoin's wire format of what is paid: the same for every coin descended from it, whatever stands before and behind. */
export interface Payment {
  readonly sats: number;
  /** Hex. */
  readonly script: string;
}

/** The composed transaction is not what was meant: it is thrown away unsigned or unsent. */
export class WrongTransaction extends Error {
  override readonly name = 'WrongTransaction';
}

/**
 * An unsigned transaction, hex. createrawtransaction takes each address once, so it is asked for one
 * output, and the outputs' part of its answer is replaced.
 */
export async function compose(
  rpc: Rpc,
  inputs: readonly Candidate[],
  payments: readonly Payment[],
): Promise<string> {
  const points = inputs.map(({ txid, vout }) => ({ txid, vout }));
  const address = inputs[0]?.address;
  const one: Json = address ? { [address]: Number(coins(payments[0]?.sats ?? 0)) } : { data: '00' };
  const raw = readAs(
    z.string(),
    await rpc.call('createrawtransaction', [points, one]),
    'createrawtransaction',
  );
  return withPayments(raw, inputs, payments);
}

/** Replaces the outputs of an unsigned transaction that spends `inputs`. */
export function withPayments(
  raw: string,
  inputs: readonly Pick<Candidate, 'txid' | 'vout'>[],
  payments: readonly Payment[],
): string {
  const bytes = Buffer.from(raw, 'hex');
  const first = inputs[0];
  if (!first) throw new WrongTransaction('a transaction needs an input');
  const at = bytes.indexOf(Buffer.from(Buffer.from(first.txid, 'hex').toReversed()));
  if (at < 0) throw new WrongTransaction('the input is not in the transaction');
  // Of an input: 32 bytes txid, 4 vout, an empty script's length, 4 sequence.
  const from = at + inputs.length * 41;
  let end = from;
  const count = readCompact(bytes, end);
  end = count.next;
  for (let index = 0; index < count.value; index++) {
    const script = readCompact(bytes, end + 8);
    end = script.next + script.value;
  }
  return Buffer.concat([
    bytes.subarray(0, from),
    compact(payments.length),
    ...payments.map(paymentBytes),
    bytes.subarray(end),
  ]).toString('hex');
}

function paymentBytes({ sats, script }: Payment): Buffer {
  const amount = Buffer.alloc(8);
  amount.writeBigUInt64LE(BigInt(sats));
  const code = Buffer.from(script, 'hex');
  return Buffer.concat([amount, compact(code.length), code]);
}

function compact(value: number): Buffer {
  if (value < 0xfd) return Buffer.from([value]);
  const long = Buffer.alloc(3, 0xfd);
  long.writeUInt16LE(value, 1);
  return long;
}

function readCompact(bytes: Buffer, at: number): { readonly value: number; readonly next: number } {
  const head = bytes[at];
  if (head === undefined || head > 0xfd) throw new WrongTransaction('the transaction cannot be read');
  return head === 0xfd ? { value: bytes.readUInt16LE(at + 1), next: at + 3 } : { value: head, next: at + 1 };
}

const Decoded = z.object({
  txid: z.string(),
  vin: z.array(z.object({ txid: z.string(), vout: z.int() })),
  vout: z.array(z.object({ value: Coins, scriptPubKey: z.object({ hex: z.string() }) })),
});

/** What the daemon itself reads in a transaction must be exactly what was meant. Resolves with its txid; throws WrongTransaction. */
export async function verify(
  rpc: Rpc,
  hex: string,
  inputs: readonly Candidate[],
  payments: readonly Payment[],
): Promise<string> {
  const { txid, vin, vout } = readAs(
    Decoded,
    await rpc.call('decoderawtransaction', [hex]),
    'decoderawtransaction',
  );
  const spent = vin.map((input) => `${input.txid}:${input.vout}`);
  const paid = vout.map(({ value, scriptPubKey }) => `${toSats(value)} ${scriptPubKey.hex.toLowerCase()}`);
  if (
    !same(
      spent,
      inputs.map((input) => `${input.txid}:${input.vout}`),
    )
  ) {
    throw new WrongTransaction('the transaction spends something else than was chosen');
  }
  if (
    !same(
      paid,
      payments.map(({ sats, script }) => `${sats} ${script}`),
    )
  ) {
    throw new WrongTransaction('the transaction pays something else than was meant');
  }
  return txid;
}

const same = (seen: readonly string[], meant: readonly string[]): boolean =>
  seen.length === meant.length && seen.every((words, index) => words === meant[index]);

const Signed = z.object({ hex: z.string(), complete: z.boolean() });

/** Signs with the wallet's own keys, which stay in the daemon; undefined when it could not sign all of it. */
export async function sign(rpc: Rpc, hex: string): Promise<string | undefined> {
  const answer = await rpc.call('signrawtransactionwithwallet', [hex]).catch((error: unknown) => {
    if (isMethodNotFound(error)) return rpc.call('signrawtransaction', [hex]);
    throw error;
  });
  const signed = readAs(Signed, answer, 'signrawtransaction');
  return signed.complete ? signed.hex : undefined;
}
