import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

/** How far the rooms were followed, and until when. */
export const Since = z.object({ account: z.string(), token: z.string(), savedAtMs: z.number() });
export type Since = z.infer<typeof Since>;

/** Keeps it in a file of its own; another account, or a file that cannot be read, begins anew. */
export function createSinceFile(folder: string, account: string) {
  const path = join(folder, 'sync.json');
  return {
    async load(): Promise<Since | undefined> {
      const text = await readFile(path, 'utf8').catch(() => '');
      try {
        const since = Since.parse(JSON.parse(text));
        return since.account === account ? since : undefined;
      } catch {
        return undefined;
      }
    },
    /** Whole or not at all. */
    async save(token: string, nowMs: number): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const since: Since = { account, token, savedAtMs: nowMs };
      await writeFile(`${path}.new`, JSON.stringify(since), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}
