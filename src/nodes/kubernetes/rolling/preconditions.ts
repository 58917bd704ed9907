import { UserError } from '#src/domain/errors.ts';
import type { Plan } from '#src/domain/remedy.ts';
import { isLive, type Pod } from '../pods.ts';
import { isRolledOut, rolloutOf } from '../rollout.ts';
import { sharingOf } from '../sharing.ts';
import { troubleOf } from '../trouble.ts';
import type { Workload } from '../workload.ts';

export const nameOf = ({ kind, name }: Workload): string => `${kind} ${name}`;

/** That a change of its template would be rolled out, to pods that never share a volume. Throws UserError. */
export function requireRollable(workload: Workload, namespace: string): void {
  const why = whyNot(workload, namespace);
  if (why !== undefined) throw new UserError(`${nameOf(workload)}: ${why}.`);
}

function whyNot(workload: Workload, namespace: string): string | undefined {
  const { kind, name, replicas, paused, strategy, partition, owner, claims, rollsByItself } = workload;
  const kubectl = (words: string): string => `kubectl -n ${namespace} ${words} ${kind}/${name}`;
  if (owner !== undefined) return `it belongs to ${owner}, which would undo the change: ask for it there`;
  if (paused) return `its rollout is paused. Resume it first: ${kubectl('rollout resume')}`;
  if (replicas === 0)
    return 'it is scaled to 0: there is no pod to replace. Scale it up, that starts it anew';
  if (strategy === 'OnDelete')
    return 'its strategy is OnDelete: a change waits until each pod is deleted by hand';
  if (partition > 0) return `its partition is ${partition}: the pods below would stay as they are`;
  const sharing = sharingOf(workload);
  if (sharing !== undefined)
    return `${sharing}: two pods would have the volume ${claims[0]} at once, and two daemons on one data folder break it. Set its strategy to Recreate and one replica, or make it a StatefulSet with volumeClaimTemplates`;
  if (!rollsByItself)
    return `it has no ConfigChange trigger: nothing would follow the change. Use oc -n ${namespace} rollout latest dc/${name}`;
  return undefined;
}

/** That nothing of it is under way. One that cannot be finished may be undone, not restarted. Throws UserError. */
export function requireQuiet(
  workload: Workload,
  pods: readonly Pod[],
  { evenStuck }: { evenStuck: boolean },
): void {
  const now = rolloutOf(workload);
  if (now.state === 'complete') return;
  const isStuck = now.state === 'failed' || pods.some((pod) => isLive(pod) && troubleOf(pod)?.isHard);
  if (evenStuck && isStuck) return;
  const name = nameOf(workload);
  if (!isStuck && isRolledOut(workload)) return;
  if (isStuck)
    throw new UserError(
      `${name}: its last rollout cannot be finished (${now.left}). A restart makes the same pods again: look why they do not start, or use rollout-undo.`,
    );
  throw new UserError(`${name}: a rollout is going on (${now.left}). Wait until it is over.`);
}

/** What an approval holds for: this very workload, as nobody has changed it since. */
export const boundTo = (workload: Workload, namespace: string): Plan['bound'] => ({
  workload: `${nameOf(workload)} in ${namespace}`,
  uid: workload.uid ?? 'none',
  generation: String(workload.generation),
});

/** How its pods are replaced, for a person. */
export function replacedInWords({ kind, strategy, replicas }: Workload): string {
  const pods = replicas === 1 ? 'its pod' : `its ${replicas} pods`;
  if (kind === 'statefulset')
    return replicas === 1
      ? 'Kubernetes ends its pod, and then starts the new one'
      : `Kubernetes ends and starts ${pods} one after the other, the next when the one before is ready`;
  if (strategy === 'Recreate') return `Kubernetes ends ${pods}, and then starts the new`;
  return `Kubernetes replaces ${pods}: the old end when the new are ready`;
}

export const DEPRECATED =
  'A DeploymentConfig is deprecated since OpenShift 4.14: plan the move to a Deployment';
