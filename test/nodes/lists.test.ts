import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { kinds } from '#src/nodes/kinds.ts';
import { checks } from '#src/nodes/utxo/checks/index.ts';

const nodes = join(import.meta.dirname, '../../src/nodes');

test('every folder of a kind is in the list of kinds', () => {
  const folders = readdirSync(nodes, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(kinds.map(({ id }) => id).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});

test('every file of a check is in the list of checks, under its name', () => {
  const notChecks = new Set(['index.ts', 'check.ts', 'grade.ts']);
  const files = readdirSync(join(nodes, 'utxo/checks')).filter((file) => !notChecks.has(file));
  expect(checks.map(({ id }) => `${id}.ts`).toSorted()).toEqual(files.toSorted());
});
