import { z } from 'zod';

import { didYouMean } from '#src/domain/nearest.ts';

/** An object without any other keys; the issue about an unknown key lists the known ones, for `wordsOfKey`. */
export const strict = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  });

export const wordsOfKey = (key: string, known: string): string =>
  `there is no key "${key}" here${didYouMean(key, known.split(' ')) || `; there are ${known.replaceAll(' ', ', ')}`}`;

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a group of keys',
  record: 'a group of keys',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What the parser says where the schema has no words of its own. */
export function wordsOfIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return wordsOfType(issue.expected, issue.input);
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const given =
      typeof issue.input === 'string' ? `, not "${issue.input}"${didYouMean(issue.input, values)}` : '';
    return `must be one of ${values.join(', ')}${given}`;
  }
  if (issue.code === 'invalid_union') return 'must be one of the kinds local, ssh, kubernetes';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty';
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  return undefined;
}

function wordsOfType(expected: string, input: unknown): string {
  const noun = NOUNS[expected] ?? expected;
  if (input === undefined) return `is missing: it must be ${noun}`;
  if (input === null) return `is empty: it must be ${noun}`;
  const isUnquoted = expected === 'string' && ['number', 'boolean'].includes(typeof input);
  return `must be ${noun}${isUnquoted ? ': put it in quotes' : ''}`;
}

const unitOf = (origin: string): string => ({ string: ' characters', array: ' entries' })[origin] ?? '';
