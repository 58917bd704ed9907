const LONGEST = 500;

/** Arguments as the audit keeps them: bounded, whatever was typed. */
export const detailOf = (args: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(args).map(([name, value]) => [name.slice(0, LONGEST), shortened(value)]));

const shortened = (value: string): string =>
  value.length > LONGEST ? `${value.slice(0, LONGEST).toWellFormed()}… (${value.length} characters)` : value;
