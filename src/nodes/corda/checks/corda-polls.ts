import { durationInWords } from '#src/health/in-words.ts';
import { type Seen, unknown } from '../../check.ts';
import { grade } from '../../grade.ts';
import { lastPoll, type Poll } from '../polls.ts';
import type { Check, Scene } from './check.ts';

/**
 * When each worker asked for the network map last (facts `polled ID`): after a flag day each ends at its next poll, so
 * that they are restarted with the one that polled most recently last, and so that those which poll together end together.
 */
export const cordaPolls: Check = {
  id: 'corda-polls',
  title: 'polls',
  costs: 'time',
  alertname: 'CordaPollsCoincide',
  isMeant: ({ networkMap }, workers) =>
    networkMap !== undefined && workers.some(({ jolokia, log }) => (jolokia ?? log) !== undefined),
  async look(scene) {
    const [{ pollSeconds }, seen] = await Promise.all([scene.networkMap(), scene.seenWorkers()]);
    if (!pollSeconds) return unknown('the network map names no interval between polls');
    const told = await Promise.all(
      scene.workers.map((worker) =>
        lastPoll(
          worker,
          seen.find(({ id }) => id === worker.id),
          { ...scene, pollSeconds },
        ),
      ),
    );
    const polls = told.filter((poll) => poll !== undefined);
    if (polls.length === 0) {
      return unknown(
        'no worker tells when it polled: give its log, with the network map client at level TRACE',
      );
    }
    return spread(polls, pollSeconds, scene);
  },
};

function spread(polls: readonly Poll[], pollSeconds: number, { threshold }: Scene): Seen {
  const sorted = polls.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const facts = Object.fromEntries(
    sorted.flatMap(({ id, at, by }) => [
      [`polled ${id}`, at.toISOString()],
      [`polled ${id} by`, by],
    ]),
  );
  const closest = closestOf(sorted, pollSeconds);
  if (!closest) return { finding: { state: 'up', facts }, shown: 'one' };
  const { warn, critical } = threshold('corda-polls');
  // More than this they cannot be apart, all of them.
  const most = pollSeconds / polls.length / 2;
  const { finding, figure } = grade({
    value: closest.seconds,
    threshold: { warn: warn && Math.min(warn, most), critical: critical && Math.min(critical, most) },
    bad: 'below',
    unit: 'seconds',
    facts,
    why: () =>
      `${closest.ids.join(' and ')} poll the network map within ${durationInWords(closest.seconds * 1000)} of each other: after a flag day both end at once`,
  });
  const advice = 'Restart one of them at another time of the interval, while the others serve.';
  return { finding, figure, shown: durationInWords(closest.seconds * 1000), advice };
}

interface Closest {
  readonly ids: readonly [string, string];
  readonly seconds: number;
}

/** The two that are nearest to each other within the interval. */
function closestOf(polls: readonly Poll[], pollSeconds: number): Closest | undefined {
  const placed = polls
    .map(({ id, at }) => ({ id, place: (at.getTime() / 1000) % pollSeconds }))
    .toSorted((a, b) => a.place - b.place);
  const pairs = placed.flatMap((one, index): readonly Closest[] => {
    const next = placed[(index + 1) % placed.length];
    if (!next || next === one) return [];
    const seconds = (next.place - one.place + pollSeconds) % pollSeconds;
    return [{ ids: [one.id, next.id], seconds: Math.min(seconds, pollSeconds - seconds) }];
  });
  return pairs.toSorted((a, b) => a.seconds - b.seconds)[0];
}
