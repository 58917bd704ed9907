import {
  countWords,
  type Counts,
  type Glance,
  isFine,
  type SeatGlance,
  SHOWN_STATES,
  sickestFirst,
} from '#src/domain/glance.ts';
import { type Block, type Message, table, text, type Tone } from '#src/domain/message.ts';
import { NO_REGION } from '#src/domain/roll.ts';
import { pointsWords, type Score, scoreWords } from '#src/domain/score.ts';
import { inMinutes } from '#src/domain/time.ts';

import { staleWords } from './heat-map.ts';
import { LEGEND, SYMBOL } from './reasons.ts';

/** As many seats are all shown; of more, those that need somebody. */
const FEW_SEATS = 14;
const MOST_SEATS = 20;
const HEAD = SHOWN_STATES.map((state) => SYMBOL[state]);

const toneOf = (counts: Counts): Tone => {
  if (counts.down > 0) return 'critical';
  if (counts.degraded > 0) return 'warning';
  return counts.up === 0 && counts.unknown > 0 ? 'neutral' : 'good';
};

const rowOf = (name: string, { counts, score }: { readonly counts: Counts; readonly score: Score }) => [
  name,
  ...SHOWN_STATES.map((state) => (counts[state] > 0 ? `${counts[state]}` : '·')),
  pointsWords(score),
];

/** The fleet in words and tables that a phone shows: by region, and by seat. */
export function glanceCard(glance: Glance, of: string | undefined): Message {
  const { network, regions, counts, score, at, stale } = glance;
  const seats = regions.flatMap((region) => region.seats);
  const title = `${of === undefined ? network : `${of} of ${network}`}: ${seats.length} seat${seats.length === 1 ? '' : 's'}`;
  const named = regions.some(({ region }) => region !== NO_REGION);
  return {
    tone: toneOf(counts),
    title,
    blocks: [
      text(`Services: ${countWords(counts)}\nScore: ${scoreWords(score)}`),
      ...(named && regions.length > 1
        ? [
            table(
              ['region', ...HEAD, 'score'],
              regions.map((region) => rowOf(region.region, region)),
            ),
          ]
        : []),
      ...seatBlocks(seats),
    ],
    footer: `${LEGEND} · services of each, and the score · as of ${inMinutes(at.toISOString())}${stale === 0 ? '' : ` · ${staleWords(stale)}`}`,
  };
}

function seatBlocks(seats: readonly SeatGlance[]): readonly Block[] {
  const few = seats.length <= FEW_SEATS;
  const shown = sickestFirst(few ? seats : seats.filter((seat) => !isFine(seat)));
  if (shown.length === 0) return [text(seats.length === 0 ? 'There is no seat.' : 'Every seat is fine.')];
  const rows = shown.slice(0, MOST_SEATS).map((glance) => rowOf(glance.seat.id, glance));
  const more = shown.length - MOST_SEATS;
  return [
    table(['seat', ...HEAD, 'score'], rows),
    ...(more > 0
      ? [text(`… and ${more} more seats that are not all fine. \`fleet REGION\` shows fewer.`)]
      : []),
  ];
}

/** The same for a script: each seat with its score, its counts, and its services that are not healthy. */
export const glanceJson = ({ network, at, counts, score, regions, stale }: Glance): string =>
  JSON.stringify({
    network,
    at: at.toISOString(),
    stale,
    ...figuresOf({ counts, score }),
    seats: regions.flatMap(({ region, seats }) =>
      seats.map((seat) => ({
        seat: seat.seat.id,
        region: region === NO_REGION ? undefined : region,
        ...figuresOf(seat),
        services: Object.fromEntries(
          [...seat.cells].filter(([, { state }]) => state !== 'up').map(([id, { state }]) => [id, state]),
        ),
      })),
    ),
  });

const figuresOf = ({ counts, score }: { readonly counts: Counts; readonly score: Score }) => ({
  score: score.points,
  checks: score.checks,
  unknownChecks: score.unknown,
  counts,
});
