import { stripVTControlCharacters } from 'node:util';

import { withoutSecrets, withoutSecretValues } from '#src/redaction.ts';

/** A line is read so far for its secrets, and shown so far. */
const MOST_READ = 4_000;
const MOST_SHOWN = 300;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

interface Tail {
  readonly lines: number;
  readonly secrets: readonly string[];
}

/** The last lines of what a container said: cut, without control characters and without secrets. */
export const linesOf = (said: string, { lines, secrets }: Tail): readonly string[] =>
  stripVTControlCharacters(said)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-lines)
    .map((line) => {
      const safe = withoutSecretValues(withoutSecrets(line.slice(0, MOST_READ), secrets));
      return safe.replaceAll(CONTROL, ' ').slice(0, MOST_SHOWN);
    });
