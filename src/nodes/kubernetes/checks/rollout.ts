import { OutsideError } from '#src/domain/errors.ts';
import type { Facts } from '#src/domain/finding.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { sinceOf } from '../../check.ts';
import { bestEarlier } from '../revisions.ts';
import { DEADLINE_EXCEEDED, rolloutOf } from '../rollout.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workload.ts';
import type { Check, Seen } from './check.ts';

const MINUTE_MS = 60_000;

/**
 * Whether what runs is what was asked for. Done = the controller saw the newest generation, and updated = wanted =
 * available. One that goes on is no finding until it has gone on for the threshold's minutes.
 */
export const rollout: Check = {
  id: 'rollout',
  title: 'rollout',
  costs: 'notarisations',
  alertname: 'RolloutIncomplete',
  otherAlertnames: ['RolloutStuck', 'RolloutPaused', 'WorkloadMissing', 'WorkloadStopped'],
  async look(scene) {
    try {
      const workload = await scene.workload();
      const seen = seenOf(workload, scene);
      return seen.alertname === 'RolloutStuck' ? { ...seen, ...(await undoing(scene)) } : seen;
    } catch (error) {
      if (!(error instanceof OutsideError) || error.reason !== 'not-found') throw error;
      return {
        finding: { state: 'down', why: error.message, facts: {} },
        shown: 'missing',
        alertname: 'WorkloadMissing',
        advice:
          'Compare the workload and the namespace of the fleet file with the cluster; else apply it again.',
      };
    }
  },
};

/** The remedy with the revision that it is for; nothing where none is kept, or that is not known. */
async function undoing(scene: Scene): Promise<Pick<Seen, 'remedy' | 'remedyArguments'>> {
  const best = bestEarlier(await scene.revisions().catch(() => []));
  return best ? { remedy: 'rollout-undo', remedyArguments: { to: String(best.revision) } } : {};
}

function seenOf(workload: Workload, scene: Scene): Seen {
  const { replicas, updated, available, progressing, kind, name } = workload;
  const seen = { shown: `${Math.min(updated, available)}/${replicas}` };
  const facts: Facts = {
    replicas,
    updated,
    available,
    ...(kind === 'deploymentconfig' && {
      note: 'DeploymentConfig is deprecated since OpenShift 4.14: plan the move to a Deployment',
    }),
  };
  const now = rolloutOf(workload);
  if (now.state === 'complete') {
    if (replicas > 0) return { ...seen, finding: { state: 'up', facts }, figure: count(available) };
    return {
      finding: { state: 'down', why: `${kind} ${name} is scaled to 0: nothing runs`, facts },
      shown: 'stopped',
      alertname: 'WorkloadStopped',
      advice: `Scale it up again, or silence this alert while it is meant.`,
    };
  }
  const { state, left } = now;
  if (state === 'failed') {
    const since = progressing?.lastTransitionTime;
    return {
      ...seen,
      finding: {
        // Where the earlier pods still serve, nothing is lost yet.
        state: available >= replicas ? 'degraded' : 'down',
        why: `the rollout has failed, its deadline is over: ${left}`,
        facts: { ...facts, reason: DEADLINE_EXCEEDED, ...(since && { since }) },
      },
      figure: count(available),
      alertname: 'RolloutStuck',
      advice:
        'Look why its newest pods do not become ready (describe them, read their logs); undo it if they cannot.',
    };
  }
  if (state === 'paused') {
    return {
      ...seen,
      finding: { state: 'degraded', why: `its rollout is paused: ${left}`, facts },
      figure: count(available),
      alertname: 'RolloutPaused',
      advice: 'Resume it, or undo the change that waits.',
    };
  }
  const isRolling = updated < replicas || workload.observedGeneration < workload.generation;
  return { ...seen, ...goingOn(left, facts, scene), figure: count(available), settling: isRolling };
}

const count = (value: number) => ({ value, unit: 'count' }) as const;

function goingOn(left: string, facts: Facts, scene: Scene): Pick<Seen, 'finding' | 'advice'> {
  const how = 'going on';
  const since = sinceOf(rollout.id, how, scene);
  const ms = scene.now.getTime() - since.getTime();
  const { warn = Infinity, critical = Infinity } = scene.threshold('rollout');
  const all = { ...facts, how, since: since.toISOString() };
  if (ms <= Math.min(warn, critical) * MINUTE_MS) return { finding: { state: 'up', facts: all } };
  return {
    finding: {
      state: ms > critical * MINUTE_MS ? 'down' : 'degraded',
      why: `not rolled out for ${durationInWords(ms)} now: ${left}`,
      facts: all,
    },
    advice:
      'Look at its newest pods: describe them, read their logs. Undo the rollout if they cannot become ready.',
  };
}
