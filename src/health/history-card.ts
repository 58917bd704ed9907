import { UserError } from '#src/domain/errors.ts';
import { type Examiner, FINDING_STATES } from '#src/domain/finding.ts';
import { type Histories, type Period, spanOf } from '#src/domain/history.ts';
import { type Block, type Message, table, text } from '#src/domain/message.ts';
import type { Target } from '#src/domain/node.ts';
import type { Pictures } from '#src/domain/picture.ts';
import type { Chart } from './chart.ts';
import { figureWords } from './figure-words.ts';
import {
  chartsOf,
  checkOf,
  comparison,
  type Past,
  sameOf,
  type Shown,
  shownOf,
  titleOf,
} from './history-charts.ts';
import { historyPicture, periodWords } from './history-picture.ts';
import { sparkline } from './sparkline.ts';

/** Of how many services the figures are read: the worst as they stand now. */
const MOST_SERVICES = 64;
const MOST_ROWS = 24;

interface HistoryNeeds {
  readonly histories: Pick<Histories, 'read'>;
  readonly examiner: Pick<Examiner, 'latest'>;
  readonly pictures: Pictures;
}

interface Asked {
  readonly title: string;
  readonly targets: readonly Target[];
  readonly period: Period;
  /** Of each service this figure alone, in one chart. */
  readonly check?: string | undefined;
  /** The services are those of a coin: they are compared. */
  readonly isCoin: boolean;
}

/** The figures of services over a time: as a picture where it can be drawn, and always in words. Throws UserError. */
export async function historyCard(needs: HistoryNeeds, asked: Asked): Promise<Message> {
  const { title, targets, period } = asked;
  const pasts = await pastsOf(needs, asked);
  const check = asked.check ?? (asked.isCoin && pasts.length > 1 ? checkOf(pasts) : undefined);
  const shown = check === undefined ? shownOf(pasts) : sameOf(pasts, check);
  if (shown.length === 0) {
    const words = nothingWords(asked, pasts);
    return { tone: 'neutral', title: `${title}: nothing on record`, blocks: [text(words)] };
  }
  const charts = check === undefined ? chartsOf(shown) : [comparison(shown)];
  const { svg, alt } = historyPicture({ title, period, charts });
  const png = await needs.pictures.png(svg);
  const left = targets.length - MOST_SERVICES;
  const notes = [
    ...(shown.length > MOST_ROWS ? [`… and ${shown.length - MOST_ROWS} figures more.`] : []),
    ...(left > 0 ? [`… and ${left} services more: ask for a node, a seat or a coin.`] : []),
  ];
  return {
    tone: 'neutral',
    title: `${title}, the last ${periodWords(period)}`,
    blocks: [
      tableOf(shown, charts, period),
      ...(notes.length > 0 ? [text(notes.join('\n'))] : []),
      ...(png ? [{ kind: 'image', name: 'history.png', alt, png } as const] : []),
    ],
    footer: 'trend: oldest first, the worse end of each part; · was not seen',
  };
}

async function pastsOf({ histories, examiner }: HistoryNeeds, asked: Asked): Promise<readonly Past[]> {
  const latest = await examiner.latest(asked.targets);
  const rank = (index: number): number => FINDING_STATES.indexOf(latest[index]?.state ?? 'up');
  const chosen = [...asked.targets.keys()].toSorted((a, b) => rank(b) - rank(a)).slice(0, MOST_SERVICES);
  const names = chosen.map((index) => {
    const { node, service } = asked.targets[index]!;
    return { node: node.id, service: service.id };
  });
  const read = await histories.read(names, new Date(asked.period.from), asked.check);
  return names.map((name, at) => ({ ...name, courses: read[at] ?? [], latest: latest[chosen[at]!] }));
}

/** Throws UserError where another figure would have been there. */
function nothingWords({ check }: Asked, pasts: readonly Past[]): string {
  if (check === undefined)
    return 'No figure of it was seen in this time. Figures come from the patrol, look by look.';
  const known = new Set(
    pasts.flatMap(({ latest }) => latest?.results.flatMap((one) => (one.figure ? [one.check] : [])) ?? []),
  );
  if (known.size > 0 && !known.has(check))
    throw new UserError(`There is no figure "${check}" here: there are ${[...known].join(', ')}.`);
  return `The figure ${check} was not seen in this time.`;
}

/** Always there, whatever becomes of the picture. */
function tableOf(shown: readonly Shown[], charts: readonly Chart[], period: Period): Block {
  const [first] = charts;
  const compared = first && first.lines.length > 1 ? first : undefined;
  const services = new Set(shown.map(({ past }) => past)).size;
  const nameOf = ({ past, course }: Shown, index: number): string => {
    if (compared) return compared.lines[index]?.name ?? '';
    return `${services > 1 ? `${past.service} ` : ''}${titleOf(past, course)}`;
  };
  const rows = shown.slice(0, MOST_ROWS).map((one, index) => {
    const { unit, limits, buckets } = one.course;
    const span = spanOf(buckets);
    const figures = [span?.min, span?.max, span?.last].map((value) =>
      value === undefined ? '–' : figureWords(value, unit),
    );
    return [nameOf(one, index), ...figures, sparkline(buckets, period, limits)];
  });
  return table([compared?.title ?? 'figure', 'min', 'max', 'last', 'trend'], rows);
}
