import type { Limit, Unit } from '#src/domain/finding.ts';
import { type Bucket, columnsOf, type Period, spanOf } from '#src/domain/history.ts';
import { type Html, html } from '#src/html.ts';
import { BAD, INFO, INK, RAISED, SOFT, WARN, words } from '#src/picture/drawing.ts';
import { AXIS_SIZE, BAND, bandView, COLUMN, gridView, place, STATE_COLOUR, timeView } from './chart-time.ts';
import { type Scale, scaleOf } from './chart-scale.ts';
import { figureWords } from './figure-words.ts';

/** One of the lines of a chart. */
export interface Line {
  /** Said in the legend; a chart of one line has none. */
  readonly name: string;
  readonly buckets: readonly Bucket[];
  /** Drawn to be told from the others, and named. */
  readonly leads: boolean;
}

/** A figure over time, of one service or of several. */
export interface Chart {
  readonly title: string;
  readonly unit?: Unit | undefined;
  readonly limits: readonly Limit[];
  readonly lines: readonly Line[];
}

/** Where a chart is drawn, pixels. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const TITLE_SIZE = 22;
/** For the values of the axis. */
const GUTTER = 84;
const TOP = 40;
const FOOT = 26;

/** Lines that lead, each with a pattern of its own as well. */
export const LEADS = [
  { colour: INFO, dashes: 'none' },
  { colour: '#e2b8ff', dashes: '9 5' },
  { colour: '#67d8d0', dashes: '3 5' },
  { colour: '#f5d76e', dashes: '14 4 3 4' },
] as const;

/** A chart: what it is called and how it stands, the lines with their limits, the states below, the time. */
export function chartView(chart: Chart, period: Period, frame: Frame): Html {
  const { lines, unit } = chart;
  const last = lines.length === 1 ? spanOf(lines[0]?.buckets ?? [])?.last : undefined;
  const state = lines[0]?.buckets.at(-1)?.state ?? 'unknown';
  const right = last === undefined ? '' : figureWords(last, unit);
  const plot: Frame = {
    x: GUTTER,
    y: TOP,
    width: frame.width - GUTTER,
    height: frame.height - TOP - BAND.gap - BAND.height - FOOT,
  };
  const scale = scaleOf(chart, plot);
  return html`<g transform="translate(${frame.x} ${frame.y})">
    ${words({ x: 0, y: 24, size: TITLE_SIZE, most: frame.width - right.length * 15 - 4, bold: true }, chart.title)}
    ${words(
      {
        x: frame.width,
        y: 24,
        size: TITLE_SIZE,
        most: frame.width / 2,
        bold: true,
        end: true,
        fill: lines.length === 1 && state !== 'up' ? STATE_COLOUR[state] : INK,
      },
      right,
    )}
    <rect
      x="${plot.x}"
      y="${plot.y}"
      width="${plot.width}"
      height="${plot.height}"
      fill="${RAISED}"
      opacity="0.45"
    />
    ${gridView(period, plot)}
    ${scale ? html`${limitsView(chart, scale, plot)} ${linesView(chart, period, scale, plot)}` : nothingView(plot)}
    ${bandView(lines, period, plot)}
    ${timeView(
      period,
      plot,
      scale?.beyond.map((limit) => limitWords(limit, unit)),
    )}
  </g>`;
}

const nothingView = (plot: Frame): Html =>
  words(
    { x: plot.x + 12, y: plot.y + plot.height / 2 + 7, size: 20, most: plot.width - 24, fill: SOFT },
    'nothing was measured',
  );

const limitColour = ({ severity }: Limit): string => (severity === 'critical' ? BAD : WARN);

const limitWords = ({ at, bad }: Limit, unit: Unit | undefined): string =>
  `${bad === 'above' ? '>' : '<'} ${figureWords(at, unit)}`;

/** The limits as lines, and the values of the axis where they do not stand in each other's way. */
function limitsView({ unit }: Chart, { low, high, drawn, yOf }: Scale, plot: Frame): Html {
  const marks = [
    ...drawn.map((limit) => ({ at: limit.at, fill: limitColour(limit) })),
    { at: high, fill: SOFT },
    { at: low, fill: SOFT },
  ];
  const free = marks.filter(
    (mark, index) =>
      !marks.slice(0, index).some((other) => Math.abs(yOf(other.at) - yOf(mark.at)) < AXIS_SIZE + 1),
  );
  return html`${drawn.map(
    (limit) =>
      html`<line
        x1="${plot.x}"
        x2="${plot.x + plot.width}"
        y1="${yOf(limit.at)}"
        y2="${yOf(limit.at)}"
        stroke="${limitColour(limit)}"
        stroke-width="2"
        stroke-dasharray="${limit.severity === 'critical' ? 'none' : '8 6'}"
      />`,
  )}
  ${free.map(({ at, fill }) => {
    const y = Math.min(Math.max(yOf(at) + 6, plot.y + 14), plot.y + plot.height);
    return words(
      { x: GUTTER - 8, y, size: AXIS_SIZE, most: GUTTER + 20, end: true, fill },
      figureWords(at, unit),
    );
  })}`;
}

type Column = { readonly index: number } & Required<NonNullable<Bucket['span']>>;

/** What was measured without a gap in between. */
function runsOf(columns: readonly (Bucket | undefined)[]): readonly (readonly Column[])[] {
  const runs: Column[][] = [];
  for (const [index, column] of columns.entries()) {
    if (!column?.span) continue;
    const run = runs.at(-1);
    if (run?.at(-1)?.index === index - 1) run.push({ index, ...column.span });
    else runs.push([{ index, ...column.span }]);
  }
  return runs;
}

function linesView({ lines }: Chart, period: Period, scale: Scale, plot: Frame): readonly Html[] {
  const leads = lines.filter((line) => line.leads);
  const drawn = [...lines.filter((line) => !line.leads), ...leads.toReversed()];
  return drawn.map((line) => {
    const columns = columnsOf(line.buckets, period, plot.width / COLUMN);
    const wide = plot.width / columns.length;
    const runs = runsOf(columns);
    const xOf = ({ index }: Column): number => plot.x + (index + 0.5) * wide;
    const { colour, dashes } = LEADS[leads.indexOf(line) % LEADS.length] ?? { colour: SOFT, dashes: 'none' };
    const path = runs
      .map((run) => {
        const points = run.map((column) => `${place(xOf(column))} ${place(scale.yOf(column.last))}`);
        // One column alone is a dash of its own width.
        return points.length > 1
          ? `M${points.join('L')}`
          : run.map(
              (column) => `M${place(xOf(column) - wide / 2)} ${place(scale.yOf(column.last))}h${place(wide)}`,
            );
      })
      .join('');
    const range =
      lines.length === 1 &&
      html`<path d="${rangeOf(runs, xOf, wide, scale)}" fill="${colour}" opacity="0.4" />`;
    return html`${range}
      <path
        d="${path}"
        fill="none"
        stroke="${colour}"
        stroke-width="${line.leads ? 2.5 : 1.5}"
        stroke-dasharray="${dashes}"
        stroke-linejoin="round"
        opacity="${line.leads ? 1 : 0.45}"
      />`;
  });
}

/** From the least to the most of each column. */
const rangeOf = (
  runs: readonly (readonly Column[])[],
  xOf: (column: Column) => number,
  wide: number,
  { yOf }: Scale,
): string =>
  runs
    .flatMap((run) =>
      run.map((column) => {
        const [top, bottom] = [yOf(column.max), yOf(column.min)];
        const height = Math.max(bottom - top, 1);
        return `M${place(xOf(column) - wide / 2)} ${place(top)}h${place(wide)}v${place(height)}h-${place(wide)}z`;
      }),
    )
    .join('');
