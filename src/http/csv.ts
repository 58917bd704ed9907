type Cell = string | number | undefined;

/** What a spreadsheet would take for a formula is text here: people type reasons and names. */
const FORMULA = /^[=+\-@\t\r]/u;

function written(cell: Cell): string {
  const words = cell === undefined ? '' : String(cell);
  const safe = typeof cell === 'string' && FORMULA.test(words) ? `'${words}` : words;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as RFC 4180 wants it: https://www.rfc-editor.org/rfc/rfc4180 */
export const csvOf = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [head, ...rows].map((row) => `${row.map(written).join(',')}\r\n`).join('');
