import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A token of our own making, kept in the data folder (mode 600) so that it stays the same. Processes that
 * start at once agree on one. Throws what the file system throws.
 */
export function keptToken(dataDir: string, name: string): { readonly token: string; readonly file: string } {
  const file = join(dataDir, name);
  const kept = readIfThere(file);
  if (kept) return { token: kept, file };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (kept === '') rmSync(file);
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    // Unlike a rename, a link does not replace what another process has put there meanwhile.
    linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh);
  }
  return { token: readFileSync(file, 'utf8').trim(), file };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
