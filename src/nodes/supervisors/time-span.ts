const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  month: 30.44 * 86_400_000,
  y: 365.25 * 86_400_000,
};

/** A time span as systemd prints it, `1min 30s` or `infinity` (systemd.time(7)), in milliseconds; undefined for anything else. */
export function timeSpanMs(words: string): number | undefined {
  if (words === 'infinity') return Infinity;
  if (words === '0') return 0;
  const parts = words.split(' ').map((part) => /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part));
  const spans = parts.map((part) => (part ? Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? NaN) : NaN));
  const sum = spans.reduce((total, span) => total + span, 0);
  return Number.isNaN(sum) ? undefined : sum;
}
