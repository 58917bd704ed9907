import { z } from 'zod';

import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';

import { type Output, readLocked } from '../daemon.ts';
import { readAs, toSats, Unspent } from '../payloads.ts';
import { resultOf, type Rpc } from '../rpc.ts';
import { isMethodNotFound, RpcError } from '../rpc-error.ts';
import { isNotaryOutput, isPubkey, scriptOfPubkey } from './notary-output.ts';

/** What a wallet holds, sorted by what may be done with it. */
export interface Funds {
  /** Confirmed and not locked, of any size: what every look at the wallet goes through. */
  readonly listed: number;
  /** Of every output there is, unconfirmed and locked ones too. */
  readonly totalSats: number;
  /** Right-sized and confirmed, locked ones included. */
  readonly have: number;
  readonly locked: number;
  /** Right-sized and unconfirmed: a split under way. */
  readonly pending: number;
  /** Confirmed, spendable, of another size, largest first; coinbase ones only where the daemon tells them apart. */
  readonly candidates: readonly Candidate[];
  /** Right-sized, confirmed and spendable, not locked. */
  readonly right: readonly Candidate[];
  /** Mined, by what the list says of it, ripe and spendable, of another size; smallest first. */
  readonly mined: readonly Candidate[];
  readonly coinbaseSats: number;
  readonly unconfirmedSats: number;
  /** Whose notary UTXOs they are, where that is known. */
  readonly pubkey: string | undefined;
  /** Every script of which the wallet lists outputs. */
  readonly scripts: ReadonlySet<string>;
}

export interface Candidate extends Pick<Output, 'txid' | 'vout' | 'sats' | 'script'> {
  readonly address: string | undefined;
  /** Undefined: the daemon does not say it in its list. */
  readonly coinbase: boolean | undefined;
}

const ASKED_AT_ONCE = 200;
const Pubkey = z.object({ pubkey: z.string().optional() });
const Decoded = z.object({ address: z.string().optional(), addresses: z.array(z.string()).optional() });
const Mine = z.object({
  ismine: z.boolean().optional(),
  iswatchonly: z.boolean().optional(),
  /** Of Litecoin's extension block, beside the chain: no script pays to it, and its key alone leads to nothing. */
  ismweb: z.boolean().optional(),
});
const Coinbase = z.object({ coinbase: z.boolean() }).nullable();

/** Reads the wallet. Throws RpcError, OutsideError; UserError when the notary's key is none. */
export async function readFunds(rpc: Rpc, target: Target): Promise<Funds> {
  const pubkey = await pubkeyOf(rpc, target);
  const isRight = isNotaryOutput(target, pubkey);
  const [listed, locked] = await Promise.all([rpc.call('listunspent', [0]), readLocked(rpc)]);
  const rows = readAs(Unspent, listed, 'listunspent').map((row) => ({
    txid: row.txid,
    vout: row.vout,
    sats: toSats(row.amount),
    script: row.scriptPubKey.toLowerCase(),
    address: row.address,
    coinbase: row.generated,
    spendable: row.spendable ?? true,
    confirmed: (row.rawconfirmations ?? row.confirmations) > 0,
  }));
  const { right = [], other = [] } = Object.groupBy(rows, (row) => (isRight(row) ? 'right' : 'other'));
  const lockedRight = locked.filter(isRight);
  const confirmedLocked = lockedRight.filter(({ confirmations }) => confirmations > 0);
  const ready = (row: (typeof rows)[number]): boolean => row.confirmed && row.spendable;
  return {
    listed: rows.filter(({ confirmed }) => confirmed).length,
    totalSats: sum(rows) + sum(locked),
    have: right.filter(({ confirmed }) => confirmed).length + confirmedLocked.length,
    locked: confirmedLocked.length,
    pending: right.filter(({ confirmed }) => !confirmed).length + lockedRight.length - confirmedLocked.length,
    candidates: other.filter((row) => ready(row) && !row.coinbase).toSorted((a, b) => b.sats - a.sats),
    right: right.filter(ready),
    mined: other.filter((row) => ready(row) && row.coinbase).toSorted((a, b) => a.sats - b.sats),
    coinbaseSats: sum(other.filter(({ coinbase }) => coinbase)),
    unconfirmedSats: sum(other.filter(({ confirmed }) => !confirmed)),
    pubkey,
    scripts: new Set(rows.filter(({ spendable }) => spendable).map(({ script }) => script)),
  };
}

export const sum = (outputs: readonly { readonly sats: number }[]): number =>
  outputs.reduce((total, { sats }) => total + sats, 0);

/** For those of which it is not known: whether they come from mining. In the order given. */
export async function areCoinbase(rpc: Rpc, outputs: readonly Candidate[]): Promise<readonly boolean[]> {
  const unsure = outputs.filter(({ coinbase }) => coinbase === undefined);
  const answers = await rpc.batch(
    unsure.map(({ txid, vout }) => ({ method: 'gettxout', params: [txid, vout] })),
  );
  // Spent meanwhile: as little to be used as a coinbase.
  const read = answers.map((answer) => readAs(Coinbase, resultOf(answer), 'gettxout')?.coinbase ?? true);
  const known = new Map(unsure.map((output, index) => [output, read[index] ?? true]));
  return outputs.map((output) => output.coinbase ?? known.get(output) ?? true);
}

/** Whose notary UTXOs they are: as the fleet file says, else as the daemon was started. Throws UserError when it is none. */
export async function pubkeyOf(rpc: Rpc, { service }: Target): Promise<string | undefined> {
  const pubkey = service.pubkey ?? (await pubkeyOfDaemon(rpc));
  if (pubkey && !isPubkey(pubkey)) {
    throw new UserError(
      `The pubkey of ${service.id} is no compressed public key: correct it in the fleet file.`,
    );
  }
  return pubkey || undefined;
}

async function pubkeyOfDaemon(rpc: Rpc): Promise<string | undefined> {
  try {
    return readAs(Pubkey, await rpc.call('getinfo'), 'getinfo').pubkey;
  } catch (error) {
    if (isMethodNotFound(error)) return undefined;
    throw error;
  }
}

/** Whether the wallet can spend what is paid to the public key; false also when it cannot be found out. */
export async function ownsPubkey(rpc: Rpc, pubkey: string, { scripts }: Funds): Promise<boolean> {
  const script = scriptOfPubkey(pubkey);
  if (scripts.has(script)) return true;
  const address = await addressOfScript(rpc, script);
  return address !== undefined && (await areMine(rpc, [address])).has(address);
}

/** The one address that a script pays to; undefined where there is none, or more than one. */
export async function addressOfScript(rpc: Rpc, script: string): Promise<string | undefined> {
  const { address, addresses = [] } = readAs(
    Decoded,
    await rpc.call('decodescript', [script]),
    'decodescript',
  );
  if (address !== undefined || addresses.length > 0)
    return address ?? (addresses.length === 1 ? addresses[0] : undefined);
  const [, pubkey] = /^21(0[23][0-9a-f]{64})ac$/.exec(script) ?? [];
  return pubkey === undefined ? undefined : addressOfPubkey(rpc, pubkey);
}

/** Those of the addresses, on the chain itself, that the wallet has the keys of. */
export async function areMine(rpc: Rpc, addresses: readonly string[]): Promise<ReadonlySet<string>> {
  const mine = new Set<string>();
  for (let from = 0; from < addresses.length; from += ASKED_AT_ONCE) {
    const some = addresses.slice(from, from + ASKED_AT_ONCE);
    const told = await rpc.batch(some.map((address) => ({ method: 'getaddressinfo', params: [address] })));
    const [first] = told;
    const isOlder = first && 'error' in first && isMethodNotFound(first.error);
    const answers = isOlder
      ? await rpc.batch(some.map((address) => ({ method: 'validateaddress', params: [address] })))
      : told;
    for (const [index, address] of some.entries()) {
      const {
        ismine = false,
        iswatchonly = false,
        ismweb = false,
      } = readAs(Mine, resultOf(answers[index]), 'validateaddress');
      if (ismine && !iswatchonly && !ismweb) mine.add(address);
    }
  }
  return mine;
}

const Descriptor = z.object({ descriptor: z.string() });

/** Newer daemons name no address for a public key's script: it is derived. */
async function addressOfPubkey(rpc: Rpc, pubkey: string): Promise<string | undefined> {
  try {
    const told = await rpc.call('getdescriptorinfo', [`pkh(${pubkey})`]);
    const { descriptor } = readAs(Descriptor, told, 'getdescriptorinfo');
    return readAs(z.array(z.string()), await rpc.call('deriveaddresses', [descriptor]), 'deriveaddresses')[0];
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}
