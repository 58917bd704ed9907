import type { Facts } from '#src/domain/finding.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { isLive } from '../pods.ts';
import type { Scene } from '../scene.ts';
import { type Trouble, troubleOf } from '../trouble.ts';
import type { Check } from './check.ts';

const MINUTE_MS = 60_000;

/** Whether as many pods are ready as there should be, and what keeps the others. */
export const pods: Check = {
  id: 'pods',
  title: 'pods',
  costs: 'notarisations',
  alertname: 'PodNotReady',
  otherAlertnames: [
    'PodCrashLooping',
    'PodOutOfMemory',
    'PodImagePullFailing',
    'PodCannotStart',
    'PodUnschedulable',
    'PodMissing',
  ],
  async look(scene) {
    const { replicas: wanted, kind, name } = await scene.workload();
    const all = await scene.pods();
    const live = all.filter(isLive);
    const ready = live.filter((pod) => pod.ready && pod.deletedAt === undefined).length;
    const troubles = live.flatMap((pod) => troubleOf(pod) ?? []);
    const [worst] = troubles.toSorted((a, b) => Number(b.isHard) - Number(a.isHard));
    const seen = { shown: `${ready}/${wanted}` };
    const figure = { value: ready, unit: 'count' } as const;
    const counts = { ready, wanted };
    // Pods that go while enough others are ready are a rollout, not trouble.
    if (ready >= wanted && !worst?.isHard)
      return { ...seen, figure, finding: { state: 'up', facts: counts } };
    if (worst) {
      const { finding, alertname, advice } = seenOf(worst, { ready, counts, scene });
      // It runs and does not serve: a new one may. What cannot be started would not be by that.
      const remedy = worst.reason === 'NotReady' ? 'rollout-restart' : undefined;
      // A figure is held back while a rollout goes on; what does not end by waiting is not.
      return { ...seen, ...(!worst.isHard && { figure }), finding, alertname, remedy, advice };
    }
    const ended = all.find((pod) => !isLive(pod));
    const last = ended ? `; ${ended.name} is ${ended.reason ?? ended.phase}` : '';
    return {
      ...seen,
      finding: {
        state: live.length === 0 ? 'down' : 'degraded',
        why: `${kind} ${name} has ${live.length} of ${wanted} pods${last}`,
        facts: counts,
      },
      alertname: 'PodMissing',
      advice:
        'Describe the workload and read its events: a quota, an admission or a machine keeps its pods from being made.',
    };
  },
};

interface Situation {
  readonly ready: number;
  readonly counts: Facts;
  readonly scene: Scene;
}

/** Down when nothing serves and waiting does not help, or has lasted. */
function seenOf(trouble: Trouble, { ready, counts, scene }: Situation) {
  const { since, pod, container, reason, ended, why, isHard, alertname, advice } = trouble;
  // Its clock may be ahead of ours.
  const ms = since === undefined ? 0 : Math.max(0, scene.now.getTime() - Date.parse(since));
  const { warn = 0, critical = Infinity } = scene.threshold('pod-not-ready');
  const lasts = ms > critical * MINUTE_MS;
  const facts: Facts = {
    ...counts,
    pod,
    reason,
    ...(container !== undefined && { container }),
    ...(ended && { exitCode: ended.exitCode, endedWith: ended.reason }),
    ...(since !== undefined && { since }),
  };
  const words = `pod ${pod}: ${why}${ms >= MINUTE_MS ? `, for ${durationInWords(ms)} now` : ''}`;
  if (!isHard && ms < warn * MINUTE_MS)
    return { finding: { state: 'up', facts } as const, alertname, advice };
  const state = ready === 0 && (isHard || lasts) ? 'down' : 'degraded';
  return { finding: { state, why: words, facts } as const, alertname, advice };
}
