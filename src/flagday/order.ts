import type { Place } from '#src/domain/flagday.ts';
import type { Known, Polled, WorkerNow } from '#src/domain/notary-cluster.ts';

export interface Standing {
  readonly now: WorkerNow;
  readonly polled: Known<Polled>;
}

/**
 * The order in which workers are restarted: a node ends by itself at its next poll after the flag day, so that the one
 * that polled most recently has the most time left and comes last. What does not run comes first, as nothing is lost
 * by it; then those whose polls are not known, as they may end at any moment.
 */
export function ordered(workers: readonly Standing[]): readonly Place[] {
  const places = workers.toSorted((a, b) => rank(a) - rank(b) || timeOf(a) - timeOf(b));
  return places.map((standing, index) => ({
    id: standing.now.id,
    polled: standing.polled,
    because: reasonOf(standing, { isAlone: places.length === 1, isLast: index === places.length - 1 }),
  }));
}

const rank = ({ now, polled }: Standing): number => (now.state === 'down' ? 0 : 'known' in polled ? 2 : 1);

const timeOf = ({ polled }: Standing): number => ('known' in polled ? Date.parse(polled.known.at) : 0);

function reasonOf(
  { now, polled }: Standing,
  { isAlone, isLast }: { readonly isAlone: boolean; readonly isLast: boolean },
): string {
  if (isAlone) return 'it is alone: it is restarted at once, and nothing is notarised meanwhile';
  if (now.state === 'down') return 'it does not run: starting it takes nothing away';
  if ('why' in polled) return `when it polled last is not known (${polled.why}): it may end at any moment`;
  const when = `polled ${polled.known.at.slice(11, 19)} UTC${polled.known.by === 'start' ? ', reckoned from its start' : ''}`;
  return isLast
    ? `${when}, most recently of all: it has the most time left`
    : `${when}: it ends by itself before those that come after it`;
}
