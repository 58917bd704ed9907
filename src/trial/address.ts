import { createHash } from 'node:crypto';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Double SHA-256, as block chains name things. */
export const hash256 = (bytes: Uint8Array): Buffer => sha256(sha256(bytes));

/** The address of a public key; `version` is the coin's first byte (60 Komodo, 48 Litecoin). */
export function addressOf(pubkey: string, version: number): string {
  const hash = createHash('ripemd160')
    .update(sha256(Buffer.from(pubkey, 'hex')))
    .digest();
  const body = Buffer.concat([Buffer.of(version), hash]);
  return base58(Buffer.concat([body, hash256(body).subarray(0, 4)]));
}

/** The pay-to-public-key-hash script of an address; undefined when it is none of this coin. */
export function scriptOfAddress(address: string, version: number): string | undefined {
  const bytes = unbase58(address);
  if (bytes?.length !== 25 || bytes[0] !== version) return undefined;
  const body = bytes.subarray(0, 21);
  if (!hash256(body).subarray(0, 4).equals(bytes.subarray(21))) return undefined;
  return `76a914${body.subarray(1).toString('hex')}88ac`;
}

function base58(bytes: Buffer): string {
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let words = '';
  for (; number > 0n; number /= 58n) words = `${ALPHABET[Number(number % 58n)]}${words}`;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return '1'.repeat(Math.max(zeros, 0)) + words;
}

function unbase58(words: string): Buffer | undefined {
  if (!/^[1-9A-HJ-NP-Za-km-z]{26,40}$/u.test(words)) return undefined;
  let number = 0n;
  for (const letter of words) number = number * 58n + BigInt(ALPHABET.indexOf(letter));
  return Buffer.from(number.toString(16).padStart(50, '0'), 'hex');
}
