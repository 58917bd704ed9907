import { z } from 'zod';

import { didYouMean } from '#src/domain/nearest.ts';

/** An object without any other keys; the issue about an unknown key lists the known ones, for `wordsOfKey`. */
export const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> =>
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
  switch (issue.code) {
    case 'invalid_type': {
      const noun = NOUNS[issue.expected] ?? issue.expected;
      if (issue.input === undefined) return `is missing: it must be ${noun}`;
      if (issue.input === null) return `is empty: it must be ${noun}`;
      const unquoted = issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input);
      return `must be ${noun}${unquoted ? ': put it in quotes' : ''}`;
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (typeof issue.input !== 'string') return `must be one of ${values.join(', ')}`;
      return `must be one of ${values.join(', ')}, not "${issue.input}"${didYouMean(issue.input, values)}`;
    }
    case 'invalid_union':
      return 'discriminator' in issue ? 'kind must be one of local, ssh, kubernetes' : undefined;
    case 'too_small':
      return issue.origin === 'array' ? 'must have at least one entry' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}
