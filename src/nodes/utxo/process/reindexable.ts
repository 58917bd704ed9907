import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';

import { createDaemon } from '../daemon.ts';
import type { Rpc } from '../rpc.ts';
import { dataFoldersOf, type WalletFile, walletFilesOf } from '../wallet-file.ts';
import type { Sync } from './rpc-state.ts';

/** What a reindex writes beside the blocks that are there: the index, the coins, what undoes a block. */
const SHARE_WRITTEN = 0.2;
const LEAST_FREE_BYTES = 2e9;

/** That it has its chain, whole. Throws UserError. */
export function requireWhole(sync: Sync): Sync {
  if (sync.downloading)
    throw new UserError(
      'It is loading the chain already: a reindex would begin that anew. Wait for its end.',
    );
  if (!sync.pruned) return sync;
  throw new UserError(
    'It is pruned: without its old blocks a reindex would load the whole chain anew from its peers. A person has to decide that.',
  );
}

/** Those to copy before. Throws UserError where it is not known where they are. */
export async function walletsOf(
  target: Target,
  executor: Executor,
  rpc: Rpc | undefined,
): Promise<readonly WalletFile[]> {
  const { walletFile } = target.service;
  if (!rpc) {
    const bytes = walletFile === undefined ? undefined : await executor.fileBytes(target.node, walletFile);
    if (walletFile !== undefined && bytes !== undefined) return [{ path: walletFile, bytes }];
    throw new UserError(
      'It does not run, so it cannot be asked where its wallet is: name the file in the fleet file as walletFile.',
    );
  }
  try {
    return await walletFilesOf({ target, rpc, executor, daemon: createDaemon(rpc) });
  } catch (error) {
    if (!(error instanceof OutsideError) || error.reason !== 'not-found') throw error;
    throw new UserError(`Its wallet has to be copied first, and is not found: ${error.message}.`);
  }
}

interface Room {
  readonly target: Target;
  readonly executor: Executor;
  readonly rpc: Rpc | undefined;
  readonly sync: Sync | undefined;
  readonly wallets: readonly WalletFile[];
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What is free, in words. Throws UserError when that is too little. */
export async function requireRoom({ target, executor, rpc, sync, wallets }: Room): Promise<string> {
  const folders = rpc
    ? await dataFoldersOf({ target, rpc, executor, daemon: createDaemon(rpc) }).catch(() => [])
    : [];
  const copied = wallets.reduce((sum, { bytes }) => sum + bytes, 0);
  const needed = Math.max(LEAST_FREE_BYTES, SHARE_WRITTEN * (sync?.blockBytes ?? 0)) + copied;
  for (const path of [...folders, ...wallets.map((wallet) => wallet.path)]) {
    const space = await executor.space(target.node, path);
    if (!space) continue;
    if (space.freeBytes >= needed) return `${gigabytes(space.freeBytes)}, ${gigabytes(needed)} are needed`;
    throw new UserError(
      `Too little room for a reindex: ${gigabytes(space.freeBytes)} are free, ${gigabytes(needed)} are needed. Make room first.`,
    );
  }
  throw new UserError('How much room its disk has cannot be told: name its walletFile in the fleet file.');
}
