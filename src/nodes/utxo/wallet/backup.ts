import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';

import type { Rpc } from '../rpc.ts';
import { RpcError } from '../rpc-error.ts';
import { type Place, stampOf } from './place.ts';

interface Backing {
  readonly rpc: Rpc;
  readonly target: Target;
  readonly executor: Executor;
}

/** A copy of a wallet. A type, not an interface: it is kept as JSON. */
export type Backup = { readonly path: string; readonly bytes: number };

/** A copy with less of it than this is no copy. */
const PLAUSIBLE_SHARE = 0.9;

/**
 * A copy by the daemon itself (`backupwallet`), under a name that was never used, seen to be there and as large as
 * the wallet. Bitcoin's family takes a whole path; Zcash's, komodo among it, only letters and figures, for a file in
 * its -exportdir. Throws UserError.
 */
export async function backUp({ rpc, target: { node }, executor }: Backing, place: Place): Promise<Backup> {
  // Whoever is interrupted and asks again gets another file.
  const name = `tocsin${stampOf(new Date())}${randomBytes(4).toString('hex')}wallet`;
  const path = join(place.folder, name);
  if ((await executor.fileBytes(node, path)) !== undefined) {
    throw new UserError(`${path} is there already: nothing was overwritten. Request it again.`);
  }
  const written = await copied(rpc, path, name);
  const [bytes, wallet] = await Promise.all([
    executor.fileBytes(node, written),
    executor.fileBytes(node, place.file),
  ]);
  const least = (wallet ?? place.bytes) * PLAUSIBLE_SHARE;
  if (bytes === undefined || bytes === 0 || bytes < least) {
    throw new UserError(
      `The daemon says that it copied the wallet to ${written}, but ${bytes === undefined ? 'there is no such file' : `that has ${bytes} bytes of ${wallet ?? place.bytes}`}: see whether the disk is full. The wallet was left as it is.`,
    );
  }
  return { path: written, bytes };
}

/** Where the daemon wrote it. */
async function copied(rpc: Rpc, path: string, name: string): Promise<string> {
  try {
    await rpc.call('backupwallet', [path]);
    return path;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (/exportdir/i.test(error.message)) throw withoutFolder(error);
    if (!/alphanumeric/i.test(error.message)) throw error;
  }
  const told = await rpc.call('backupwallet', [name]);
  if (typeof told === 'string' && told.startsWith('/') && told.endsWith(name)) return told;
  throw new UserError('The daemon does not say where it copied the wallet to: the wallet was left as it is.');
}

const withoutFolder = (cause: RpcError): UserError =>
  new UserError(
    'The daemon makes copies of its wallet only in a folder that it was started with: start it with -exportdir=FOLDER (or exportdir= in its configuration), then request it again.',
    { cause },
  );
