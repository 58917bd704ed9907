import {
  type CheckResult,
  COSTS,
  FINDING_STATES,
  type FindingState,
  type ServiceHealth,
  worst,
} from '#src/domain/finding.ts';
import { type Block, type Choice, choices, table, text, type Tone } from '#src/domain/message.ts';
import { pointsWords, scoreOf, scoreWords } from '#src/domain/score.ts';

import { reasonsIn, SYMBOL } from './reasons.ts';
import { pairsOf } from './signals.ts';

const TONE: Readonly<Record<FindingState, Tone>> = {
  up: 'good',
  unknown: 'neutral',
  degraded: 'warning',
  down: 'critical',
};
const REMEDY_LABEL: Readonly<Record<string, string>> = {
  split: 'Split UTXOs',
  'restart-chain': 'Restart daemon',
};
const MOST_ROWS = 40;
const MOST_DETAILS = 15;
const MOST_CHOICES = 5;
/** What a phone shows of a table without breaking its lines, and what lies between two columns. */
const WIDTH = 40;
const BETWEEN = 2;
const MOST_SHOWN = 10;

export const healthTone = (healths: readonly ServiceHealth[]): Tone =>
  TONE[worst(healths.map(({ state }) => state))];

/** What was seen, at a glance: the score, the worst first; then what is wrong in words, and what may be done. */
export function healthBlocks(healths: readonly ServiceHealth[]): readonly Block[] {
  const [only] = healths;
  if (!only) return [text('There is nothing to look at.')];
  const sorted = healths.toSorted(worstFirst);
  const details = detailsOf(sorted);
  const offered = choicesOf(sorted);
  return [
    text(`Score: ${scoreWords(scoreOf(healths))}`),
    healths.length === 1 ? listOf(only) : tableOf(sorted.slice(0, MOST_ROWS)),
    ...(details ? [text(details)] : []),
    ...(offered.length > 0 ? [choices(...offered)] : []),
  ];
}

const rank = (state: FindingState): number => FINDING_STATES.indexOf(state);

const worstFirst = (one: ServiceHealth, other: ServiceHealth): number =>
  rank(other.state) - rank(one.state) || (pointsOf(one) ?? 0) - (pointsOf(other) ?? 0);

const pointsOf = (health: ServiceHealth): number | undefined => scoreOf([health]).points;

/** Of one service: a row per check, the worst first. */
function listOf({ results }: ServiceHealth): Block {
  const rows = results
    .toSorted((one, other) => rank(other.finding.state) - rank(one.finding.state))
    .map(({ title, shown, finding }) => [SYMBOL[finding.state], title, shown]);
  return table(['', 'check', 'seen'], rows);
}

/** Of several: a row per service, and as many checks as fit, those that are not well anywhere first. */
function tableOf(healths: readonly ServiceHealth[]): Block {
  const names = [
    ...(new Set(healths.map(({ node }) => node)).size > 1
      ? [columnOf('node', healths, ({ node }) => node)]
      : []),
    columnOf('service', healths, ({ service }) => service),
    columnOf('score', healths, (health) => pointsWords(scoreOf([health]))),
  ];
  let left = WIDTH - 1 - names.reduce((sum, { width }) => sum + BETWEEN + width, 0);
  const checks = checksIn(healths).filter(({ width }) => {
    if (left < BETWEEN + width) return false;
    left -= BETWEEN + width;
    return true;
  });
  const columns = [...names, ...checks];
  const rows = healths.map(({ state }, at) => [
    SYMBOL[state],
    ...columns.map(({ cells }) => cells[at] ?? ''),
  ]);
  return table(['', ...columns.map(({ title }) => title)], rows);
}

interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  readonly width: number;
}

function columnOf(
  title: string,
  healths: readonly ServiceHealth[],
  cellOf: (health: ServiceHealth) => string,
): Column {
  const cells = healths.map(cellOf);
  return { title, cells, width: Math.max(title.length, ...cells.map((cell) => cell.length)) };
}

/** Columns of checks: those that are degraded or down for any of them, the dearest first, then what is measured. */
function checksIn(healths: readonly ServiceHealth[]): readonly Column[] {
  const points = new Map<string, number>();
  for (const { title, points: taken } of healths.flatMap((health) => scoreOf([health]).losses))
    points.set(title, (points.get(title) ?? 0) + taken);
  const unwell = [...points].toSorted(([, one], [, other]) => other - one).map(([title]) => title);
  const measured = healths
    .flatMap(({ results }) => results.filter(({ figure }) => figure !== undefined))
    .toSorted((one, other) => costRank(one) - costRank(other))
    .map(({ title }) => title);
  return [...new Set([...unwell, ...measured])].map((title) =>
    columnOf(title, healths, ({ results }) => cell(results.find((result) => result.title === title))),
  );
}

const costRank = ({ costs = 'soon' }: CheckResult): number => COSTS.indexOf(costs);

function cell(result: CheckResult | undefined): string {
  if (!result) return '';
  const { state } = result.finding;
  const shown = result.shown.length > MOST_SHOWN ? `${result.shown.slice(0, MOST_SHOWN - 1)}…` : result.shown;
  return state === 'degraded' || state === 'down' ? `${shown} ${SYMBOL[state]}` : shown;
}

function detailsOf(healths: readonly ServiceHealth[]): string {
  const lines = reasonsIn(healths);
  const more: string[] = [];
  if (lines.length > MOST_DETAILS) more.push(`… and ${lines.length - MOST_DETAILS} findings more.`);
  if (healths.length > MOST_ROWS) more.push(`… and ${healths.length - MOST_ROWS} services more.`);
  return [...lines.slice(0, MOST_DETAILS), ...more].join('\n');
}

/** The remedies that were proposed, each once per service. */
function choicesOf(healths: readonly ServiceHealth[]): readonly Choice[] {
  const several = healths.length > 1;
  const proposed = healths.flatMap(({ node, service, results }) => {
    const remedies = new Map(results.flatMap((one) => (one.remedy ? [[one.remedy, one] as const] : [])));
    return [...remedies].map(([remedy, { remedyService = service, remedyArguments }]): Choice => {
      const label = REMEDY_LABEL[remedy] ?? `Request ${remedy}`;
      const where = several ? `: ${remedyService} on ${node}` : '';
      return {
        label: `${label}${where}`.slice(0, 80),
        emoji: '🔧',
        words: ['remedy', 'run', remedy, node, remedyService, ...pairsOf(remedyArguments)],
      };
    });
  });
  return proposed.slice(0, MOST_CHOICES);
}
