import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';

import { readIdentity } from '#src/remediation/executors/ssh/identity.ts';
import { temporaryFolder } from '#test/real/folder.ts';

function keyFile(contents: string, mode = 0o600): string {
  const folder = temporaryFolder('identity');
  onTestFinished(() => folder[Symbol.dispose]());
  const path = join(folder.path, 'id');
  writeFileSync(path, contents);
  chmodSync(path, mode);
  return path;
}
const pair = ssh2.utils.generateKeyPairSync('ed25519');
const locked = ssh2.utils.generateKeyPairSync('ed25519', {
  passphrase: 'S3CRET',
  cipher: 'aes256-ctr',
  rounds: 1,
});

test('a private key is read, and whether others may read it too', async () => {
  expect(await readIdentity(keyFile(pair.private))).toEqual({ privateKey: pair.private, exposed: false });
  expect(await readIdentity(keyFile(pair.private, 0o640))).toMatchObject({ exposed: true });
});

test.each([
  ['one that is locked', locked.private, 'is locked by a passphrase'],
  ['the public half', pair.public, 'holds a public key'],
  ['no key at all', 'nonsense', 'holds no private key that can be read'],
])('%s is refused in words that do not hold it', async (_, contents, words) => {
  const error: unknown = await readIdentity(keyFile(contents)).catch((error: unknown) => error);
  expect(error).toMatchObject({ system: 'ssh', reason: 'rejected', message: expect.stringContaining(words) });
  expect((error as Error).message).not.toContain(contents.slice(0, 60));
});

test('a file that is missing is named', async () => {
  await expect(readIdentity('/nowhere/id')).rejects.toThrow(
    'cannot read identityFile /nowhere/id: there is no such file',
  );
});
