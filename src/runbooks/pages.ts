import { readdirSync, readFileSync } from 'node:fs';

import type { Runbooks } from '#src/domain/runbook.ts';

import { parseRunbook } from './markdown.ts';

const FOLDER = new URL('../../docs/alerts/', import.meta.url);

/** Reads the pages that come with this version. Throws when the folder is not there. */
export const readRunbooks = (): Runbooks =>
  new Map(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith('.md'))
      .map((file) => [file.replace(/\.md$/, ''), parseRunbook(readFileSync(new URL(file, FOLDER), 'utf8'))]),
  );
