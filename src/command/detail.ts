import { withoutSecretValues } from '#src/redaction.ts';

const LONGEST = 500;

/** Arguments as the audit keeps them: bounded, and without what looks like a password, whatever was typed. */
export const detailOf = (args: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(args).map(([name, value]) => [name.slice(0, LONGEST), keptOf(value)]));

/** Shortened first: to look for secrets takes time that grows faster than what it looks through. */
const keptOf = (value: string): string =>
  withoutSecretValues(value.slice(0, LONGEST).toWellFormed()) +
  (value.length > LONGEST ? `… (${value.length} characters)` : '');
