import type { Cost, ServiceHealth } from '#src/domain/finding.ts';
import { type Block, table, text } from '#src/domain/message.ts';
import { type Loss, scoreOf, scoreWords } from '#src/domain/score.ts';

import { reasonsIn, SYMBOL } from './reasons.ts';

const MOST_LOSSES = 20;

/** What a check costs while it is not well, in the words of docs/health.md. */
export const COST_WORDS: Readonly<Record<Cost, string>> = {
  node: 'all of its node',
  notarisations: 'notarisations',
  soon: 'soon notarisations',
  time: 'time',
};

/** The score explained: each check, the points it takes and why, the dearest first; then what is not known. */
export function whyBlocks(healths: readonly ServiceHealth[]): readonly Block[] {
  const score = scoreOf(healths);
  const { losses } = score;
  const shown = losses.slice(0, MOST_LOSSES);
  const unknown = reasonsIn(healths).filter((line) => line.startsWith(SYMBOL.unknown));
  const words = [
    ...shown.map((loss) => `${pointsTaken(loss)} ${reasonOf(loss)}`),
    ...(losses.length > MOST_LOSSES ? [`… and ${losses.length - MOST_LOSSES} findings more.`] : []),
    ...(losses.length === 0 && score.points !== undefined ? ['Nothing is lost.'] : []),
  ];
  return [
    text(`Score: ${scoreWords(score)}`),
    ...(shown.length > 0 ? [table(['points', 'check', 'costs'], shown.map(rowOf))] : []),
    ...(words.length > 0 ? [text(words.join('\n'))] : []),
    ...(unknown.length > 0 ? [text(notCounted(unknown))] : []),
  ];
}

const rowOf = (loss: Loss): readonly string[] => [pointsTaken(loss), loss.title, COST_WORDS[loss.costs]];

const pointsTaken = ({ points }: Loss): string => {
  if (points === 0) return '0';
  return points < 0.05 ? '−<0.1' : `−${Number(points.toFixed(1))}`;
};

const reasonOf = ({ state, title, service, node, why }: Loss): string =>
  `${SYMBOL[state]} ${title}, ${service} on ${node}: ${why}`;

/** Unknown is neither healthy nor sick. */
function notCounted(lines: readonly string[]): string {
  const more = lines.length - MOST_LOSSES;
  return [
    'Not counted, because it is not known:',
    ...lines.slice(0, MOST_LOSSES),
    ...(more > 0 ? [`… and ${more} more.`] : []),
  ].join('\n');
}
