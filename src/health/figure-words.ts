import type { Unit } from '#src/domain/finding.ts';
import { coinsInWords } from './in-words.ts';

const TIMES = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;
const SIZES = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** Two digits that matter, or all before the point. */
const short = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });

function scaled(
  value: number,
  steps: readonly (readonly [unit: string, size: number])[],
): string | undefined {
  const [unit, size] = steps.find(([, least]) => Math.abs(value) >= least) ?? [];
  return size === undefined ? undefined : `${short(value / size)} ${unit}`;
}

/** A figure in as few characters as say it: "4.2 min", "1.3 MB", "0.08", "41 %". */
export function figureWords(value: number, unit: Unit | undefined): string {
  switch (unit) {
    case 'seconds':
      return scaled(value, TIMES) ?? (value === 0 ? '0 s' : `${short(value * 1_000)} ms`);
    case 'bytes':
      return scaled(value, SIZES) ?? `${short(value)} B`;
    case 'coins':
      return coinsInWords(Math.round(value * 1e8));
    case 'ratio':
      return `${short(value * 100)} %`;
    case 'blocks':
    case 'count':
    case undefined:
    default:
      return short(value);
  }
}
