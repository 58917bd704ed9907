import {
  type CheckResult,
  type Finding,
  FINDING_STATES,
  type FindingState,
  type ServiceHealth,
  worst,
} from '#src/domain/finding.ts';
import { type Block, type Choice, choices, table, text, type Tone } from '#src/domain/message.ts';

export const SYMBOL: Readonly<Record<FindingState, string>> = {
  up: '✔',
  unknown: '?',
  degraded: '▲',
  down: '✖',
};
/** What the symbols mean, for the small print. */
export const LEGEND = '✔ up  ▲ degraded  ✖ down  ? could not look';
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

export const healthTone = (healths: readonly ServiceHealth[]): Tone =>
  TONE[worst(healths.map(({ state }) => state))];

/** What was seen, at a glance: the worst first; then what is wrong in words, and what may be done. */
export function healthBlocks(healths: readonly ServiceHealth[]): readonly Block[] {
  if (healths.length === 0) return [text('There is nothing to look at.')];
  const sorted = healths.toSorted((a, b) => rank(b.state) - rank(a.state));
  const details = detailsOf(sorted);
  const offered = choicesOf(sorted);
  return [
    tableOf(sorted),
    ...(details ? [text(details)] : []),
    ...(offered.length > 0 ? [choices(...offered)] : []),
  ];
}

const rank = (state: FindingState): number => FINDING_STATES.indexOf(state);

function tableOf(healths: readonly ServiceHealth[]): Block {
  const shown = healths.slice(0, MOST_ROWS);
  // One column per check that any of them has, in the order of looking.
  const columns = new Map(
    shown.flatMap(({ results }) => results.map(({ check, title }) => [check, title] as const)),
  );
  const rows = shown.map(({ node, service, state, results }) => {
    const byCheck = new Map(results.map((result) => [result.check, result]));
    return [SYMBOL[state], node, service, ...[...columns.keys()].map((check) => cell(byCheck.get(check)))];
  });
  return table(['', 'node', 'service', ...columns.values()], rows);
}

function cell(result: CheckResult | undefined): string {
  if (!result) return '';
  const { state } = result.finding;
  return state === 'degraded' || state === 'down' ? `${result.shown} ${SYMBOL[state]}` : result.shown;
}

/** One line per service and reason; reasons that several checks share are said once. */
function detailsOf(healths: readonly ServiceHealth[]): string {
  const lines = healths.flatMap(({ node, service, results }) => {
    const byReason = Map.groupBy(
      results.flatMap((result) => reasonOf(result)),
      ({ state, why }) => `${SYMBOL[state]} ${service} on ${node}: ${why}`,
    );
    return [...byReason].map(([line, of]) => {
      const titles = of.map(({ title }) => title).join(', ');
      const advice = of[0]?.advice ? ` ${of[0].advice}` : '';
      return of[0]?.state === 'unknown' ? `${line} (${titles})` : `${line}.${advice}`;
    });
  });
  const more: string[] = [];
  if (lines.length > MOST_DETAILS) more.push(`… and ${lines.length - MOST_DETAILS} findings more.`);
  if (healths.length > MOST_ROWS) more.push(`… and ${healths.length - MOST_ROWS} services more.`);
  return [...lines.slice(0, MOST_DETAILS), ...more].join('\n');
}

interface Reason {
  readonly title: string;
  readonly state: Finding['state'];
  readonly why: string;
  readonly advice: string | undefined;
}

const reasonOf = ({ title, finding, advice }: CheckResult): readonly Reason[] =>
  finding.state === 'up' ? [] : [{ title, state: finding.state, why: finding.why, advice }];

/** The remedies that were proposed, each once per service. */
function choicesOf(healths: readonly ServiceHealth[]): readonly Choice[] {
  const several = healths.length > 1;
  const proposed = healths.flatMap(({ node, service, results }) => {
    const remedies = new Set(results.flatMap(({ remedy }) => remedy ?? []));
    return [...remedies].map((remedy): Choice => {
      const label = REMEDY_LABEL[remedy] ?? `Request ${remedy}`;
      const where = several ? `: ${service} on ${node}` : '';
      return {
        label: `${label}${where}`.slice(0, 80),
        emoji: '🔧',
        words: ['remedy', 'run', remedy, node, service],
      };
    });
  });
  return proposed.slice(0, MOST_CHOICES);
}
