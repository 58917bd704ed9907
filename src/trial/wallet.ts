import { createHash } from 'node:crypto';

import { addressOf } from '#src/domain/address.ts';

import { scriptOfAddress } from './address.ts';
import { decodeTransaction, encodeTransaction, type Output, txidOf } from './transaction.ts';

/** What a daemon answers instead of a result: its code and words as the real one has them. */
export class RpcRefusal extends Error {
  override readonly name = 'RpcRefusal';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Coin {
  readonly name: string;
  /** First byte of an address. */
  readonly version: number;
  readonly form: 'plain' | 'sapling';
  readonly utxoSats: bigint;
}

export interface Unspent extends Output {
  readonly txid: string;
  readonly vout: number;
  /** The block it is in, or will be in. */
  readonly height: number;
  readonly coinbase: boolean;
  readonly locked: boolean;
}

interface Sent {
  readonly hex: string;
  readonly height: number;
  readonly at: number;
}

/** The wallet of a simulated notary: few coins, a public key, and what is done with them. */
export interface Wallet {
  readonly pubkey: string;
  readonly address: string;
  readonly keyScript: string;
  unspent(): readonly Unspent[];
  find(txid: string, vout: number): Unspent | undefined;
  lock(txid: string, vout: number, locked: boolean): void;
  create(
    inputs: readonly { txid: string; vout: number }[],
    outputs: Readonly<Record<string, bigint>>,
  ): string;
  sign(hex: string): { readonly hex: string; readonly complete: boolean };
  /** Resolves the txid; it will be in the block `height`. Throws RpcRefusal. */
  send(hex: string, height: number, at: number): string;
  sent(txid: string): Sent | undefined;
  /** Right-sized pay-to-public-key outputs: what a notary signs with. */
  notaryUtxos(): number;
  /** Spends the notary UTXOs except `left`, as notarising does. */
  drain(left: number): void;
  /** Puts as many notary UTXOs as there were at the beginning. */
  refill(height: number): void;
}

const FUNDS_SATS = 250_000_000n;
const COINBASE_SATS = 300_000_000n;
const NOTARY_UTXOS = 24;
/** A signature and a public key, by their size. */
const SIGNATURE = `47${'30'.repeat(71)}21${'02'.repeat(33)}`;

export function createWallet(coin: Coin, owner: string, height: number): Wallet {
  const seed = (...words: readonly (string | number)[]): string =>
    createHash('sha256')
      .update(JSON.stringify([coin.name, owner, ...words]))
      .digest('hex');
  const pubkey = `02${seed('pubkey')}`;
  const address = addressOf(pubkey, coin.version.toString(16).padStart(2, '0'));
  const keyScript = `21${pubkey}ac`;
  const addressScript = scriptOfAddress(address, coin.version) ?? '';
  const coins = new Map<string, Unspent>();
  const transactions = new Map<string, Sent>();

  const put = (unspent: Omit<Unspent, 'locked'>): void => {
    coins.set(`${unspent.txid}:${unspent.vout}`, { ...unspent, locked: false });
  };
  const notary = (): readonly Unspent[] =>
    [...coins.values()].filter((unspent) => unspent.sats === coin.utxoSats && unspent.script === keyScript);
  const refill = (block: number): void => {
    const txid = seed('split', block);
    for (let vout = notary().length; vout < NOTARY_UTXOS; vout++) {
      put({ txid, vout, sats: coin.utxoSats, script: keyScript, height: block, coinbase: false });
    }
  };
  refill(height - 500);
  put({
    txid: seed('funds'),
    vout: 0,
    sats: FUNDS_SATS,
    script: addressScript,
    height: height - 2_000,
    coinbase: false,
  });
  put({
    txid: seed('mined'),
    vout: 0,
    sats: COINBASE_SATS,
    script: keyScript,
    height: height - 150,
    coinbase: true,
  });

  function spendable(hex: string) {
    let transaction: ReturnType<typeof decodeTransaction>;
    try {
      transaction = decodeTransaction(hex);
    } catch {
      throw new RpcRefusal(-22, 'TX decode failed');
    }
    return { transaction, found: transaction.inputs.map(({ txid, vout }) => coins.get(`${txid}:${vout}`)) };
  }

  return {
    pubkey,
    address,
    keyScript,
    unspent: () => [...coins.values()],
    find: (txid, vout) => coins.get(`${txid}:${vout}`),
    lock(txid, vout, locked) {
      const unspent = coins.get(`${txid}:${vout}`);
      if (!unspent) throw new RpcRefusal(-8, 'Invalid parameter, unknown transaction');
      coins.set(`${txid}:${vout}`, { ...unspent, locked });
    },
    create(inputs, outputs) {
      const outs = Object.entries(outputs).map(([to, sats]): Output => {
        const script = scriptOfAddress(to, coin.version);
        if (!script) throw new RpcRefusal(-5, `Invalid ${coin.name} address: ${to}`);
        return { sats, script };
      });
      return encodeTransaction({
        form: coin.form,
        inputs: inputs.map((input) => ({ ...input, script: '' })),
        outputs: outs,
      });
    },
    sign(hex) {
      const { transaction, found } = spendable(hex);
      const inputs = transaction.inputs.map((input, index) =>
        found[index] ? { ...input, script: SIGNATURE } : input,
      );
      return { hex: encodeTransaction({ ...transaction, inputs }), complete: found.every(Boolean) };
    },
    send(hex, inBlock, at) {
      const txid = txidOf(hex);
      const earlier = transactions.get(txid);
      if (earlier && earlier.height >= inBlock) return txid;
      if (earlier) throw new RpcRefusal(-27, 'transaction already in block chain');
      const { transaction, found } = spendable(hex);
      if (!found.every((unspent) => unspent !== undefined)) throw new RpcRefusal(-25, 'Missing inputs');
      if (transaction.inputs.some((input) => input.script === '')) {
        throw new RpcRefusal(
          -26,
          '16: mandatory-script-verify-flag-failed (Operation not valid with the current stack size)',
        );
      }
      if (total(transaction.outputs) > total(found)) throw new RpcRefusal(-26, '16: bad-txns-in-belowout');
      for (const input of transaction.inputs) coins.delete(`${input.txid}:${input.vout}`);
      for (const [vout, output] of transaction.outputs.entries()) {
        const mine = output.script === keyScript || output.script === addressScript;
        if (mine) put({ ...output, txid, vout, height: inBlock, coinbase: false });
      }
      transactions.set(txid, { hex, height: inBlock, at });
      return txid;
    },
    sent: (txid) => transactions.get(txid),
    notaryUtxos: () => notary().length,
    drain(left) {
      for (const { txid, vout } of notary().slice(left)) coins.delete(`${txid}:${vout}`);
    },
    refill,
  };
}

const total = (list: readonly { readonly sats: bigint }[]): bigint =>
  list.reduce((sum, { sats }) => sum + sats, 0n);
