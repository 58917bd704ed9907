import type { Facts } from '#src/domain/finding.ts';
import { factsBefore } from '../../check.ts';
import { grade } from '../../grade.ts';
import { isLive, type Pod } from '../pods.ts';
import type { Scene } from '../scene.ts';
import { endInWords } from '../trouble.ts';
import type { Check } from './check.ts';

const WINDOW_MS = 60 * 60_000;

/** How often containers were started again within the last hour. Kubernetes counts from a pod's birth: what was counted before is kept in the facts. */
export const restarts: Check = {
  id: 'restarts',
  title: 'restarts',
  costs: 'soon',
  alertname: 'PodRestarting',
  otherAlertnames: ['PodOutOfMemory'],
  async look(scene) {
    const live = (await scene.pods()).filter(isLive);
    const { grown, marks } = growthOf(live, scene);
    const last = lastEndOf(live, scene);
    const facts: Facts = {
      ...marks,
      grown,
      ...(last && { endedWith: last.reason, exitCode: last.exitCode, ...(last.at && { lastAt: last.at }) }),
    };
    const times = grown === 1 ? 'once' : `${grown} times`;
    const why = `restarted ${times} within the last hour${last ? `, ${endInWords(last)}` : ''}`;
    const { finding, figure } = grade({
      value: grown,
      threshold: scene.threshold('pod-restarts'),
      bad: 'above',
      facts,
      why: () => why,
      unit: 'count',
    });
    if (last?.reason === 'OOMKilled' && grown > 0) {
      return {
        finding: finding.state === 'up' ? { state: 'degraded', why, facts } : finding,
        shown: `${grown}`,
        figure,
        alertname: 'PodOutOfMemory',
        advice: 'Raise the memory limit, or find what grew: a larger wallet, mempool or cache.',
      };
    }
    const advice = 'Read what it said before it ended: kubectl logs --previous.';
    return { finding, shown: `${grown}`, figure, advice };
  },
};

interface Growth {
  readonly grown: number;
  readonly marks: Facts;
}

/**
 * Against what was counted up to an hour ago. Two marks are kept, an older and a newer: when the older is past the
 * window, the newer takes its place. Other pods than before, or the first look, begin anew with what their own ends tell.
 */
function growthOf(live: readonly Pod[], scene: Scene): Growth {
  const counted = live.flatMap(({ containers }) => containers).reduce((sum, one) => sum + one.restarts, 0);
  const pods = live
    .map(({ uid }) => uid)
    .toSorted()
    .join(' ');
  const now = scene.now.getTime();
  const before = factsBefore(restarts.id, scene);
  const isSame = before['pods'] === pods && Number(before['newerCount']) <= counted;
  const fresh: Mark = { at: now, count: counted - recentEnds(live, now) };
  const kept = isSame
    ? [markIn(before, 'older'), markIn(before, 'newer')]
    : [fresh, { at: now, count: counted }];
  let [older = fresh, newer = fresh] = kept;
  if (now - older.at > WINDOW_MS) older = newer;
  if (now - newer.at > WINDOW_MS / 2) newer = { at: now, count: counted };
  return {
    grown: Math.max(0, counted - older.count),
    marks: {
      pods,
      restarts: counted,
      olderAt: new Date(older.at).toISOString(),
      olderCount: older.count,
      newerAt: new Date(newer.at).toISOString(),
      newerCount: newer.count,
    },
  };
}

interface Mark {
  readonly at: number;
  readonly count: number;
}

const markIn = (facts: Facts, name: 'older' | 'newer'): Mark => ({
  at: Date.parse(String(facts[`${name}At`])) || 0,
  count: Number(facts[`${name}Count`]) || 0,
});

const endsOf = (live: readonly Pod[]) =>
  live.flatMap(({ containers }) =>
    containers.flatMap(({ ended, restarts: count }) => (ended && count > 0 ? [ended] : [])),
  );

const recentEnds = (live: readonly Pod[], now: number): number =>
  endsOf(live).filter(({ at }) => at !== undefined && now - Date.parse(at) <= WINDOW_MS).length;

/** The last end of any container, where it was within the window. */
const lastEndOf = (live: readonly Pod[], { now }: Scene) =>
  endsOf(live)
    .filter(({ at }) => at !== undefined && now.getTime() - Date.parse(at) <= WINDOW_MS)
    .toSorted((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? ''))[0];
