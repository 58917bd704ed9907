import { z } from 'zod';

import { OutsideError, UserError } from '#src/domain/errors.ts';

import { readLocked } from '../daemon.ts';
import { Coins, readAs, toSats, TxOut, Unspent } from '../payloads.ts';
import { resultOf, type Rpc, type RpcCall } from '../rpc.ts';
import { isMethodNotFound } from '../rpc-error.ts';
import { coins } from './coins.ts';
import { addressOfScript, sum } from './funds.ts';

/** An unspent output. A type, not an interface: it is kept as JSON. */
export type Held = {
  /** `txid:vout`. */
  readonly point: string;
  readonly sats: number;
  /** By blocks. */
  readonly confirmations: number;
};

export interface Holdings {
  readonly outputs: readonly Held[];
  /** Where they are. */
  readonly addresses: readonly string[];
  readonly immatureSats: number;
}

const WalletInfo = z.object({
  walletname: z.string().max(1_000).optional(),
  immature_balance: Coins.optional(),
  /** Only of a wallet that is encrypted. */
  unlocked_until: z.number().optional(),
  private_keys_enabled: z.boolean().optional(),
  descriptors: z.boolean().optional(),
  scanning: z.union([z.literal(false), z.looseObject({})]).optional(),
});
export type WalletInfo = z.infer<typeof WalletInfo>;

export const walletInfo = async (rpc: Rpc): Promise<WalletInfo> =>
  readAs(WalletInfo, await rpc.call('getwalletinfo'), 'getwalletinfo');

/** More would be too many to keep on record and to compare one by one. */
const MOST_HELD = 1_500;
const ASKED_AT_ONCE = 200;

/** Every output that the wallet can spend now, locked ones too. Throws UserError when there are too many, or when not all it has are such outputs. */
export async function readHoldings(rpc: Rpc): Promise<Holdings> {
  const listed = await rpc.call('listunspent', [0]);
  const rows = readAs(Unspent, listed, 'listunspent');
  const elsewhere = readAs(z.array(z.unknown()), listed, 'listunspent').length - rows.length;
  if (elsewhere > 0) {
    throw new UserError(
      `The wallet has ${elsewhere} coins in extension blocks (MWEB), which belong to no key that can be exported: send them to an ordinary address of it first.`,
    );
  }
  const locked = await readLocked(rpc);
  if (rows.length + locked.length > MOST_HELD) {
    throw new UserError(
      `The wallet has ${rows.length + locked.length} unspent outputs; more than ${MOST_HELD} are not compared one by one. Request consolidate first.`,
    );
  }
  const foreign = rows.filter(({ spendable = true }) => !spendable).length;
  if (foreign > 0) {
    throw new UserError(
      `Of the unspent outputs ${foreign} are only watched, or need other signatures too: a person has to see to this wallet.`,
    );
  }
  const { immature_balance: immature = 0 } = await walletInfo(rpc);
  const outputs = [
    ...rows.map(({ txid, vout, amount, confirmations, rawconfirmations, scriptPubKey, address }) => ({
      point: `${txid}:${vout}`,
      sats: toSats(amount),
      confirmations: rawconfirmations ?? confirmations,
      script: scriptPubKey.toLowerCase(),
      address,
    })),
    ...locked.map(({ txid, vout, sats, confirmations, script }) => ({
      point: `${txid}:${vout}`,
      sats,
      confirmations,
      script,
      address: undefined,
    })),
  ];
  const addresses = new Map(outputs.map(({ script, address }) => [script, address]));
  for (const [script, address] of addresses) {
    addresses.set(script, address ?? (await addressOfScript(rpc, script)));
  }
  const nowhere = outputs.find(({ script }) => addresses.get(script) === undefined);
  if (nowhere) {
    throw new UserError(
      `Output ${nowhere.point} of ${coins(nowhere.sats)} belongs to no single address: its key cannot be exported. A person has to see to this wallet.`,
    );
  }
  return {
    outputs: outputs.map(({ point, sats, confirmations }) => ({ point, sats, confirmations })),
    addresses: [...new Set(addresses.values())].filter((address) => address !== undefined),
    immatureSats: toSats(immature),
  };
}

const Recent = z.array(
  z.object({
    category: z.string(),
    confirmations: z.int(),
    rawconfirmations: z.int().optional(),
    abandoned: z.boolean().optional(),
  }),
);
const Shielded = z.object({ private: z.coerce.number() });

/** That nothing of the wallet's is under way, and that all it has are outputs with keys. Throws UserError. */
export async function requireSettled(rpc: Rpc, { outputs }: Holdings): Promise<void> {
  const recent = readAs(Recent, await rpc.call('listtransactions', ['*', 200]), 'listtransactions');
  const waiting = recent.filter(
    ({ confirmations, rawconfirmations = confirmations, abandoned, category }) =>
      rawconfirmations === 0 && !abandoned && category !== 'orphan',
  ).length;
  if (waiting > 0 || outputs.some(({ confirmations }) => confirmations === 0)) {
    throw new UserError(
      'Transactions of the wallet are unconfirmed: wait for the next blocks, then request it again.',
    );
  }
  const balance = toSats(readAs(Coins, await rpc.call('getbalance'), 'getbalance'));
  if (balance > sum(outputs)) {
    throw new UserError(
      `The wallet says it has ${coins(balance)}, but its outputs are only ${coins(sum(outputs))}: the rest would not be covered. A person has to see to this wallet.`,
    );
  }
  if (!(await knows(rpc, 'z_gettotalbalance'))) return;
  const shielded = await rpc.call('z_gettotalbalance');
  if (readAs(Shielded, shielded, 'z_gettotalbalance').private > 0) {
    throw new UserError(
      'The wallet has shielded funds (z-addresses): their keys are not brought over. Send them to a transparent address of it first.',
    );
  }
}

/** Whether a daemon has a call, by its own help. */
export async function knows(rpc: Rpc, method: string): Promise<boolean> {
  const told = await rpc.call('help', [method]);
  return typeof told === 'string' && told.trimStart().startsWith(method);
}

/** The answer to a call that not every daemon knows; undefined of one that does not. */
export async function unlessUnknown(rpc: Rpc, { method, params }: RpcCall): Promise<unknown> {
  try {
    return await rpc.call(method, params);
  } catch (error) {
    if (isMethodNotFound(error)) return undefined;
    throw error;
  }
}

export interface Compared {
  /** On the chain still unspent, but not in the wallet. */
  readonly lost: readonly Held[];
  /** Spent on the chain since. */
  readonly spent: readonly Held[];
  readonly missingSats: number;
}

/** What a wallet has now of what it had: each single output. Throws RpcError, OutsideError. */
export async function compare(rpc: Rpc, had: Omit<Holdings, 'addresses'>, has: Holdings): Promise<Compared> {
  const there = new Set(has.outputs.map(({ point }) => point));
  const gone = had.outputs.filter(({ point }) => !there.has(point));
  const lost: Held[] = [];
  const spent: Held[] = [];
  for (let from = 0; from < gone.length; from += ASKED_AT_ONCE) {
    const some = gone.slice(from, from + ASKED_AT_ONCE);
    const answers = await rpc.batch(
      some.map(({ point }) => {
        const [txid = '', vout] = point.split(':');
        return { method: 'gettxout', params: [txid, Number(vout), true] };
      }),
    );
    if (answers.length !== some.length)
      throw new OutsideError('daemon', 'unreadable', 'an answer is missing');
    for (const [index, held] of some.entries()) {
      const out = readAs(TxOut, resultOf(answers[index]), 'gettxout');
      (out === null ? spent : lost).push(held);
    }
  }
  const before = sum(had.outputs) + had.immatureSats;
  const after = sum(has.outputs) + has.immatureSats;
  return { lost, spent, missingSats: Math.max(0, before - sum(spent) - after) };
}
