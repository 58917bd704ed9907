import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { Process } from '#src/domain/executor.ts';
import { keyOf } from '#src/domain/key.ts';
import type { NodeId } from '#src/domain/node.ts';

import { writeWhole } from './whole.ts';

const Remembered = z.object({
  pid: z.int(),
  startedAt: z.string(),
  argv: z.array(z.string()).min(1),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
});

/** Processes in a folder, one file each, for our user's eyes only: the arguments may hold secrets. */
export function rememberedIn(folder: string) {
  const path = (node: NodeId, name: string): string => join(folder, `${keyOf(node, name)}.json`);
  return {
    async remember(node: NodeId, name: string, process: Process): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeWhole(path(node, name), JSON.stringify(process));
    },
    /** Undefined when nothing was remembered, or nothing that can be read any more. */
    async recall(node: NodeId, name: string): Promise<Process | undefined> {
      const json = await readFile(path(node, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (json === undefined) return undefined;
      try {
        return Remembered.parse(JSON.parse(json));
      } catch {
        return undefined;
      }
    },
  };
}
