/** Longest variable that Linux hands to a program: the request stands in one. */
const MOST_BYTES = 128 * 1024 - 'SSH_ORIGINAL_COMMAND='.length;
const PLAIN = /[A-Za-z0-9._/:=,@+-]/;

/**
 * The line that tocsin-gate takes for exactly this verb and these words. No shell has a meaning for any character of it.
 * Throws RangeError for what no program can be given.
 */
export function requestOf(verb: string, words: readonly string[]): string {
  if (words.some((word) => word.includes('\0'))) throw new RangeError('a word cannot hold a zero byte');
  const request = ['tocsin-gate', '1', verb, ...words.map(written)].join(' ');
  if (request.length >= MOST_BYTES) throw new RangeError('longer than a program can be given');
  return request;
}

/** The words of a line that tocsin-gate wrote. */
export const wordsIn = (line: string): readonly string[] => (line === '' ? [] : line.split(' ').map(read));

const written = (word: string): string =>
  Array.from(Buffer.from(word), (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN.test(character) ? character : `%${byte.toString(8).padStart(3, '0')}`;
  }).join('') || '%';

function read(word: string): string {
  if (word === '%') return '';
  const bytes = word.replaceAll(/%([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
