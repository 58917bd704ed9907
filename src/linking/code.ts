import { randomBytes } from 'node:crypto';

import { keyOf } from '#src/domain/key.ts';

/** Without i, l, o and u, which are read as others. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 16;
const GROUP = 4;

/** A code of 80 random bits, in groups as it is typed: `k7qx-93mf-0abc-w2hd`. */
export function newCode(): string {
  const letters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte & 31]).join('');
  return letters.replace(new RegExp(`.{${GROUP}}(?!$)`, 'g'), '$&-');
}

/**
 * The id of the link that a code is for; undefined for what is no code. A digest: the record is found by it, so that
 * neither the record nor the time that finding takes tells anything of a code.
 */
export function linkIdOf(typed: string): string | undefined {
  const letters = typed.toLowerCase().replaceAll('-', '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  const isCode =
    letters.length === LENGTH && Array.from(letters).every((letter) => ALPHABET.includes(letter));
  return isCode ? keyOf('link', letters) : undefined;
}
