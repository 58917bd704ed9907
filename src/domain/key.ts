import { hash } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A short id (16 characters, 80 bits) that is the same for the same cause, on every process and after every restart. */
export function keyOf(...cause: readonly (string | number)[]): string {
  const digest = hash('sha256', JSON.stringify(cause), 'buffer');
  let key = '';
  for (let index = 0; index < 16; index++) key += ALPHABET[(digest[index] ?? 0) & 31];
  return key;
}
