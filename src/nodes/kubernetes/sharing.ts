import type { Workload } from './workload.ts';

/** Why two pods would have one volume at once in its next rollout; undefined where they would not. */
export function sharingOf({ claims, replicas, strategy, kind }: Workload): string | undefined {
  if (claims.length === 0) return undefined;
  if (replicas > 1) return `it has ${replicas} replicas`;
  // A StatefulSet ends a pod before it starts the next of that name.
  if (kind === 'statefulset' || strategy === 'Recreate') return undefined;
  return `its strategy is ${strategy}`;
}
