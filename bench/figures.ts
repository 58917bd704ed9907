/** The smallest value that `share` of the values do not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Rounded to three figures that matter; a dash for what was not measured. */
export function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return 'never';
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** How often `b` goes into `a`. */
export function ratio(a: number, b: number): string {
  if (a === b) return '1';
  if (b === 0) return a === 0 ? '1' : `${shown(a)} : 0`;
  return Number.isFinite(a / b) ? `× ${shown(a / b)}` : '–';
}

/** Rows under a head, in columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** A line on the way, on stderr: the figures alone are on stdout. */
export const progress = (line: string): void => void process.stderr.write(`${line}\n`);
export const print = (text: string): void => void process.stdout.write(`${text}\n`);
