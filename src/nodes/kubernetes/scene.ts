import type { Cluster, Resource } from '#src/domain/cluster.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Target, Threshold } from '#src/domain/node.ts';
import type { Reach } from '#src/health/look.ts';
import { readAs } from './meta.ts';
import { type Pod, Pods } from './pods.ts';
import { readRevisions, type Revision, revisionsResource } from './revisions.ts';
import { settingsOf } from './settings.ts';
import { thresholdOf, type ThresholdId } from './thresholds.ts';
import { readWorkload, resourceOf, type Workload } from './workload.ts';

/** A workload as it is at one moment: each thing is asked for at most once. All of it throws OutsideError. */
export interface Scene {
  readonly namespace: string;
  readonly now: Date;
  readonly earlier: ServiceHealth | undefined;
  /** The container whose image tells the version, where the fleet file names one. */
  readonly container: string | undefined;
  workload(): Promise<Workload>;
  /** Those that have ended, too. */
  pods(): Promise<readonly Pod[]>;
  revisions(): Promise<readonly Revision[]>;
  /** What the API says of anything else. */
  ask(what: Resource): Promise<unknown>;
  threshold(id: ThresholdId): Threshold;
}

export function sceneOf(
  target: Target,
  cluster: Cluster,
  { earlier, now }: Pick<Reach, 'earlier' | 'now'>,
  signal: AbortSignal,
): Scene {
  const { container, ...named } = settingsOf(target.service);
  const ask = (what: Resource): Promise<unknown> => cluster.get(what, signal);
  const workload = once(async () => readWorkload(await ask(resourceOf(named)), named));
  return {
    namespace: cluster.namespace,
    now,
    container,
    workload,
    pods: once(async () => {
      const { selector } = await workload();
      const listed = await ask({ group: '', resource: 'pods', labelSelector: selector });
      return readAs(Pods, listed, 'list of pods');
    }),
    revisions: once(async () => {
      const of = await workload();
      return readRevisions(await ask(revisionsResource(of)), of);
    }),
    ask,
    threshold: (id) => thresholdOf(target, id),
    earlier,
  };
}

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | undefined;
  return () => (seen ??= look());
}
