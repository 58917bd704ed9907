import type { Workload } from './workload.ts';

/** How far what runs is what was asked for, and what is left of it in words. */
export type Rollout =
  | { readonly state: 'complete' }
  | { readonly state: 'failed' | 'paused' | 'going on'; readonly left: string };

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment */
export const DEADLINE_EXCEEDED = 'ProgressDeadlineExceeded';

/** Complete = the controller saw the newest generation, and updated = wanted = available. */
export function rolloutOf(workload: Workload): Rollout {
  const left = whatIsLeft(workload);
  if (left === undefined) return { state: 'complete' };
  if (workload.progressing?.reason === DEADLINE_EXCEEDED && isSeen(workload))
    return { state: 'failed', left };
  return { state: workload.paused ? 'paused' : 'going on', left };
}

/** Whether its pods are those of the newest template, and it was complete once: one that is not ready now fell ill since. */
export const isRolledOut = (workload: Workload): boolean => {
  const { replicas, updated, current, wasComplete } = workload;
  return isSeen(workload) && wasComplete && updated >= replicas && current <= replicas;
};

/** What was said of the change before must not be taken for this one. */
const isSeen = ({ generation, observedGeneration }: Workload): boolean => observedGeneration >= generation;

/** What is not done, in words; undefined when all is. */
function whatIsLeft(workload: Workload): string | undefined {
  const { replicas, partition, strategy, updated, current, available, failing } = workload;
  if (!isSeen(workload)) return 'its controller has not seen the newest change yet';
  if (failing && current < replicas) return `pods cannot be made: ${(failing.message ?? '').slice(0, 200)}`;
  if (updated < replicas - partition) {
    const byHand = strategy === 'OnDelete' ? '; its strategy is OnDelete: delete the old pods by hand' : '';
    return `${updated} of ${replicas} pods are of the newest revision${byHand}`;
  }
  if (current > replicas) return `${current - replicas} pods of the old revision are still there`;
  if (available < replicas) return `${available} of ${replicas} pods are available`;
  return undefined;
}
