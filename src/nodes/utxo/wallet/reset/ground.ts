import { join } from 'node:path';

import { z } from 'zod';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments } from '#src/domain/remedy.ts';

import { readAs } from '../../payloads.ts';
import { requireCalm } from '../../process/rpc-state.ts';
import type { Rpc } from '../../rpc.ts';
import { ownAddresses } from '../addresses.ts';
import { type Holdings, readHoldings, requireSettled, walletInfo } from '../holdings.ts';
import { requireKeyRing } from '../keys.ts';
import { fileIn, type Place, placeOf, stampOf } from '../place.ts';
import { moving } from './moving.ts';
import { cliOn } from './reach.ts';

/** What a reset stands on, as it was before anything was done. A type, not an interface: it is kept as JSON. */
export type Ground = {
  readonly place: Place;
  readonly addresses: readonly string[];
  /** Where the wallet is moved to, the exported keys lie, and a new wallet would be moved to that is given up. */
  readonly aside: string;
  readonly keys: string;
  readonly givenUp: string;
};

interface Where {
  readonly rpc: Rpc;
  readonly target: Target;
  readonly executor: Executor;
}

const Chain = z.object({
  blocks: z.int(),
  headers: z.int().optional(),
  pruned: z.boolean().optional(),
  initialblockdownload: z.boolean().optional(),
  chain: z.string().optional(),
});

/** That this daemon's wallet can be made anew, as far as can be seen. Throws UserError. */
export async function survey({
  rpc,
  target,
  executor,
}: Where): Promise<{ readonly ground: Ground; readonly held: Holdings }> {
  await requireCalm(rpc);
  const chain = readAs(Chain, await rpc.call('getblockchaininfo'), 'getblockchaininfo');
  const { blocks, headers = blocks, pruned, initialblockdownload, chain: network } = chain;
  if (headers > blocks || (initialblockdownload && network !== 'regtest')) {
    throw new UserError(`It is not in sync (block ${blocks} of ${headers}): wait for it.`);
  }
  if (pruned)
    throw new UserError('It keeps no old blocks (-prune): a new wallet could not find its past in them.');
  const info = await walletInfo(rpc);
  if (info.unlocked_until !== undefined) {
    throw new UserError(
      'The wallet is encrypted: keys would lie open beside it. A person has to see to this wallet.',
    );
  }
  if (info.descriptors) {
    throw new UserError(
      'It is a wallet of descriptors: single keys cannot be brought over. A person has to see to this wallet.',
    );
  }
  if (info.private_keys_enabled === false)
    throw new UserError('The wallet has no keys at all: it only watches.');
  const place = await placeOf({ rpc, target, executor }, info);
  const held = await readHoldings(rpc);
  await requireSettled(rpc, held);
  const addresses = await ownAddresses(rpc, target, held);
  const stamp = stampOf(new Date());
  const ground = {
    place,
    addresses,
    aside: `${place.whole}.before-${stamp}`,
    keys: join(place.folder, 'tocsin-keys', stamp),
    givenUp: `${place.whole}.given-up-${stamp}`,
  };
  await requireLeave(target, executor, ground);
  return { ground, held };
}

/** That the node's own list lets through what comes after the stop. Throws UserError with what to add. */
async function requireLeave(target: Target, executor: Executor, ground: Ground): Promise<void> {
  const { place, addresses, aside, keys: file, givenUp } = ground;
  const { node } = target;
  const moves = [
    { from: place.whole, to: aside },
    { from: place.whole, to: givenUp },
    { from: aside, to: place.whole },
  ];
  try {
    await requireKeyRing({ executor, node, cli: cliOn(target), file }, addresses);
    for (const one of moves) await executor.requireAllowed?.(node, 'once', moving(one));
    for (const path of [aside, givenUp]) await executor.fileBytes(node, fileIn(place, path));
  } catch (error) {
    if (error instanceof OutsideError && error.reason === 'forbidden') throw new UserError(error.message);
    throw error;
  }
}

/** Below the lowest block that holds anything, and below what is mined and not ripe. */
const MARGIN = 1_000;

/** The block from which on a new wallet finds all it holds. Throws UserError when the one that is wanted is above that. */
export async function birthday(rpc: Rpc, { outputs }: Holdings, { height }: Arguments): Promise<number> {
  const { blocks } = readAs(Chain, await rpc.call('getblockchaininfo'), 'getblockchaininfo');
  const deepest = outputs.reduce((most, { confirmations }) => Math.max(most, confirmations), 0);
  const lowest = Math.max(0, Math.min(blocks - deepest + 1, blocks - MARGIN));
  const wanted = wantedHeight(height);
  if (wanted === undefined || wanted <= lowest) return wanted ?? lowest;
  throw new UserError(
    `Some of what the wallet holds is older than block ${wanted}: from ${lowest} on all of it would be found. Give a lower height, or none.`,
  );
}

/** The argument. Throws UserError. */
export function wantedHeight(height: string | undefined): number | undefined {
  if (height === undefined || height === '') return undefined;
  if (/^\d{1,9}$/.test(height)) return Number(height);
  throw new UserError('height must be the number of a block.');
}

/** Where everything lies, for a person who has to go on. */
export function lies(
  { place, aside, keys }: Ground,
  { moved, backup }: { readonly moved: boolean; readonly backup?: string | undefined },
): string {
  return [
    `The wallet as it was: ${moved ? aside : place.whole}.`,
    backup === undefined ? '' : `Its copy: ${backup}.`,
    `The exported keys (mode 600, never shown): ${keys}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** What puts the old wallet back, by hand. */
export const byHand = ({ place, aside, givenUp }: Ground): string =>
  `To put the old wallet back: stop the daemon, then \`mv -n -- ${place.whole} ${givenUp}\` and \`mv -n -- ${aside} ${place.whole}\`, then start it.`;
