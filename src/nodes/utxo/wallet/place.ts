import { basename, dirname, join } from 'node:path';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';

import { createDaemon } from '../daemon.ts';
import type { Rpc } from '../rpc.ts';
import { walletFilesOf } from '../wallet-file.ts';
import type { WalletInfo } from './holdings.ts';

/** Where a daemon's one wallet lies on its node. A type, not an interface: it is kept as JSON. */
export type Place = {
  /** As the daemon calls it; empty for the one without a name. */
  readonly name: string;
  readonly file: string;
  /** What is the wallet's alone: its file, or the folder of its name with what the daemon keeps beside it. */
  readonly whole: string;
  /** Where that lies. */
  readonly folder: string;
  readonly bytes: number;
};

interface Where {
  readonly rpc: Rpc;
  readonly target: Target;
  readonly executor: Executor;
}

/** Throws UserError where it is not one wallet in one known place. */
export async function placeOf({ rpc, target, executor }: Where, info: WalletInfo): Promise<Place> {
  const files = await walletFilesOf({ rpc, target, executor, daemon: createDaemon(rpc) }).catch(
    (error: unknown) => {
      if (error instanceof OutsideError && error.reason === 'not-found')
        throw new UserError(`Where the wallet lies is not known: ${error.message}.`);
      throw error;
    },
  );
  const [only, ...others] = files;
  if (!only || others.length > 0) {
    throw new UserError(
      `There are several wallet files (${files.map(({ path }) => path).join(', ')}): which one is meant is not known. Name it in the fleet file as walletFile, and load no other.`,
    );
  }
  const { path: file, bytes } = only;
  const name = info.walletname ?? '';
  const own = dirname(file);
  const isFolder = name !== '' && basename(own) === basename(name);
  const whole = isFolder ? own : file;
  return { name, file, whole, folder: dirname(whole), bytes };
}

/** Where the file is after the whole was moved to another name. */
export const fileIn = ({ file, whole }: Place, moved: string): string =>
  file === whole ? moved : join(moved, basename(file));

/** `20261121T154455Z`: for names of files, which are never used again. */
export const stampOf = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, '');

/** That there is room for so many bytes more, with some to spare. Throws UserError. */
export async function requireRoom(
  { target, executor }: Omit<Where, 'rpc'>,
  { folder }: Place,
  bytes: number,
): Promise<void> {
  const space = await executor.space(target.node, folder);
  if (space && space.freeBytes < bytes + SPARE_BYTES) {
    throw new UserError(
      `Too little room at ${folder}: ${Math.floor(space.freeBytes / 1e6)} MB are free, ${Math.ceil((bytes + SPARE_BYTES) / 1e6)} MB are needed. Nothing was done.`,
    );
  }
}
const SPARE_BYTES = 50_000_000;
