import type { FindingState } from '#src/domain/finding.ts';
import {
  countWords,
  type Glance,
  isFine,
  type RegionGlance,
  type SeatGlance,
  SHOWN_STATES,
  sickestFirst,
  STATE_WORDS,
} from '#src/domain/glance.ts';
import { pointsWords, type Score, scoreWords } from '#src/domain/score.ts';
import { inMinutes } from '#src/domain/time.ts';
import { type Html, html } from '#src/html.ts';
import { BAD, DIM, type Drawing, GOOD, INK, RAISED, sheet, SOFT, WARN, words } from '#src/picture/drawing.ts';

/** About three times the width of a phone: shrunk to it, the numbers are read and the sick cells are seen; opened, all of it is read. */
const WIDTH = 1_200;
const EDGE = 40;
const INNER = WIDTH - 2 * EDGE;
const HEAD = { title: 72, score: 128, counts: 208, bottom: 262 } as const;
const SEAT = 222;
const SCORE = 64;
const ROW = 26;
/** Of what is drawn, where few seats leave room to draw it larger. */
const LARGER = 1.4;
const FEW_SEATS = 16;
const CELL = { least: 20, most: 46 } as const;
const GAP = 28;
const FOOT = 86;
/** More seats, or more services, are not drawn: the sickest come first. */
const MOST_SEATS = 130;
const MOST_SERVICES = Math.floor((INNER - SEAT - SCORE) / CELL.least);

/** What stands on a filled cell. */
const DARK = '#1d0f0e';

/**
 * Centred on a point, 20 by 20. What is fine is small and quiet, what is sick fills its cell, so that it is
 * seen however small the picture is shown; each has a shape of its own, for who cannot tell the colours.
 */
const MARKS: Readonly<Record<FindingState, Html>> = {
  up: html`<circle r="3.5" fill="${GOOD}" />`,
  degraded: html`<path d="M0 -10 l10.5 19 h-21 z" fill="${WARN}" />`,
  down: html`<rect x="-10" y="-10" width="20" height="20" rx="3" fill="${BAD}" />
    <path d="M-5.5 -5.5 l11 11 m0 -11 l-11 11" stroke="${DARK}" stroke-width="4" stroke-linecap="round" />`,
  unknown: html`<circle r="6.5" fill="none" stroke="${SOFT}" stroke-width="2.5" stroke-dasharray="4 2.8" />`,
};

/** Seats by services, by region: who is healthy, degraded, down or unknown. */
export function heatMap(glance: Glance): Drawing {
  const shown = drawnOf(glance);
  const grid = gridOf(shown);
  const height = Math.ceil(grid.bottom) + FOOT;
  const svg = sheet(
    { width: WIDTH, height },
    html`<defs>${SHOWN_STATES.map((state) => html`<g id="${state}">${MARKS[state]}</g>`)}</defs>`,
    headView(glance),
    ...grid.blocks.map(blockView),
    footView(glance, shown, height),
  );
  return { svg, alt: altOf(glance) };
}

/** What of a glance fits into a picture. */
function drawnOf(glance: Glance): Glance {
  const seats = glance.regions.flatMap((region) => region.seats);
  const chosen = new Set(seats.length <= MOST_SEATS ? seats : sickestFirst(seats).slice(0, MOST_SEATS));
  const sickness = (service: string): number =>
    seats.filter(({ cells }) => (cells.get(service)?.state ?? 'up') !== 'up').length;
  const services =
    glance.services.length <= MOST_SERVICES
      ? glance.services
      : glance.services.toSorted((one, other) => sickness(other) - sickness(one)).slice(0, MOST_SERVICES);
  const regions = glance.regions
    .map((region) => ({ ...region, seats: region.seats.filter((seat) => chosen.has(seat)) }))
    .filter(({ seats: left }) => left.length > 0);
  return { ...glance, services, regions };
}

interface Block {
  readonly region: RegionGlance;
  readonly services: readonly string[];
  /** Of the whole block, before it is drawn larger. */
  readonly cell: number;
  readonly headed: number;
  readonly x: number;
  readonly top: number;
  readonly scale: number;
}

const headHeight = (services: readonly string[]): number =>
  24 + Math.min(12, Math.max(0, ...services.map((service) => service.length))) * 11;

/** Regions below each other; beside each other where they are narrow enough. */
function gridOf({ services, regions }: Glance): {
  readonly blocks: readonly Block[];
  readonly bottom: number;
} {
  const scale = seatsIn(regions) <= FEW_SEATS && services.length <= MOST_SERVICES / LARGER ? LARGER : 1;
  const room = INNER / scale;
  const fits = Math.floor((room - SEAT - SCORE) / Math.max(1, services.length));
  const cell = Math.max(CELL.least, Math.min(CELL.most, fits));
  const wide = SEAT + services.length * cell + SCORE;
  const across = Math.min(regions.length, Math.max(1, Math.floor((room + GAP) / (wide + GAP))));
  const headed = headHeight(services);
  const blocks: Block[] = [];
  let top = HEAD.bottom;
  for (let at = 0; at < regions.length; at += across) {
    const row = regions.slice(at, at + across);
    const place = (column: number): number => EDGE + (column * (INNER + GAP)) / across;
    blocks.push(
      ...row.map((region, column) => ({ region, services, cell, headed, x: place(column), top, scale })),
    );
    top += scale * (headed + Math.max(...row.map(({ seats }) => seats.length)) * ROW) + GAP;
  }
  return { blocks, bottom: top };
}

const seatsIn = (regions: readonly RegionGlance[]): number =>
  regions.reduce((sum, { seats }) => sum + seats.length, 0);

function headView({ network, score, counts, regions }: Glance): Html {
  const wide = INNER / SHOWN_STATES.length;
  return html`${words({ x: EDGE, y: HEAD.title, size: 42, bold: true, most: INNER - 230 }, network)}
  ${words({ x: WIDTH - EDGE, y: HEAD.title, size: 34, fill: SOFT, most: 230, end: true }, `${seatsIn(regions)} seats`)}
  ${words({ x: EDGE, y: HEAD.score, size: 34, most: INNER }, `Score ${scoreWords(score)}`)}
  ${SHOWN_STATES.map(
    (state, at) =>
      html`<g transform="translate(${EDGE + at * wide} ${HEAD.counts})">
        <use href="#${state}" transform="translate(16 -14) scale(${state === 'up' ? 2.8 : 1.6})" />
        ${words({ x: 44, y: 0, size: 40, bold: counts[state] > 0, most: wide - 60 }, `${counts[state]}`)}
        ${words({ x: 44, y: 34, size: 30, fill: SOFT, most: wide - 52 }, STATE_WORDS[state])}
      </g>`,
  )}`;
}

function blockView({ region, services, x, top, cell, headed, scale }: Block): Html {
  return html`<g transform="translate(${x} ${top}) scale(${scale})">
    ${words({ x: 0, y: headed - 12, size: 22, bold: true, most: SEAT - 4 }, titleOf(region))}
    ${services.map(
      (service, at) =>
        html`<g transform="translate(${middleOf(at, cell) + 6} ${headed - 12}) rotate(-90)">
          ${words({ x: 0, y: 0, size: 17, fill: SOFT, most: headed - 20 }, service)}
        </g>`,
    )}
    ${region.seats.map(
      (seat, at) =>
        html`<g transform="translate(0 ${headed + at * ROW})"> ${seatView(seat, services, cell)} </g>`,
    )}
  </g>`;
}

const middleOf = (column: number, cell: number): number => SEAT + (column + 0.5) * cell;

function titleOf({ region, counts }: RegionGlance): string {
  const worst = (['down', 'degraded', 'unknown'] as const).find((state) => counts[state] > 0);
  return worst ? `${region} ${counts[worst]} ${STATE_WORDS[worst]}` : `${region} all fine`;
}

function seatView(glance: SeatGlance, services: readonly string[], cell: number): Html {
  const { seat, cells, score } = glance;
  const y = ROW / 2;
  const end = SEAT + services.length * cell + SCORE;
  return html`<path d="M0 0 H${end}" stroke="${RAISED}" stroke-width="1" />
    ${words({ x: 0, y: y + 7, size: 19, fill: isFine(glance) ? SOFT : INK, most: SEAT - 8 }, seat.id)}
    ${services.map((service, at) => {
      const state = cells.get(service)?.state;
      return state && html`<use href="#${state}" x="${middleOf(at, cell)}" y="${y}" />`;
    })}
    ${words({ x: end - 4, y: y + 7, size: 19, fill: scoreColour(score), most: SCORE, end: true }, pointsWords(score))}`;
}

function scoreColour({ points }: Score): string {
  if (points === undefined) return DIM;
  return points < 60 ? BAD : points < 85 ? WARN : SOFT;
}

function footView(glance: Glance, shown: Glance, height: number): Html {
  const seats = seatsIn(glance.regions) - seatsIn(shown.regions);
  const services = glance.services.length - shown.services.length;
  const left = [
    ...(seats > 0 ? [`${seats} more seats`] : []),
    ...(services > 0 ? [`${services} more services`] : []),
  ];
  const lines = [
    [`as of ${inMinutes(glance.at.toISOString())}`, ...(left.length > 0 ? [`and ${left.join(', ')}`] : [])],
    staleWords(glance.stale),
  ].map((line) => (typeof line === 'string' ? line : line.join(' · ')));
  return html`${lines.map((line, at) =>
    words({ x: EDGE, y: height - 58 + at * 34, size: 26, fill: SOFT, most: INNER }, line),
  )}`;
}

/** Why a look that was made is not shown as it was. */
export const staleWords = (stale: number): string =>
  stale === 0
    ? 'every look is recent'
    : `${stale} last look${stale === 1 ? ' is' : 's are'} older than three intervals: unknown`;

const MOST_NAMED = 20;

function altOf({ network, counts, regions, score, at }: Glance): string {
  const sick = SHOWN_STATES.filter((state) => state !== 'up').flatMap((state) => {
    const named = regions.flatMap((region) =>
      region.seats.flatMap(({ seat, cells }) =>
        [...cells].filter(([, cell]) => cell.state === state).map(([service]) => `${service} of ${seat.id}`),
      ),
    );
    return named.length === 0 ? [] : [{ state, named }];
  });
  const worst = sick.find(({ state }) => state === 'down') ?? sick.find(({ state }) => state === 'degraded');
  const more = worst && worst.named.length - MOST_NAMED;
  return [
    `Heat map of ${network} as of ${inMinutes(at.toISOString())}: ${countWords(counts)}`,
    `score ${scoreWords(score)}`,
    worst &&
      `${STATE_WORDS[worst.state]}: ${worst.named.slice(0, MOST_NAMED).join(', ')}${more && more > 0 ? ` and ${more} more` : ''}`,
  ]
    .filter(Boolean)
    .join('. ');
}
