import { z } from 'zod';

import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';

import { readAs } from '../payloads.ts';
import { resultOf, type Rpc } from '../rpc.ts';
import { isMethodNotFound, isWarmingUp, RpcError } from '../rpc-error.ts';

const Blocks = z.object({ blocks: z.int().nonnegative() });
const Wallet = z.object({
  scanning: z.union([z.literal(false), z.object({ progress: z.number() })]).optional(),
});

/** The daemon's height. Throws RpcError, OutsideError. */
export async function blocksOf(rpc: Rpc): Promise<number> {
  const [newer, older] = await rpc.batch([{ method: 'getblockchaininfo' }, { method: 'getinfo' }]);
  const answer = newer && 'error' in newer && isMethodNotFound(newer.error) ? older : newer;
  return readAs(Blocks, resultOf(answer), 'getblockchaininfo').blocks;
}

/** Its height, when it can be asked to stop now. Throws UserError when it cannot, or should not be disturbed, OutsideError when there is no way to it. */
export async function requireCalm(rpc: Rpc): Promise<number> {
  try {
    const blocks = await blocksOf(rpc);
    const [wallet] = await rpc.batch([{ method: 'getwalletinfo' }]);
    // Daemons without a wallet, or with several, answer an error.
    const { scanning } = wallet && 'result' in wallet ? readAs(Wallet, wallet.result, 'getwalletinfo') : {};
    if (!scanning) return blocks;
    throw new UserError(
      `Its wallet is being rescanned (${Math.floor(scanning.progress * 100)} %): a restart would lose that work. Wait for its end.`,
    );
  } catch (error) {
    if (isWarmingUp(error)) throw new UserError(`It is starting (${wordsOf(error)}): wait for it.`);
    if (error instanceof RpcError) throw new UserError(`It cannot be asked to stop: ${error.message}.`);
    if (!(error instanceof OutsideError) || error.system !== 'daemon') throw error;
    throw new UserError(
      `It runs, but cannot be asked to stop: ${error.message}. Tocsin never forces a daemon: a person has to look.`,
    );
  }
}

/** How much of the chain is there. */
export interface Sync {
  readonly blocks: number;
  /** It is loading the chain, from its peers or from its own files. */
  readonly downloading: boolean;
  /** Old blocks are not kept. */
  readonly pruned: boolean;
  /** Of the blocks, bytes; undefined for daemons that do not tell. */
  readonly blockBytes: number | undefined;
}

const Told = z.object({
  chain: z.string(),
  blocks: z.int().nonnegative(),
  initialblockdownload: z.boolean().optional(),
  pruned: z.boolean().optional(),
  size_on_disk: z.number().nonnegative().optional(),
});

/** Throws RpcError, OutsideError. */
export async function syncOf(rpc: Rpc): Promise<Sync> {
  const told = readAs(Told, await rpc.call('getblockchaininfo'), 'getblockchaininfo');
  const { blocks, chain, initialblockdownload = false, pruned = false } = told;
  // A regtest chain is taken for old whenever its newest block is.
  const downloading = initialblockdownload && chain !== 'regtest';
  return { blocks, downloading, pruned, blockBytes: told.size_on_disk };
}
