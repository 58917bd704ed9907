import { createHash } from 'node:crypto';

import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';

import { OutsideError } from '#src/domain/errors.ts';
import type { Access } from '#src/domain/node.ts';

import { sshError } from './errors.ts';

export type SshAccess = Extract<Access, { kind: 'ssh' }>;

/** From the first packet to the end of the authentication; ssh2 keeps it. */
const READY_MS = 8_000;
/** A connection that is dead is known as such after three of these. */
const KEEPALIVE_MS = 5_000;

/** A host has a key of each of some families, any of which may be the one on record. */
const FAMILIES: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

/** As OpenSSH writes it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replaceAll('=', '')}`;

/** A connection to the machine that has the host key on record, and to no other. Throws OutsideError. */
export async function dial(access: SshAccess, privateKey: string): Promise<Client> {
  let seen: string | undefined;
  for (const family of FAMILIES) {
    const outcome = await attempt(access, privateKey, family);
    if (outcome instanceof ssh2.Client) return outcome;
    seen ??= outcome.fingerprint;
  }
  throw seen === undefined
    ? new OutsideError(
        'ssh',
        'unreadable',
        `${access.host}:${access.port} has no host key of a kind in use today`,
      )
    : untrusted(access, seen);
}

/** The client, or the fingerprint of another key; none when the host has no key of the family. */
async function attempt(
  access: SshAccess,
  privateKey: string,
  family: readonly ServerHostKeyAlgorithm[],
): Promise<Client | { readonly fingerprint?: string }> {
  const { host, port, user: username } = access;
  const client = new ssh2.Client();
  let foreign: string | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  client.once('ready', () => resolve(client));
  // More than one may come, also long after; the connection's end is told by `close`.
  client.on('error', reject);
  client.once('close', () => reject(new Error('the connection broke off')));
  client.connect({
    host,
    port,
    username,
    privateKey,
    readyTimeout: READY_MS,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: 2,
    authHandler: ['publickey'],
    algorithms: { serverHostKey: [...family] },
    hostVerifier: (key: Buffer) => {
      const fingerprint = fingerprintOf(key);
      if (fingerprint === access.hostKey.replace(/=+$/, '')) return true;
      foreign = fingerprint;
      return false;
    },
  });
  try {
    return await promise;
  } catch (error) {
    client.destroy();
    if (foreign !== undefined) return { fingerprint: foreign };
    if (error instanceof Error && error.message.includes('no matching host key format')) return {};
    throw sshError(error, `${host}:${port}`);
  }
}

function untrusted({ host, port, hostKey }: SshAccess, seen: string): OutsideError {
  const words =
    `the host key of ${host}:${port} is ${seen}, not ${hostKey} as in the fleet file: nothing was sent there. ` +
    'Either its people changed it: compare it on the machine, then put it into the fleet file; or somebody else answers in its place';
  return new OutsideError('ssh', 'untrusted', words);
}
