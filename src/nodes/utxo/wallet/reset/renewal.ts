import { OutsideError, UserError } from '#src/domain/errors.ts';

import { poll, spell } from '../../../poll.ts';
import { readAs, WalletNames } from '../../payloads.ts';
import type { Life } from '../../process/life.ts';
import type { Rpc } from '../../rpc.ts';
import { RpcError } from '../../rpc-error.ts';
import { coins } from '../coins.ts';
import { areMine, sum } from '../funds.ts';
import { compare, type Held, knows, readHoldings, unlessUnknown, walletInfo } from '../holdings.ts';
import { importKeys, type KeyRing } from '../keys.ts';
import type { Ground } from './ground.ts';

/** What the new wallet must come to hold. A type, not an interface: it is kept as JSON. */
export type Due = {
  readonly outputs: readonly Held[];
  readonly immatureSats: number;
  /** The block from which on it looks for that. */
  readonly from: number;
};

export interface Renewing {
  readonly life: Life;
  readonly rpc: Rpc;
  readonly ground: Ground;
  readonly due: Due;
  readonly ring: KeyRing;
  /** The digest of the exported keys. */
  readonly digest: string;
  /** Longest search through the chain. */
  readonly scanMs: number;
}

/** Loads an empty wallet of the old one's name, where the daemon did not make one by itself. Throws UserError. */
export async function ensureWallet(rpc: Rpc, name: string): Promise<string> {
  const listed = await unlessUnknown(rpc, { method: 'listwallets' });
  // Older daemons make the one they have when they start.
  if (listed === undefined) return 'made by the daemon';
  const names = readAs(WalletNames, listed, 'listwallets');
  if (names.length === 0) {
    // Not of descriptors, loaded at each start.
    await rpc.call('createwallet', [name, false, false, '', false, false, true]);
    return 'made';
  }
  if (names.length === 1 && names[0] === name) return 'there';
  throw new UserError(`Other wallets are loaded now (${names.join(', ')}) than the one that was.`);
}

/** Gives it the keys, and has it look through the chain for what is theirs. Throws UserError, RpcError, OutsideError. */
export async function fill(renewing: Renewing): Promise<void> {
  const { life, rpc, ground, due, ring, digest } = renewing;
  const { carrying } = life;
  const { journal } = carrying;
  const byItself = await knows(rpc, 'rescanblockchain');
  await journal.step(
    'import keys',
    async () => {
      await carrying.progress(`importing ${ground.addresses.length} keys`);
      const same = await importKeys(ring, ground.addresses, byItself ? undefined : due.from);
      if (same !== digest)
        throw new UserError('The file of exported keys was changed since they were exported.');
      return same;
    },
    ANYWAY,
  );
  await journal.step('search the chain', () => searched(renewing, byItself), ANYWAY);
}

const ANYWAY = { anyway: true };
/** A rescan is under way: bitcoin's RPC_WALLET_ERROR. */
const BUSY = -4;

async function searched({ life, rpc, due, scanMs }: Renewing, byItself: boolean): Promise<string> {
  const { carrying, waits } = life;
  const { signal } = carrying;
  await carrying.progress(`searching the chain from block ${due.from} on`);
  if (byItself) {
    try {
      await rpc.call('rescanblockchain', [due.from]);
      return 'searched';
    } catch (error) {
      const goesOn =
        error instanceof RpcError ? error.code === BUSY : error instanceof OutsideError && error.retryable;
      if (!goesOn || signal.aborted) throw error;
    }
  }
  const look = async (): Promise<true | undefined> => {
    try {
      const { scanning } = await walletInfo(rpc);
      if (!scanning) return true;
    } catch (error) {
      // Older daemons answer nothing else while they search.
      if (!(error instanceof OutsideError && error.retryable) || signal.aborted) throw error;
    }
    return undefined;
  };
  if (await poll(look, { everyMs: waits.everyMs, withinMs: scanMs, signal })) return 'searched';
  throw new UserError(`It still searches the chain after ${spell(scanMs)}.`);
}

/** What differs from what the wallet had; empty = nothing does. Throws RpcError, OutsideError. */
export async function difference(rpc: Rpc, ground: Ground, due: Due): Promise<string> {
  const mine = await areMine(rpc, ground.addresses);
  const missing = ground.addresses.filter((address) => !mine.has(address));
  if (missing.length > 0) return `the new wallet does not have the key of ${missing.slice(0, 5).join(', ')}`;
  const { lost, missingSats } = await compare(rpc, due, await readHoldings(rpc));
  if (lost.length === 0 && missingSats === 0) return '';
  return `THE BALANCE DIFFERS: ${lost.length} unspent outputs of ${coins(sum(lost))} are not in the new wallet, ${coins(missingSats)} are missing`;
}

/** Whether the wallet that is loaded now has nothing that the old one had not: then it may be given up. */
export async function hasNothingNew(rpc: Rpc, due: Due): Promise<boolean> {
  const listed = await unlessUnknown(rpc, { method: 'listwallets' });
  if (Array.isArray(listed) && listed.length === 0) return true;
  const known = new Set(due.outputs.map(({ point }) => point));
  const { outputs, immatureSats } = await readHoldings(rpc);
  return outputs.every(({ point }) => known.has(point)) && immatureSats <= due.immatureSats;
}
