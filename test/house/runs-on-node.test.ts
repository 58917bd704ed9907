import { join } from 'node:path';

import { expect, test } from 'vitest';

import { startChild } from '#test/real/child.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { root } from '#test/real/root.ts';

import { sourceFiles } from './source-files.ts';

const node = join(root, 'node_modules/.bin/node');
const { PATH, HOME } = process.env;

/** Prints each file that cannot be imported, and why; `DONE` when it came to the end. */
const IMPORT_ALL = `
  for (const file of process.argv.slice(1)) {
    await import(file).catch((error) => console.log(file + ': ' + error.message));
  }
  console.log('DONE');
  process.exit();
`;

test('the real Node runs src/main.ts: a bad variable ends it with one clear message', async () => {
  using folder = temporaryFolder('config');
  const env = { PATH, HOME, HTTP_PORT: 'x', LOG_LEVEL: 'loud', DATA_DIR: join(folder.path, 'data') };
  const child = await startChild({ argv: [node, join(root, 'src/main.ts')], cwd: folder.path, env });
  expect(await child.exit).toEqual({ code: 1, signal: null });
  const lines = child.output().trim().split('\n');
  expect(lines).toEqual([
    'The configuration has 2 faults:',
    expect.stringMatching(/^ {2}HTTP_PORT: must be a port, .* not "x"$/),
    expect.stringMatching(/^ {2}LOG_LEVEL: must be one of .* not "loud"$/),
  ]);
});

test('the real Node takes every file of src and commands', async () => {
  const files = sourceFiles.filter((file) => file !== 'src/main.ts').map((file) => join(root, file));
  expect(files.length).toBeGreaterThan(100);
  const argv = [node, '--input-type=module', '--eval', IMPORT_ALL, ...files] as const;
  const child = await startChild({ argv, cwd: root, env: { PATH, HOME } });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.output()).toBe('DONE\n');
});
