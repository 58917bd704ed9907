import { addressOfHash } from '#src/domain/address.ts';

import type { Chain } from './chain.ts';
import { decodeTransaction, txidOf } from './transaction.ts';
import { type Coin, RpcRefusal, type Unspent, type Wallet } from './wallet.ts';

/** A daemon as its RPC methods see it. */
export interface Inside {
  readonly coin: Coin;
  readonly chain: Chain;
  readonly wallet: Wallet;
  now(): number;
  /** The tip this daemon has reached. */
  height(): number;
  /** The tip its peers have. */
  headers(): number;
  hashAt(height: number): string;
  readonly connections: number;
  version(): string;
  upSeconds(): number;
  stop(): void;
}

type Params = readonly unknown[];
type Method = (inside: Inside, params: Params) => unknown;

const COIN = 100_000_000;
const COINBASE_MATURES_AFTER = 100;

const coins = (sats: bigint): number => Number(sats) / COIN;
const satsOf = (amount: unknown): bigint => BigInt(Math.round(Number(amount) * COIN));

function confirmationsOf({ height }: Unspent, inside: Inside): number {
  return Math.max(0, inside.height() - height + 1);
}

const isSpendable = (unspent: Unspent, inside: Inside): boolean => {
  const confirmations = confirmationsOf(unspent, inside);
  return confirmations > 0 && (!unspent.coinbase || confirmations > COINBASE_MATURES_AFTER);
};

const balance = (inside: Inside): number =>
  coins(
    inside.wallet
      .unspent()
      .filter((unspent) => isSpendable(unspent, inside))
      .reduce((sum, { sats }) => sum + sats, 0n),
  );

const scriptKind = (script: string) =>
  script.endsWith('ac') && script.startsWith('21') ? 'pubkey' : 'pubkeyhash';

function tip(inside: Inside) {
  const blocks = inside.height();
  return { blocks, hash: inside.hashAt(blocks), seconds: inside.chain.timeOf(blocks) };
}

function getblockheader(inside: Inside, [hash]: Params): unknown {
  const height = typeof hash === 'string' ? inside.chain.heightOf(hash) : undefined;
  if (height === undefined || height > inside.height() || inside.hashAt(height) !== hash) {
    throw new RpcRefusal(-5, 'Block not found');
  }
  const time = inside.chain.timeOf(height);
  return {
    hash,
    confirmations: inside.height() - height + 1,
    height,
    time,
    mediantime: time - 30,
    previousblockhash: inside.hashAt(height - 1),
    ...(height < inside.height() && { nextblockhash: inside.hashAt(height + 1) }),
  };
}

function listunspent(inside: Inside, [least = 1, most = 9_999_999]: Params): unknown {
  const { wallet } = inside;
  return wallet
    .unspent()
    .filter((unspent) => !unspent.locked && (!unspent.coinbase || isSpendable(unspent, inside)))
    .map((unspent) => ({ unspent, confirmations: confirmationsOf(unspent, inside) }))
    .filter(({ confirmations }) => confirmations >= Number(least) && confirmations <= Number(most))
    .map(({ unspent, confirmations }) => ({
      txid: unspent.txid,
      vout: unspent.vout,
      generated: unspent.coinbase,
      address: wallet.address,
      scriptPubKey: unspent.script,
      amount: coins(unspent.sats),
      ...(inside.coin.form === 'sapling' && { rawconfirmations: confirmations }),
      confirmations,
      spendable: true,
      solvable: true,
      safe: true,
    }));
}

function gettxout(inside: Inside, [txid, vout]: Params): unknown {
  const unspent = inside.wallet.find(String(txid), Number(vout));
  if (!unspent) return null;
  const confirmations = confirmationsOf(unspent, inside);
  return {
    bestblock: tip(inside).hash,
    ...(inside.coin.form === 'sapling' && { rawconfirmations: confirmations }),
    confirmations,
    value: coins(unspent.sats),
    scriptPubKey: {
      hex: unspent.script,
      reqSigs: 1,
      type: scriptKind(unspent.script),
      addresses: [inside.wallet.address],
    },
    coinbase: unspent.coinbase,
  };
}

function gettransaction(inside: Inside, [txid]: Params): unknown {
  const sent = inside.wallet.sent(String(txid));
  if (!sent) throw new RpcRefusal(-5, 'Invalid or non-wallet transaction id');
  const confirmations = Math.max(0, inside.height() - sent.height + 1);
  const seconds = Math.floor(sent.at / 1000);
  return {
    amount: 0,
    fee: -0.0001,
    ...(inside.coin.form === 'sapling' && { rawconfirmations: confirmations }),
    confirmations,
    ...(confirmations > 0 && {
      blockhash: inside.hashAt(sent.height),
      blocktime: inside.chain.timeOf(sent.height),
    }),
    txid,
    walletconflicts: [],
    time: seconds,
    timereceived: seconds,
    details: [],
    hex: sent.hex,
  };
}

function createrawtransaction(inside: Inside, [inputs, outputs]: Params): unknown {
  const ins = inputs as readonly { txid: string; vout: number }[];
  const pairs = (Array.isArray(outputs) ? outputs : [outputs]).flatMap((part) =>
    Object.entries(part as object),
  );
  const outs = Object.fromEntries(pairs.map(([to, amount]) => [to, satsOf(amount)]));
  return inside.wallet.create(ins, outs);
}

function decoded(hex: string, address: string): object {
  let transaction: ReturnType<typeof decodeTransaction>;
  try {
    transaction = decodeTransaction(hex);
  } catch {
    throw new RpcRefusal(-22, 'TX decode failed');
  }
  return {
    txid: txidOf(hex),
    size: hex.length / 2,
    version: transaction.form === 'sapling' ? 4 : 2,
    locktime: 0,
    vin: transaction.inputs.map(({ txid, vout, script }) => ({ txid, vout, scriptSig: { hex: script } })),
    vout: transaction.outputs.map(({ sats, script }, n) => ({
      value: coins(sats),
      n,
      scriptPubKey: { hex: script, type: scriptKind(script), addresses: [address] },
    })),
  };
}

function getrawtransaction(inside: Inside, [txid, verbose]: Params): unknown {
  const sent = inside.wallet.sent(String(txid));
  if (!sent) throw new RpcRefusal(-5, 'No such mempool or blockchain transaction');
  if (!verbose) return sent.hex;
  const confirmations = Math.max(0, inside.height() - sent.height + 1);
  return { ...decoded(sent.hex, inside.wallet.address), hex: sent.hex, confirmations };
}

const NOTARISED_TO = addressOfHash('f1dce4182fce875748c4986b240ff7d7bc3fffb0', '3c');
const NOTARISED_EVERY_MS = 600_000;

/** What notarising has cost of late, oldest first. */
function listtransactions(inside: Inside): unknown {
  const last = Math.floor(inside.now() / NOTARISED_EVERY_MS);
  return [last - 1, last].map((turn) => ({
    category: 'send',
    address: NOTARISED_TO,
    amount: -0.000_836,
    vout: 0,
    confirmations: 1,
    txid: txidOf(turn.toString(16).padStart(64, '0')),
    time: (turn * NOTARISED_EVERY_MS) / 1000,
  }));
}

const validated = (inside: Inside, address: unknown): object => {
  const mine = address === inside.wallet.address;
  return mine
    ? {
        isvalid: true,
        address,
        ismine: true,
        iswatchonly: false,
        isscript: false,
        pubkey: inside.wallet.pubkey,
      }
    : { isvalid: false };
};

/** What both families answer. */
const EVERYWHERE: Readonly<Record<string, Method>> = {
  getblockcount: (inside) => inside.height(),
  getbestblockhash: (inside) => tip(inside).hash,
  getblockhash(inside, [height]) {
    const number = Number(height);
    if (!(number >= 0 && number <= inside.height())) throw new RpcRefusal(-8, 'Block height out of range');
    return inside.hashAt(number);
  },
  getblockheader,
  getblock: getblockheader,
  getblockchaininfo(inside) {
    const { blocks, hash, seconds } = tip(inside);
    const headers = inside.headers();
    return {
      chain: 'main',
      blocks,
      headers,
      bestblockhash: hash,
      mediantime: seconds - 30,
      verificationprogress: blocks / headers,
      ...(inside.coin.form === 'plain' && { initialblockdownload: false, warnings: '' }),
    };
  },
  getchaintips(inside) {
    const { blocks, hash } = tip(inside);
    return [{ height: blocks, hash, branchlen: 0, status: 'active' }];
  },
  getnetworkinfo: (inside) => ({
    version: inside.coin.form === 'sapling' ? 90_002 : 210_400,
    subversion: `/Simulated:${inside.version()}/`,
    protocolversion: 170_011,
    connections: inside.connections,
    relayfee: 0.000_01,
    warnings: '',
  }),
  getconnectioncount: (inside) => inside.connections,
  getmempoolinfo: () => ({ size: 0, bytes: 0, usage: 0 }),
  getbalance: balance,
  getwalletinfo: (inside) => ({
    walletversion: 60_000,
    balance: balance(inside),
    unconfirmed_balance: 0,
    txcount: inside.wallet.unspent().length,
    keypoolsize: 101,
  }),
  listunspent,
  listlockunspent: (inside) =>
    inside.wallet
      .unspent()
      .filter(({ locked }) => locked)
      .map(({ txid, vout }) => ({ txid, vout })),
  lockunspent(inside, [unlock, outputs]) {
    for (const { txid, vout } of outputs as readonly { txid: string; vout: number }[]) {
      inside.wallet.lock(txid, vout, !unlock);
    }
    return true;
  },
  listtransactions: () => [],
  decodescript: (inside, [script]) => ({
    type: scriptKind(String(script)),
    addresses: script === inside.wallet.keyScript ? [inside.wallet.address] : [],
  }),
  gettxout,
  gettransaction,
  getrawtransaction,
  createrawtransaction,
  decoderawtransaction: (inside, [hex]) => decoded(String(hex), inside.wallet.address),
  sendrawtransaction: (inside, [hex]) => inside.wallet.send(String(hex), inside.headers() + 1, inside.now()),
  validateaddress: (inside, [address]) => validated(inside, address),
  uptime: (inside) => inside.upSeconds(),
  stop(inside) {
    inside.stop();
    return `${inside.coin.name} server stopping`;
  },
};

/** What only the Komodo family answers. */
const KOMODO: Readonly<Record<string, Method>> = {
  getinfo(inside) {
    const { blocks, hash, seconds } = tip(inside);
    const longestchain = inside.headers();
    return {
      version: 90_002,
      protocolversion: 170_011,
      KMDversion: inside.version(),
      synced: blocks === longestchain,
      notarized: blocks - 8,
      notarizedhash: inside.hashAt(blocks - 8),
      notarizedtxid: hash,
      notarizedtxid_height: 'mempool',
      notarized_confirms: 0,
      walletversion: 60_000,
      balance: balance(inside),
      blocks,
      longestchain,
      tiptime: seconds,
      connections: inside.connections,
      testnet: false,
      relayfee: 0.000_001,
      errors: '',
      name: inside.coin.name,
      pubkey: inside.wallet.pubkey,
    };
  },
  estimatefee: () => -1,
  listtransactions,
  signrawtransaction: (inside, [hex]) => inside.wallet.sign(String(hex)),
};

/** What only daemons of Bitcoin Core's line answer. */
const CORE: Readonly<Record<string, Method>> = {
  estimatesmartfee: (_, [blocks]) => ({ feerate: 0.000_1, blocks }),
  signrawtransactionwithwallet: (inside, [hex]) => inside.wallet.sign(String(hex)),
  getaddressinfo: (inside, [address]) => validated(inside, address),
};

/** Answers a call as the daemon of this coin would. Throws RpcRefusal. */
export function answer(inside: Inside, name: string, params: Params): unknown {
  const own = inside.coin.form === 'sapling' ? KOMODO : CORE;
  const method = Object.hasOwn(own, name)
    ? own[name]
    : Object.hasOwn(EVERYWHERE, name)
      ? EVERYWHERE[name]
      : undefined;
  if (!method) throw new RpcRefusal(-32_601, 'Method not found');
  return method(inside, params);
}
