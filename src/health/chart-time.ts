import type { FindingState } from '#src/domain/finding.ts';
import { columnsOf, type Period } from '#src/domain/history.ts';
import { type Html, html } from '#src/html.ts';
import { BAD, DIM, GOOD, SOFT, WARN, words } from '#src/picture/drawing.ts';
import type { Frame, Line } from './chart.ts';

/** Between the plot and the states below it, and how high these may be. */
export const BAND = { gap: 7, height: 14 } as const;
export const AXIS_SIZE = 18;
/** Pixels of a column: narrower ones are a smear when the picture is shrunk to a phone. */
export const COLUMN = 2.5;

export const STATE_COLOUR: Readonly<Record<FindingState, string>> = {
  up: GOOD,
  unknown: DIM,
  degraded: WARN,
  down: BAD,
};
/** The worse, the higher: to be told from each other without colours. */
export const STATE_HEIGHT: Readonly<Record<FindingState, number>> = {
  up: 4,
  unknown: 2,
  degraded: 9,
  down: 14,
};

/** A pixel's tenth is as fine as it is drawn. */
export const place = (number: number): string => number.toFixed(1);

/** The worst state of all lines; nothing where nobody looked. */
export function bandView(lines: readonly Line[], period: Period, plot: Frame): Html {
  const buckets = lines.flatMap((line) => line.buckets).toSorted((a, b) => a.from - b.from);
  const columns = columnsOf(buckets, period, plot.width / COLUMN);
  const wide = plot.width / columns.length;
  const bottom = plot.y + plot.height + BAND.gap + BAND.height;
  const runs: { readonly state: FindingState; readonly from: number; count: number }[] = [];
  for (const [from, column] of columns.entries()) {
    const run = runs.at(-1);
    if (!column) continue;
    if (run?.state === column.state && run.from + run.count === from) run.count += 1;
    else runs.push({ state: column.state, from, count: 1 });
  }
  return html`${runs.map(
    ({ state, from, count }) =>
      html`<rect
        x="${place(plot.x + from * wide)}"
        y="${bottom - STATE_HEIGHT[state]}"
        width="${place(count * wide)}"
        height="${STATE_HEIGHT[state]}"
        fill="${STATE_COLOUR[state]}"
      />`,
  )}`;
}

const DAY_MS = 86_400_000;
const STEPS_MS = [DAY_MS / 24, DAY_MS / 4, DAY_MS, 7 * DAY_MS] as const;

/** So many vertical lines at most. */
const MOST_LINES = 8;

/** A line for each hour, six hours, day or week. */
export function gridView({ from, to }: Period, plot: Frame): Html {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= MOST_LINES) ?? 7 * DAY_MS;
  const times: number[] = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step) times.push(at);
  const xOf = (at: number): string => place(plot.x + ((at - from) / (to - from)) * plot.width);
  return html`<path
    d="${times.map((at) => `M${xOf(at)} ${plot.y}v${plot.height}`).join('')}"
    stroke="${DIM}"
    stroke-width="1"
    opacity="0.35"
  />`;
}

/** When it begins and ends, and between them the limits that are too far away to be drawn. */
export function timeView(period: Period, plot: Frame, beyond: readonly string[] = []): Html {
  const y = plot.y + plot.height + BAND.gap + BAND.height + 21;
  const line = { y, size: AXIS_SIZE, fill: SOFT } as const;
  const limits = beyond.length > 0 ? `limit ${beyond.join(', ')}` : '';
  return html`${words({ ...line, x: plot.x, most: plot.width / 2 }, beginsWords(period))}
  ${words({ ...line, x: plot.x + plot.width, most: plot.width * 0.6, end: true }, limits || 'now')}`;
}

const beginsWords = ({ from, to }: Period): string => {
  const at = new Date(from).toISOString();
  return to - from > 2 * DAY_MS
    ? new Date(from).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
    : `${at.slice(11, 16)} UTC`;
};
