import { setTimeout as pause } from 'node:timers/promises';

import { OutsideError, UserError } from '#src/domain/errors.ts';

import { poll, spell } from '../../../poll.ts';
import { readAs, WalletNames } from '../../payloads.ts';
import { ANYWAY, type Life, start } from '../../process/life.ts';
import type { Rpc } from '../../rpc.ts';
import { RpcError } from '../../rpc-error.ts';
import { coins } from '../coins.ts';
import { areMine, sum } from '../funds.ts';
import { compare, knows, readHoldings, unlessUnknown, walletInfo } from '../holdings.ts';
import { importKeys } from '../keys.ts';
import { doubted, steady } from './doubt.ts';
import type { Ground } from './ground.ts';
import type { ResetPatience } from './patience.ts';
import type { Due, Prepared } from './preparing.ts';
import { reached, ringOf } from './reach.ts';

/** A step: starts the daemon, gives its new wallet the keys, and compares. Resolves with what is to be doubted, in words; empty = nothing. */
export const renewed = (life: Life, prepared: Prepared, patience: ResetPatience): Promise<string> =>
  life.carrying.journal.step(
    'new wallet',
    () =>
      doubted(life.carrying, async () => {
        const { ground, due, before } = prepared;
        await start(life, before);
        const rpc = await reached(life);
        await steady(life, patience, () => ensureWallet(rpc, ground.place.name));
        await steady(life, patience, () => fill({ life, rpc, prepared, patience }));
        await life.carrying.progress('comparing keys, outputs and balance');
        return steady(life, patience, () => difference(rpc, ground, due));
      }),
    ANYWAY,
  );

/** Loads an empty wallet of the old one's name, where the daemon did not make one by itself. Throws UserError. */
async function ensureWallet(rpc: Rpc, name: string): Promise<string> {
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

interface Filling {
  readonly life: Life;
  readonly rpc: Rpc;
  readonly prepared: Prepared;
  readonly patience: ResetPatience;
}

/** Gives it the keys, and has it look through the chain for what is theirs. Throws UserError, RpcError, OutsideError. */
async function fill(filling: Filling): Promise<void> {
  const { life, rpc, prepared } = filling;
  const { ground, due, digest } = prepared;
  const { carrying } = life;
  const { journal } = carrying;
  const byItself = await knows(rpc, 'rescanblockchain');
  await journal.step(
    'import keys',
    async () => {
      await carrying.progress(`importing ${ground.addresses.length} keys`);
      const from = byItself ? undefined : due.from;
      const same = await importKeys(ringOf(life, ground.keys), ground.addresses, from);
      if (same !== digest)
        throw new UserError('The file of exported keys was changed since they were exported.');
      return same;
    },
    ANYWAY,
  );
  await journal.step('search the chain', () => searched(filling, byItself), ANYWAY);
}

/** A rescan is under way: bitcoin's RPC_WALLET_ERROR. */
const BUSY = -4;

/** So many calls may break off without a search having been seen; to search once more changes nothing. */
const TRIES = 10;

/** Has it search, and waits for the end; a call that broke off may never have arrived: only a search that was seen counts. Throws UserError, RpcError, OutsideError. */
export async function searched(filling: Filling, byItself: boolean): Promise<string> {
  const { life, rpc, prepared } = filling;
  const { from } = prepared.due;
  const { signal, progress } = life.carrying;
  await progress(`searching the chain from block ${from} on`);
  if (!byItself) {
    await untilItRests(filling);
    return 'searched';
  }
  for (let attempt = 1; ; attempt++) {
    try {
      await rpc.call('rescanblockchain', [from]);
      return 'searched';
    } catch (error) {
      const isBusy = error instanceof RpcError && error.code === BUSY;
      const brokeOff = error instanceof OutsideError && error.retryable && attempt < TRIES;
      if ((!isBusy && !brokeOff) || signal.aborted) throw error;
      if ((await untilItRests(filling)) || isBusy) return 'searched';
      await pause(filling.patience.everyMs, undefined, { signal });
    }
  }
}

/** Waits until it searches no more, and tells whether it was seen to. Throws UserError when that takes too long. */
async function untilItRests({ life, rpc, patience }: Filling): Promise<boolean> {
  const { everyMs, scanMs } = patience;
  const { signal } = life.carrying;
  let wasSeen = false;
  const look = async (): Promise<true | undefined> => {
    try {
      const { scanning } = await walletInfo(rpc);
      if (!scanning) return true;
      wasSeen = true;
    } catch (error) {
      // Older daemons answer nothing else while they search.
      if (!(error instanceof OutsideError && error.retryable) || signal.aborted) throw error;
    }
    return undefined;
  };
  if (await poll(look, { everyMs, withinMs: scanMs, signal })) return wasSeen;
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
