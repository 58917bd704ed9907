import { UserError } from './errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 366 * 86_400_000;

/** Milliseconds of `90s`, `30m`, `2h`, `1d`, `1h30m`. Throws UserError. */
export function parseDuration(words: string): number {
  if (!/^(\d{1,6}[smhd])+$/.test(words))
    throw new UserError(`"${words}" is not a time span: write 90s, 30m, 2h or 1d.`);
  let ms = 0;
  for (const [, count, unit] of words.matchAll(/(\d+)([smhd])/g))
    ms += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  if (ms <= 0 || ms > LONGEST_MS)
    throw new UserError(`"${words}" must be more than nothing and at most a year.`);
  return ms;
}
