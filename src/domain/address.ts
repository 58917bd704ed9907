import { createHash } from 'node:crypto';

export const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Double SHA-256, as block chains name things. */
export const hash256 = (bytes: Uint8Array): Buffer => sha256(sha256(bytes));

/** The address of a public key (hex) on a chain whose addresses begin with these bytes (hex). */
export const addressOf = (pubkey: string, prefix: string): string => addressOfHash(hashOf(pubkey), prefix);

/** The hash of a public key (hex), hex: what its address stands for. */
export const hashOf = (pubkey: string): string =>
  createHash('ripemd160')
    .update(sha256(Buffer.from(pubkey, 'hex')))
    .digest('hex');

/** The same for a public key's hash, hex. */
export function addressOfHash(hash: string, prefix: string): string {
  const body = Buffer.from(prefix + hash, 'hex');
  return base58(Buffer.concat([body, hash256(body).subarray(0, 4)]));
}

function base58(bytes: Buffer): string {
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let words = '';
  for (; number > 0n; number /= 58n) words = `${BASE58[Number(number % 58n)]}${words}`;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return '1'.repeat(Math.max(zeros, 0)) + words;
}
