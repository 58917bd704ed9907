import { oneLine } from './escape.ts';

/** About what a phone shows of a code block without breaking lines. */
const PHONE_WIDTH = 40;
const GAP = '  ';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}])/u;
const NO_WIDTH = /^[\p{M}\p{Cf}]+$/u;
/** Of these each is one character and one wide: nearly all there is, and far quicker to see than to split. */
const PLAIN = /^[ -~]*$/;

const widthOf = (text: string): number => {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text))
    width += WIDE.test(segment) ? 2 : NO_WIDTH.test(segment) ? 0 : 1;
  return width;
};

/**
 * A table as lines of equal-width characters. Nothing of a cell is cut: a table wider than a phone gives
 * its widest column a line of its own under each row, until the rest fits.
 */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const count = Math.max(head.length, ...rows.map((row) => row.length));
  const cells = [head, ...rows].map((row) =>
    Array.from({ length: count }, (_, at) => oneLine(row[at] ?? '').trim()),
  );
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(0, ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  const { grid, below } = arrange(widths);
  const [title = [], ...body] = cells;
  const lineOf = (row: readonly string[]): string =>
    grid
      .map((at) => (row[at] ?? '') + ' '.repeat((widths[at] ?? 0) - widthOf(row[at] ?? '')))
      .join(GAP)
      .trimEnd();
  const under = (row: readonly string[]): readonly string[] =>
    below.flatMap((at) => (row[at] ? [`${GAP}${title[at] ? `${title[at]}: ` : ''}${row[at]}`] : []));
  return [
    ...(title.some(Boolean) ? [lineOf(title), grid.map((at) => '─'.repeat(widths[at] ?? 0)).join(GAP)] : []),
    ...body.flatMap((row) => [lineOf(row), ...under(row)]),
  ];
}

function arrange(widths: readonly number[]): {
  readonly grid: readonly number[];
  readonly below: readonly number[];
} {
  let grid = widths.map((_, at) => at);
  const total = (): number =>
    grid.reduce((sum, at) => sum + (widths[at] ?? 0), GAP.length * (grid.length - 1));
  while (grid.length > 1 && total() > PHONE_WIDTH) {
    const [first = 0, ...others] = grid;
    // The first column says what the row is about: it stays.
    const widest = others.reduce((most, at) => ((widths[at] ?? 0) > (widths[most] ?? 0) ? at : most));
    grid = [first, ...others.filter((at) => at !== widest)];
  }
  const kept = new Set(grid);
  return { grid, below: widths.flatMap((_, at) => (kept.has(at) ? [] : [at])) };
}
