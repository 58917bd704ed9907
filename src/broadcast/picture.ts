import { deadlineWords, leftWords } from '#src/domain/deadline.ts';
import { type Part, PART_WORDS, partOf, PARTS, partsOf } from '#src/domain/progress.ts';
import { isMissing, NO_REGION, type RollCall, type RollEntry } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';
import { type Html, html } from '#src/html.ts';
import {
  BAD,
  DIM,
  type Drawing,
  GOOD,
  INFO,
  INK,
  RAISED,
  sheet,
  SOFT,
  WARN,
  words,
} from '#src/picture/drawing.ts';
import { cross, dash, disc, type Mark, ring, tick, triangle } from '#src/picture/marks.ts';

/** Drawn at about twice the size at which a chat shows it: opened, every seat can be read on a phone. */
const WIDTH = 1_200;
const EDGE = 44;
const INNER = WIDTH - 2 * EDGE;
const BAR = { top: 176, height: 44 } as const;
const LEGEND = { top: 268, row: 42, columns: 3 } as const;
/** From the last line of the legend to the first of the grid. */
const GAP = 62;
const ROW = 31;
const FOOT = 72;
const COLUMNS = 5;
const LEAST_ROWS = 3;
/** More seats are not drawn: those who need somebody's care come first. */
const MOST_SEATS = 125;

const LATE = '#ff8a80';

const COLOURS: Readonly<Record<Part, string>> = {
  proven: GOOD,
  answered: INFO,
  cannot: WARN,
  contradicted: BAD,
  reached: '#a3a6b3',
  open: DIM,
};

/** Each part has a shape of its own: a colour alone says nothing to some. */
const SHAPES: Readonly<Record<Part, Mark>> = {
  proven: tick,
  answered: disc,
  cannot: triangle,
  contradicted: cross,
  reached: ring,
  open: dash,
};

/** The board of a notice as a drawing: numbers, bar, time left, and every seat by region. */
export function boardPicture(roll: RollCall, now: Date): Drawing {
  const { notice, entries } = roll;
  const drawn = drawnOf(entries);
  const blocks = blocksOf(drawn);
  const rows = Math.max(LEAST_ROWS, ...blocks.map((block) => block.entries.length));
  const legendRows = Math.ceil(legendOf(entries).length / LEGEND.columns);
  const gridTop = LEGEND.top + (legendRows - 1) * LEGEND.row + GAP;
  const height = gridTop + (rows + 1) * ROW + FOOT;
  const more = entries.length - drawn.length;
  const foot = [
    `notice ${notice.id}`,
    notice.state,
    `as of ${inMinutes(now.toISOString())}`,
    ...(more > 0 ? [`and ${more} more seats`] : []),
  ].join(' · ');
  const svg = sheet(
    { width: WIDTH, height },
    headView(roll, now),
    barView(entries),
    ...legendView(entries),
    ...blocks.map((block, column) => blockView(block, EDGE + (column * INNER) / COLUMNS, gridTop)),
    words({ x: EDGE, y: height - 30, size: 19, fill: SOFT, most: INNER }, foot),
  );
  return { svg, alt: altOf(roll, now) };
}

const answeredOf = (entries: readonly RollEntry[]): number =>
  entries.filter((entry) => !isMissing(entry)).length;

function headView(roll: RollCall, now: Date): Html {
  const { notice, entries } = roll;
  const left = leftWords(roll, now) ?? (notice.state === 'sent' ? '' : notice.state);
  const facts = [notice.version, deadlineWords(roll)].filter(Boolean).join(' · ');
  const count = `${answeredOf(entries)} of ${entries.length} answered`;
  const right = { x: WIDTH - EDGE, end: true, bold: true, size: 30, most: INNER } as const;
  return html`${words({ x: EDGE, y: 60, size: 21, fill: SOFT, most: INNER / 2 }, notice.severity.toUpperCase())}
  ${words({ ...right, y: 66, fill: left.startsWith('overdue') ? LATE : INK }, left)}
  ${words({ x: EDGE, y: 110, size: 38, bold: true, most: INNER }, notice.subject)}
  ${words({ x: EDGE, y: 150, size: 22, fill: SOFT, most: INNER - count.length * 22 }, facts)}
  ${words({ ...right, y: 152 }, count)}`;
}

function barView(entries: readonly RollEntry[]): Html {
  const counts = partsOf(entries);
  const { top, height } = BAR;
  let x = EDGE;
  const pieces = PARTS.filter((part) => part !== 'open').map((part) => {
    const width = entries.length === 0 ? 0 : (counts[part] / entries.length) * INNER;
    const piece = html`<rect
      x="${x}"
      y="${top}"
      width="${width}"
      height="${height}"
      fill="${COLOURS[part]}"
    />`;
    x += width;
    return piece;
  });
  return html`<clipPath id="bar">
      <rect x="${EDGE}" y="${top}" width="${INNER}" height="${height}" rx="10" />
    </clipPath>
    <g clip-path="url(#bar)">
      <rect x="${EDGE}" y="${top}" width="${INNER}" height="${height}" fill="${RAISED}" />
      ${pieces}
    </g>`;
}

const legendOf = (entries: readonly RollEntry[]): readonly (readonly [Part, number])[] => {
  const counts = partsOf(entries);
  return PARTS.filter((part) => counts[part] > 0).map((part) => [part, counts[part]]);
};

const legendView = (entries: readonly RollEntry[]): readonly Html[] =>
  legendOf(entries).map(([part, count], at) => {
    const wide = INNER / LEGEND.columns;
    const x = EDGE + (at % LEGEND.columns) * wide;
    const y = LEGEND.top + Math.floor(at / LEGEND.columns) * LEGEND.row;
    return html`<g transform="translate(${x} ${y})">
      ${SHAPES[part](COLOURS[part])}
      ${words({ x: 32, y: 0, size: 24, most: wide - 40 }, `${count} ${PART_WORDS[part]}`)}
    </g>`;
  });

/** A column of the grid: a region, or a part of one. */
interface Block {
  readonly title: string;
  readonly entries: readonly RollEntry[];
}

const CARE: readonly Part[] = ['contradicted', 'open', 'reached', 'cannot', 'answered', 'proven'];

/** In the order of their names; where there are too many, those first of whom least is known. */
function drawnOf(entries: readonly RollEntry[]): readonly RollEntry[] {
  const chosen =
    entries.length <= MOST_SEATS
      ? entries
      : entries.toSorted((a, b) => CARE.indexOf(partOf(a)) - CARE.indexOf(partOf(b))).slice(0, MOST_SEATS);
  return chosen.toSorted((a, b) => (a.seat < b.seat ? -1 : 1));
}

/** Regions side by side, in as few rows as the columns allow; where there are more regions than columns, without them. */
function blocksOf(entries: readonly RollEntry[]): readonly Block[] {
  const regions = [...Map.groupBy(entries, ({ region = NO_REGION }) => region)].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const groups = regions.length > COLUMNS ? [['', entries] as const] : regions;
  const columnsOf = (rows: number): number =>
    groups.reduce((sum, [, group]) => sum + Math.ceil(group.length / rows), 0);
  let rows = LEAST_ROWS;
  while (columnsOf(rows) > COLUMNS) rows++;
  return groups.flatMap(([region, group]) =>
    Array.from({ length: Math.ceil(group.length / rows) }, (_, at) => ({
      title:
        at === 0 && region !== '' && (region !== NO_REGION || groups.length > 1)
          ? titleOf(region, group)
          : '',
      entries: group.slice(at * rows, (at + 1) * rows),
    })),
  );
}

function titleOf(region: string, group: readonly RollEntry[]): string {
  const missing = group.filter(isMissing).length;
  return missing === 0 ? `${region} complete` : `${region} ${missing} missing`;
}

function blockView({ title, entries }: Block, x: number, top: number): Html {
  const most = INNER / COLUMNS - 14;
  return html`${words({ x, y: top, size: 19, bold: true, most }, title)}
  ${entries.map((entry, at) => {
    const part = partOf(entry);
    return html`<g transform="translate(${x} ${top + (at + 1) * ROW})">
      ${SHAPES[part](COLOURS[part])}
      ${words({ x: 30, y: 0, size: 19, fill: part === 'open' ? SOFT : INK, most: most - 30 }, entry.seat)}
    </g>`;
  })}`;
}

const MOST_NAMED = 20;

function altOf(roll: RollCall, now: Date): string {
  const { notice, entries } = roll;
  const counts = partsOf(entries);
  const missing = entries.filter(isMissing);
  const named = missing.slice(0, MOST_NAMED).map(({ seat }) => seat);
  const names = [
    ...named,
    ...(missing.length > MOST_NAMED ? [`and ${missing.length - MOST_NAMED} more`] : []),
  ];
  return [
    `${notice.subject}: ${answeredOf(entries)} of ${entries.length} seats have answered`,
    leftWords(roll, now),
    PARTS.filter((part) => counts[part] > 0)
      .map((part) => `${counts[part]} ${PART_WORDS[part]}`)
      .join(', '),
    missing.length > 0 ? `missing: ${names.join(', ')}` : undefined,
  ]
    .filter(Boolean)
    .join('. ');
}
