import { OutsideError, UserError } from '#src/domain/errors.ts';

import type { Argv } from '../../supervisors/index.ts';
import { stampOf } from '../wallet/place.ts';
import type { WalletFile } from '../wallet-file.ts';
import { deed, type Life, requireDown } from './life.ts';

/** A copy that is to be made. A type, not an interface: it is kept as JSON. */
export type Copy = { readonly from: string; readonly to: string };

/** A large wallet on a slow disk takes its time. */
const COPY_MS = 10 * 60_000;

/** Copies beside the wallets, under names that no other run has. */
export const copiesOf = (files: readonly WalletFile[], now: Date): readonly Copy[] =>
  files.map(({ path }) => ({ from: path, to: `${path}.tocsin-${stampOf(now)}` }));

export const copyOrder = ({ from, to }: Copy): Argv => ['cp', '-p', '--', from, to];

/**
 * Copies the wallets while the daemon is down, each once, and sees that the copy is as large as the wallet. A file that
 * is there is never overwritten. Throws UserError.
 */
export async function copyWallets(life: Life, copies: readonly Copy[], interrupted: boolean): Promise<void> {
  const { carrying, executor } = life;
  const { node } = carrying.target;
  await carrying.progress('copying the wallet');
  await requireDown(life);
  for (const [index, { from, to }] of copies.entries()) {
    if (!interrupted && (await executor.fileBytes(node, to)) !== undefined) {
      throw new UserError(`${to} is there already: it was not overwritten, and the wallet was not copied.`);
    }
    const { id, signal } = deed(life, `copy wallet ${index}`);
    const bounds = { signal: AbortSignal.any([signal, AbortSignal.timeout(COPY_MS)]) };
    const { exitCode } = await executor
      .runOnce(node, id, copyOrder({ from, to }), bounds)
      .catch((error: unknown) => {
        // Its size tells.
        if (error instanceof OutsideError && error.maybeDone && !signal.aborted) return { exitCode: 0 };
        throw error;
      });
    const [bytes, copied] = [await executor.fileBytes(node, from), await executor.fileBytes(node, to)];
    if (exitCode === 0 && bytes !== undefined && bytes === copied) continue;
    throw new UserError(
      `The wallet ${from} could not be copied to ${to} (${copied ?? 0} of ${bytes ?? '?'} bytes are there): see whether the disk is full. The wallet itself was left as it is.`,
    );
  }
}
