const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A duration at a glance: its two greatest units at most ("2 h 5 min", "45 s"); below a second in milliseconds. */
export function durationInWords(ms: number): string {
  let left = Math.max(0, Math.round(ms));
  if (left < 1_000) return `${left} ms`;
  const first = UNITS.findIndex(([, size]) => left >= size);
  const words = UNITS.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count > 0 ? `${count} ${unit}` : '';
  });
  return words.filter(Boolean).join(' ');
}

const formats = new Map<number, Intl.NumberFormat>();

/** A format costs far more to make than to use, and every look uses some. */
function formatOf(digits: number): Intl.NumberFormat {
  const format = formats.get(digits) ?? new Intl.NumberFormat('en-US', { maximumFractionDigits: digits });
  formats.set(digits, format);
  return format;
}

/** Coins with the digits that matter at their size. */
export function coinsInWords(sats: number): string {
  const coins = sats / 1e8;
  const digits = Math.abs(coins) >= 1_000 ? 0 : Math.abs(coins) >= 1 ? 2 : 4;
  return formatOf(digits).format(coins);
}

/** A file's size in MB of 10^6 bytes. */
export const megabytesInWords = (bytes: number): string => `${formatOf(1).format(bytes / 1e6)} MB`;
