import { createHash } from 'node:crypto';

import type { Json } from '#src/domain/remedy.ts';
import type { Rpc } from '#src/nodes/utxo/rpc.ts';
import { RpcError } from '#src/nodes/utxo/rpc-error.ts';

export interface Coin {
  readonly txid: string;
  readonly vout: number;
  sats: number;
  script: string;
  confirmations: number;
  coinbase?: boolean;
  locked?: boolean;
  spendable?: boolean;
}

export interface Ledger {
  readonly rpc: Rpc;
  readonly coins: Coin[];
  /** Transactions that were accepted, each once. */
  readonly accepted: string[];
  readonly calls: string[];
  /** Called before each call is answered; may throw instead. */
  before: (method: string, params: readonly Json[]) => void;
  mine(): void;
  /** What `listsinceblock` tells of. */
  readonly others: { txid: string; category: string; amount: number; fee?: number }[];
  /** Blocks are found by themselves, one per look at a transaction. */
  mining: boolean;
}

export interface LedgerOptions {
  readonly family?: 'bitcoin' | 'komodo';
  readonly pubkey?: string;
  readonly ownKeys?: readonly string[];
}

export const OWN_SCRIPT = `0014${'ab'.repeat(20)}`;
export const txidOf = (name: string): string => createHash('sha256').update(name).digest('hex');

const backwards = (hex: Buffer): string => Buffer.from(hex.toReversed()).toString('hex');

const input = ({ txid, vout }: { txid: string; vout: number }, signature = ''): string => {
  const index = Buffer.alloc(4);
  index.writeUInt32LE(vout);
  const length = Buffer.from([signature.length / 2]).toString('hex');
  return `${backwards(Buffer.from(txid, 'hex'))}${index.toString('hex')}${length}${signature}ffffffff`;
};

const compact = (value: number): string => {
  if (value < 0xfd) return Buffer.from([value]).toString('hex');
  const long = Buffer.alloc(2);
  long.writeUInt16LE(value);
  return `fd${long.toString('hex')}`;
};

const unknown = (method: string): never => {
  throw new RpcError(method, -32_601, 'Method not found');
};

/**
 * A daemon's wallet and mempool as far as its payments to itself see them, with Bitcoin's real wire format (and komodo's,
 * whose header and end are longer). Transactions are kept as what was decoded from the hex.
 */
export function createLedger({ family = 'bitcoin', pubkey, ownKeys = [] }: LedgerOptions = {}): Ledger {
  const komodo = family === 'komodo';
  const header = komodo ? '0400008085202f89' : '02000000';
  const tail = komodo ? `00000000${'00'.repeat(15)}` : '00000000';
  const coins: Coin[] = [];
  const accepted: string[] = [];
  const calls: string[] = [];
  const transactions = new Map<string, number>();

  const decode = (hex: string) => {
    if (!hex.startsWith(header) || !hex.endsWith(tail))
      throw new RpcError('decoderawtransaction', -22, 'TX decode failed');
    const bytes = Buffer.from(hex, 'hex');
    let at = header.length / 2;
    const compact = (): number => {
      const head = bytes[at++] ?? 0;
      if (head < 0xfd) return head;
      at += 2;
      return bytes.readUInt16LE(at - 2);
    };
    const take = (length: number): Buffer => bytes.subarray(at, (at += length));
    const vin = Array.from({ length: compact() }, () => {
      const txid = backwards(take(32));
      const vout = take(4).readUInt32LE();
      const signature = take(compact()).toString('hex');
      take(4);
      return { txid, vout, signature };
    });
    const vout = Array.from({ length: compact() }, () => {
      const sats = Number(take(8).readBigUInt64LE());
      return { sats, script: take(compact()).toString('hex') };
    });
    if (bytes.length - at !== tail.length / 2)
      throw new RpcError('decoderawtransaction', -22, 'TX decode failed');
    return { txid: txidOf(hex), vin, vout };
  };

  const mine = (): void => {
    for (const coin of coins) coin.confirmations += 1;
    for (const [txid, confirmations] of transactions) transactions.set(txid, confirmations + 1);
  };

  const coinAt = (txid: unknown, vout: unknown) =>
    coins.find((coin) => coin.txid === txid && coin.vout === vout);

  const methods: Record<string, (params: readonly string[]) => unknown> = {
    getinfo: () => (komodo ? { relayfee: 0.000001, paytxfee: 0, pubkey } : unknown('getinfo')),
    listunspent: ([least = 1]) =>
      coins
        .filter(({ confirmations, locked }) => !locked && confirmations >= Number(least))
        .map(({ txid, vout, sats, script, confirmations, coinbase, spendable = true }) => ({
          txid,
          vout,
          scriptPubKey: script,
          amount: sats / 1e8,
          // dPoW: one until it is notarised.
          confirmations: komodo ? Math.min(confirmations, 1) : confirmations,
          ...(komodo && { rawconfirmations: confirmations, generated: coinbase ?? false }),
          address: `address of ${script}`,
          spendable,
        })),
    listlockunspent: () => coins.filter(({ locked }) => locked).map(({ txid, vout }) => ({ txid, vout })),
    gettxout: ([txid, vout]) => {
      const coin = coinAt(txid, vout);
      if (!coin) return null;
      const { sats, script, confirmations, coinbase = false } = coin;
      return { value: sats / 1e8, scriptPubKey: { hex: script }, confirmations, coinbase };
    },
    getbestblockhash: () => txidOf('best'),
    listsinceblock: () => ({ transactions: ledger.others }),
    estimatesmartfee: () =>
      komodo ? unknown('estimatesmartfee') : { errors: ['Insufficient data'], blocks: 0 },
    getnetworkinfo: () => ({ relayfee: 0.00001 }),
    getmempoolinfo: () => ({ mempoolminfee: 0.00001 }),
    getwalletinfo: () => ({ paytxfee: 0 }),
    decodescript: ([script = '']) => ({ addresses: [`address of ${script}`] }),
    getaddressinfo: (params) => (komodo ? unknown('getaddressinfo') : methods['validateaddress']?.(params)),
    validateaddress: ([address]) => ({ ismine: ownKeys.some((key) => address === `address of 21${key}ac`) }),
    createrawtransaction: ([points, paid]) => {
      const inputs = points as unknown as readonly { txid: string; vout: number }[];
      const [address, value] = Object.entries(paid as unknown as Record<string, number>)[0] ?? [];
      const script = address?.replace('address of ', '') ?? '';
      const amount = Buffer.alloc(8);
      amount.writeBigUInt64LE(BigInt(Math.round(Number(value) * 1e8)));
      const length = Buffer.from([script.length / 2]).toString('hex');
      return `${header}${compact(inputs.length)}${inputs.map((point) => input(point)).join('')}01${amount.toString('hex')}${length}${script}${tail}`;
    },
    decoderawtransaction: ([hex = '']) => {
      const { txid, vin, vout } = decode(hex);
      const paid = vout.map(({ sats, script }) => ({ value: sats / 1e8, scriptPubKey: { hex: script } }));
      return { txid, vin: vin.map(({ txid, vout }) => ({ txid, vout })), vout: paid };
    },
    signrawtransactionwithwallet: (params) =>
      komodo ? unknown('signrawtransactionwithwallet') : methods['signrawtransaction']?.(params),
    signrawtransaction: ([hex = '']) => {
      const { vin } = decode(hex);
      const bare = vin.map((point) => input(point)).join('');
      const signed = hex.replace(bare, vin.map((point) => input(point, '51')).join(''));
      return {
        hex: signed,
        complete: vin.every(({ txid, vout }) => coinAt(txid, vout)?.spendable !== false),
      };
    },
    sendrawtransaction: ([hex = '']) => {
      const { txid, vin, vout } = decode(hex);
      const known = transactions.get(txid);
      if (known !== undefined && known > 0) throw new RpcError('sendrawtransaction', -25, 'Missing inputs');
      if (known === 0) throw new RpcError('sendrawtransaction', -26, '18: txn-already-in-mempool');
      if (vin.some(({ signature }) => signature === ''))
        throw new RpcError('sendrawtransaction', -26, '16: mandatory-script-verify-flag-failed');
      const spent = vin.map((point) => coinAt(point.txid, point.vout));
      if (spent.some((coin) => coin === undefined))
        throw new RpcError('sendrawtransaction', -25, 'Missing inputs');
      for (const coin of spent) coins.splice(coins.indexOf(coin as Coin), 1);
      vout.forEach(({ sats, script }, index) =>
        coins.push({ txid, vout: index, sats, script, confirmations: 0 }),
      );
      transactions.set(txid, 0);
      accepted.push(txid);
      return txid;
    },
    gettransaction: ([txid = '']) => {
      const confirmations = transactions.get(txid);
      if (confirmations === undefined)
        throw new RpcError('gettransaction', -5, 'Invalid or non-wallet transaction id');
      if (ledger.mining) mine();
      return komodo
        ? { confirmations: Math.min(confirmations, 1), rawconfirmations: confirmations }
        : { confirmations };
    },
  };

  const answer = (method: string, params: readonly Json[] = []): unknown => {
    calls.push(method);
    ledger.before(method, params);
    return (methods[method] ?? (() => unknown(method)))(params as readonly string[]);
  };

  const ledger: Ledger = {
    coins,
    accepted,
    calls,
    others: [],
    mining: true,
    before: () => undefined,
    mine,
    rpc: {
      at: '127.0.0.1:1',
      call: async (method, params) => answer(method, params),
      batch: async (asked) =>
        asked.map(({ method, params }) => {
          try {
            return { result: answer(method, params) };
          } catch (error) {
            if (error instanceof RpcError) return { error };
            throw error;
          }
        }),
    },
  };
  return ledger;
}
