import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import { root } from '#test/real/root.ts';

/** Paths of the program's own files, from the project's folder: src/… and commands/…. */
export const sourceFiles: readonly string[] = ['src', 'commands'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => posix.join(folder, path)),
);

export interface Import {
  readonly file: string;
  /** As it is written. */
  readonly written: string;
  /** A path from the project's folder for a file of ours, else the package's name. */
  readonly name: string;
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g;

/** What a file imports, types included. */
export function importsOf(file: string): readonly Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  return Array.from(source.matchAll(IMPORT), ([, written = '']) => {
    const isRelative = written.startsWith('.');
    const name = isRelative ? posix.join(posix.dirname(file), written) : written.replace(/^#/, '');
    return { file, written, name };
  });
}
