import { OutsideError } from '#src/domain/errors.ts';
import { limitsOf } from '#src/domain/finding.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { factsBefore, type Seen } from '../../check.ts';
import { countedAt } from '../health-check.ts';
import { type Course, courseOf, factsOf } from '../notary-checks.ts';
import type { Check, Scene } from './check.ts';

const ID = 'corda-notary';
const ADVICE =
  'See the health check\'s log for the reason ("Check failed"), the notary\'s own log and its database; restart a worker that hangs.';

/**
 * Whether notarisations succeed, as the notary health check app tries and counts them: a fail since the look before
 * is degraded; fails, or checks that hang, without a success for longer than the threshold is down.
 */
export const cordaNotary: Check = {
  id: ID,
  title: 'notary',
  costs: 'notarisations',
  alertname: 'CordaNotaryUnhealthy',
  otherAlertnames: ['CordaHealthCheckIdle'],
  isMeant: ({ healthCheck }) => healthCheck !== undefined,
  async look(scene) {
    const counted = await countedAt(scene.settings.healthCheck ?? '', scene.get);
    if (counted.length === 0) {
      const words = 'the node of the health check has no counts of it: is the app installed, and started?';
      throw new OutsideError('corda', 'not-found', words);
    }
    const before = factsBefore(ID, scene);
    return seenOf(
      counted.map((one) => courseOf(one, before, scene.now)),
      scene,
    );
  },
};

function seenOf(courses: readonly Course[], { now, threshold }: Scene): Seen {
  const secondsOf = ({ since }: Course): number => (now.getTime() - since.getTime()) / 1000;
  const bad = courses
    .filter(({ state }) => state === 'failing' || state === 'hanging')
    .toSorted((a, b) => secondsOf(b) - secondsOf(a));
  const facts = Object.assign({}, ...courses.map(factsOf)) as ReturnType<typeof factsOf>;
  const [worst] = bad;
  const seconds = worst ? secondsOf(worst) : 0;
  const limits = threshold(ID);
  const figure = { value: seconds, unit: 'seconds', limits: limitsOf(limits, 'above') } as const;
  if (worst) {
    const { critical = Infinity } = limits;
    const words = bad.map((one) => wordsOf(one, secondsOf(one)));
    const why = `notarisation fails: ${words.slice(0, 5).join('; ')}`;
    const state = seconds > critical ? 'down' : 'degraded';
    const shown = `${bad.length} of ${courses.length} ✗`;
    const since = worst.since.toISOString();
    return { finding: { state, why, facts: { ...facts, since } }, figure, shown, advice: ADVICE };
  }
  const idle = courses.filter(({ state }) => state === 'idle');
  if (idle.length === courses.length && idle[0]) {
    const why = `no check of the notary has ended for ${durationInWords(secondsOf(idle[0]) * 1000)}`;
    const advice =
      'Start the health check again (its client: startAll): it forgets its targets when its node restarts.';
    return {
      finding: { state: 'degraded', why, facts: { ...facts, since: idle[0].since.toISOString() } },
      figure,
      shown: 'idle',
      alertname: 'CordaHealthCheckIdle',
      advice,
    };
  }
  return { finding: { state: 'up', facts }, figure, shown: `${courses.length} well` };
}

function wordsOf({ target, state, fail, inflight }: Course, seconds: number): string {
  const what = state === 'failing' ? `${fail} failed so far` : `${inflight} in flight`;
  const how = seconds > 0 ? `, no success for ${durationInWords(seconds * 1000)}` : '';
  return `${target} (${what}${how})`;
}
