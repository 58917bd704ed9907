import { open } from 'node:fs/promises';

import ssh2 from 'ssh2';

import { OutsideError } from '#src/domain/errors.ts';

export interface Identity {
  readonly privateKey: string;
  /** Others than its owner may read the file. */
  readonly exposed: boolean;
}

const OTHERS = 0o077;

/** A private key from its file; read anew for each connection, so that a new one is taken in. Throws OutsideError. */
export async function readIdentity(path: string): Promise<Identity> {
  const { mode, privateKey } = await contents(path);
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) {
    const encrypted = /encrypted|passphrase/i.test(parsed.message);
    const why = encrypted
      ? 'is locked by a passphrase: give Tocsin a key of its own without one, bounded in authorized_keys'
      : 'holds no private key that can be read: make one with ssh-keygen -t ed25519';
    throw new OutsideError('ssh', 'rejected', `identityFile ${path} ${why}`);
  }
  if (![parsed].flat().some((key) => key.isPrivateKey())) {
    throw new OutsideError('ssh', 'rejected', `identityFile ${path} holds a public key: name the other half`);
  }
  return { privateKey, exposed: (mode & OTHERS) !== 0 };
}

async function contents(path: string): Promise<{ mode: number; privateKey: string }> {
  try {
    await using file = await open(path);
    return { mode: (await file.stat()).mode, privateKey: await file.readFile('utf8') };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : 'this user may not read it';
    throw new OutsideError(
      'ssh',
      missing ? 'not-found' : 'forbidden',
      `cannot read identityFile ${path}: ${why}`,
    );
  }
}
