import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';

const Height = z.int().nonnegative().max(1e12);
const Count = z.int().nonnegative().max(1e6);
const Hash = z.string().regex(/^[0-9a-f]{64}$/i);
const Hex = z.string().regex(/^[0-9a-f]*$/i).max(40_000); // prettier-ignore
/** Coins as a daemon writes them; the limit is where integer satoshis end being exact. */
export const Coins = z.number().min(-9e7).max(9e7);

/** komodo-family `getinfo`; `longestchain` 0 = unknown. */
export const Info = z.object({
  version: z.union([z.number(), z.string()]).optional(),
  KMDversion: z.string().max(100).optional(),
  VRSCversion: z.string().max(100).optional(),
  /** Of Zcash's kin, as `git describe` says it: with the commit. */
  build: z.string().max(200).optional(),
  blocks: Height,
  longestchain: Height.optional(),
  tiptime: z.int().nonnegative().max(1e11).optional(),
  connections: Count,
  /** The chain's own, of a daemon that runs several. */
  name: z.string().max(100).optional(),
  /** Only of a daemon that was started with one. */
  pubkey: z.string().max(200).optional(),
  /** Its place among the notaries, and the height of the block it mined last: only of a notary's. */
  notaryid: z.int().optional(),
  lastmined: Height.optional(),
});

export const BlockchainInfo = z.object({
  chain: z.string().max(40),
  blocks: Height,
  headers: z.int().min(-1).max(1e12),
  bestblockhash: Hash,
  initialblockdownload: z.boolean().optional(),
});

export const NetworkInfo = z.object({
  version: z.number().optional(),
  subversion: z.string().max(200).optional(),
  connections: Count,
});

export const BlockHeader = z.object({ time: z.int().positive().max(1e11) });

const UnspentRow = z.object({
  txid: Hash,
  vout: z.int().nonnegative(),
  scriptPubKey: Hex,
  amount: Coins.nonnegative(),
  confirmations: z.int().nonnegative(),
  rawconfirmations: z.int().nonnegative().optional(),
  generated: z.boolean().optional(),
  spendable: z.boolean().optional(),
  address: z.string().max(200).optional(),
});
/** Litecoin lists coins of its extension blocks too, without a place in a transaction: no notary's coins. */
const ExtensionRow = z.object({
  txid: Hash,
  amount: Coins.nonnegative(),
  vout: z.undefined().optional(),
  scriptPubKey: z.undefined().optional(),
});

export const Unspent = z
  .array(z.union([UnspentRow, ExtensionRow]))
  .transform((rows) => rows.filter((row) => row.scriptPubKey !== undefined));

export const Locked = z.array(z.object({ txid: Hash, vout: z.int().nonnegative() }));

/** `gettxout`: null when it is spent. */
export const TxOut = z
  .object({ value: Coins.nonnegative(), scriptPubKey: z.object({ hex: Hex }), confirmations: z.int() })
  .nullable();

/** `getblockhash`. */
export const BlockHash = Hash;

/** `getchaintips`. */
export const ChainTips = z.array(
  z.object({ height: Height, hash: Hash, branchlen: z.int().nonnegative(), status: z.string().max(40) }),
);

/** `validateaddress`, or `getaddressinfo` of newer daemons, which answer an error for what is no address. */
export const AddressInfo = z.object({ isvalid: z.boolean().optional(), ismine: z.boolean().optional() });

/** `listtransactions`, oldest first; `time` in seconds since 1970. */
export const Transactions = z.array(
  z.object({
    category: z.string().max(40),
    address: z.string().max(200).optional(),
    amount: Coins,
    time: z.int().nonnegative().max(1e11),
    confirmations: z.int().optional(),
  }),
);

export const WalletNames = z.array(z.string().max(1_000)).max(1_000);

/** The result of a call in its shape. Throws OutsideError `unreadable`. */
export function readAs<T>(schema: z.ZodType<T>, result: unknown, method: string): T {
  const read = schema.safeParse(result);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join('.') ?? '';
  const what = where ? `: ${where} is not what it should be` : '';
  throw new OutsideError('daemon', 'unreadable', `cannot make sense of what ${method} answered${what}`);
}

/** Integer satoshis: sums and comparisons of coins are made in these. */
export const toSats = (coins: number): number => Math.round(coins * 1e8);
