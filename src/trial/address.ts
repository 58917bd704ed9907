import { BASE58, hash256 } from '#src/domain/address.ts';

/** The pay-to-public-key-hash script of an address; undefined when it is none of this coin, whose addresses begin with the byte `version`. */
export function scriptOfAddress(address: string, version: number): string | undefined {
  const bytes = unbase58(address);
  if (bytes?.length !== 25 || bytes[0] !== version) return undefined;
  const body = bytes.subarray(0, 21);
  if (!hash256(body).subarray(0, 4).equals(bytes.subarray(21))) return undefined;
  return `76a914${body.subarray(1).toString('hex')}88ac`;
}

function unbase58(words: string): Buffer | undefined {
  if (!/^[1-9A-HJ-NP-Za-km-z]{26,40}$/u.test(words)) return undefined;
  let number = 0n;
  for (const letter of words) number = number * 58n + BigInt(BASE58.indexOf(letter));
  return Buffer.from(number.toString(16).padStart(50, '0'), 'hex');
}
