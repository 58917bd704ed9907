import { type Period, spanOf } from '#src/domain/history.ts';
import { inMinutes } from '#src/domain/time.ts';
import { type Html, html } from '#src/html.ts';
import { type Drawing, sheet, SOFT, words } from '#src/picture/drawing.ts';
import { type Chart, chartView, LEADS } from './chart.ts';
import { STATE_COLOUR, STATE_HEIGHT } from './chart-time.ts';
import { figureWords } from './figure-words.ts';

/** Twice the width of a phone. */
const WIDTH = 800;
const EDGE = 26;
const INNER = WIDTH - 2 * EDGE;
const HEAD = 104;
const FOOT = 58;
const SMALL = { columns: 2, gap: 28, height: 216, rowGap: 22 } as const;
const LARGE = { height: 470, row: 34 } as const;

interface Titled {
  readonly title: string;
  readonly period: Period;
  readonly charts: readonly Chart[];
}

/** Figures over time: several as small charts side by side, one alone as a large one with its lines named below. */
export function historyPicture({ title, period, charts }: Titled): Drawing {
  const [only] = charts;
  const isLarge = charts.length === 1 && only !== undefined;
  const body = isLarge ? LARGE.height + legendRows(only) * LARGE.row : smallHeight(charts.length);
  const height = HEAD + body + FOOT;
  const content = isLarge ? largeView(only, period) : smallView(charts, period);
  const svg = sheet({ width: WIDTH, height }, headView(title, period), content, footView(height));
  return { svg, alt: altOf({ title, period, charts }) };
}

const smallHeight = (count: number): number =>
  Math.ceil(count / SMALL.columns) * (SMALL.height + SMALL.rowGap);

const HOUR_MS = 3_600_000;

/** "7 days", "6 h". */
export function periodWords({ from, to }: Period): string {
  const hours = Math.round((to - from) / HOUR_MS);
  if (hours < 48) return `${hours} h`;
  return hours % 24 === 0 ? `${hours / 24} days` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const headView = (title: string, period: Period): Html =>
  html`${words({ x: EDGE, y: 52, size: 32, bold: true, most: INNER }, title)}
  ${words(
    { x: EDGE, y: 84, size: 21, fill: SOFT, most: INNER },
    `the last ${periodWords(period)}, to ${inMinutes(new Date(period.to).toISOString())}`,
  )}`;

function smallView(charts: readonly Chart[], period: Period): Html {
  const width = (INNER - SMALL.gap * (SMALL.columns - 1)) / SMALL.columns;
  return html`${charts.map((chart, index) =>
    chartView(chart, period, {
      x: EDGE + (index % SMALL.columns) * (width + SMALL.gap),
      y: HEAD + Math.floor(index / SMALL.columns) * (SMALL.height + SMALL.rowGap),
      width,
      height: SMALL.height,
    }),
  )}`;
}

const legendRows = ({ lines }: Chart): number =>
  lines.length === 1
    ? 0
    : lines.filter(({ leads }) => leads).length + (lines.some(({ leads }) => !leads) ? 1 : 0);

function largeView(chart: Chart, period: Period): Html {
  const { lines, unit } = chart;
  const leads = lines.length === 1 ? [] : lines.filter((line) => line.leads);
  const others = lines.length === 1 ? 0 : lines.length - leads.length;
  const top = HEAD + LARGE.height + 26;
  const yOf = (row: number): number => top + row * LARGE.row;
  const key = (row: number, stroke: string, dashes: string): Html =>
    html`<path
      d="M${EDGE} ${yOf(row) - 7}h52"
      stroke="${stroke}"
      stroke-width="4"
      stroke-dasharray="${dashes}"
    />`;
  return html`${chartView(chart, period, { x: EDGE, y: HEAD, width: INNER, height: LARGE.height - 16 })}
  ${leads.map((line, row) => {
    const { colour, dashes } = LEADS[row % LEADS.length] ?? LEADS[0];
    const span = spanOf(line.buckets);
    const figures = span
      ? `${figureWords(span.min, unit)} – ${figureWords(span.max, unit)}, last ${figureWords(span.last, unit)}`
      : 'nothing was measured';
    return html`${key(row, colour, dashes)}
    ${words({ x: EDGE + 66, y: yOf(row), size: 22, most: INNER / 2 - 50 }, line.name)}
    ${words({ x: WIDTH - EDGE, y: yOf(row), size: 20, most: INNER / 2, fill: SOFT, end: true }, figures)}`;
  })}
  ${
    others > 0 &&
    html`${key(leads.length, SOFT, 'none')}
    ${words(
      { x: EDGE + 66, y: yOf(leads.length), size: 22, most: INNER - 70, fill: SOFT },
      others === 1 ? 'one more, never worse' : `${others} more, none of them worse`,
    )}`
  }`;
}

/** What the band below each chart says: the worse, the higher. */
function footView(height: number): Html {
  const y = height - 26;
  const keys = [
    ['up', 'up', 0],
    ['degraded', 'degraded', 86],
    ['down', 'down', 236],
    ['unknown', 'could not look', 342],
  ] as const;
  return html`${keys.map(
    ([state, label, at]) =>
      html`<rect
          x="${EDGE + at}"
          y="${y - STATE_HEIGHT[state]}"
          width="26"
          height="${STATE_HEIGHT[state]}"
          fill="${STATE_COLOUR[state]}"
        />
        ${words({ x: EDGE + at + 34, y, size: 18, most: 160, fill: SOFT }, label)}`,
  )}
  ${words({ x: WIDTH - EDGE, y, size: 18, most: 230, fill: SOFT, end: true }, 'blank: nobody looked')}`;
}

const MOST_ALT = 900;

function altOf({ title, period, charts }: Titled): string {
  const parts = charts.flatMap(({ title: name, lines, unit }) => {
    const span = spanOf(lines.flatMap(({ buckets }) => buckets));
    if (!span) return [];
    const [min, max, last] = [span.min, span.max, span.last].map((value) => figureWords(value, unit));
    const ending = lines.length === 1 ? `, last ${last}` : `, ${lines.length} services`;
    return [`${name} ${min} to ${max}${ending}`];
  });
  const alt = `${title}, the last ${periodWords(period)}: ${parts.join('; ')}`;
  return alt.length <= MOST_ALT ? alt : `${alt.slice(0, MOST_ALT - 1).toWellFormed()}…`;
}
