import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createSinceFile } from '#src/chat/matrix/since.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder('since');
});
afterEach(() => folder[Symbol.dispose]());

test('what was saved is found by the next start, in a folder that need not be there', async () => {
  const path = join(folder.path, 'deep', 'matrix');
  await createSinceFile(path, '@a:s').save('token', 5);
  expect(await createSinceFile(path, '@a:s').load()).toEqual({
    account: '@a:s',
    token: 'token',
    savedAtMs: 5,
  });
  expect(await readdir(path)).toEqual(['sync.json']);
});

test('nothing saved, another account’s, or a file that is broken: it begins anew', async () => {
  const file = createSinceFile(folder.path, '@a:s');
  expect(await file.load()).toBeUndefined();
  await file.save('token', 5);
  expect(await createSinceFile(folder.path, '@b:s').load()).toBeUndefined();
  for (const broken of ['', '{', '{"token":1}', '[]']) {
    await writeFile(join(folder.path, 'sync.json'), broken);
    expect(await file.load()).toBeUndefined();
  }
});
