import type { StandInCluster } from './cluster.ts';
import type { Managed } from './controllers.ts';
import type { KubernetesObject } from './resources.ts';

export interface Template {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
}

export interface PodObject extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly deletionTimestamp?: string;
  };
  readonly spec: Template['spec'];
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** How a pod ends up: it serves, it ends again and again, its image cannot be had, it runs and never serves. */
export type Fate = 'ready' | 'crash' | 'no-image' | 'ill';

export const isReady = ({ status }: PodObject): boolean =>
  (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');

const BEGAN = Date.parse('2026-11-21T12:00:00Z');

/** The pods of a cluster with their kubelets: one thing happens to each at every turn. */
export function createPods(cluster: StandInCluster) {
  const fates = new Map<string, Fate>();
  let made = 0;
  let turns = 0;
  const now = (): string => new Date(BEGAN + turns * 1_000).toISOString();
  const all = (): readonly PodObject[] => cluster.all('pods') as readonly PodObject[];

  /** Pending, running, and then what its image makes of it. */
  function next(pod: PodObject): void {
    const { metadata, spec, status } = pod;
    if (metadata.deletionTimestamp !== undefined) {
      cluster.remove('pods', metadata.name);
      return;
    }
    const fate = fates.get(spec.containers[0]?.image ?? '') ?? 'ready';
    const isStarted = status.phase === 'Running';
    if (isStarted && isReady(pod)) return;
    const is = fate === 'ready' && isStarted ? 'True' : 'False';
    const phase = fate === 'no-image' ? 'Pending' : 'Running';
    const containers = spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: fate === 'no-image' ? '' : `${image}@sha256:${'1'.repeat(64)}`,
      ready: is === 'True',
      ...stateOf(fate, isStarted, now()),
    }));
    cluster.put({
      ...pod,
      status: {
        phase,
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: now() },
          { type: 'Ready', status: is, lastTransitionTime: now() },
        ],
        containerStatuses: containers,
      },
    });
  }

  const end = (pod: PodObject): void => {
    if (pod.metadata.deletionTimestamp === undefined)
      cluster.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: now() } } as KubernetesObject);
  };

  return {
    fates,
    now,
    of: (owners: readonly KubernetesObject[]): readonly PodObject[] => {
      const uids = owners.map(({ metadata }) => metadata.uid);
      return all().filter(({ metadata }) =>
        (metadata.ownerReferences ?? []).some(({ uid }) => uids.includes(uid)),
      );
    },
    make(
      { kind, apiVersion, metadata: owner, spec }: Managed,
      name = `${owner.name}-${(++made).toString(36).padStart(5, 'x')}`,
    ): void {
      made += 1;
      cluster.put({
        kind: 'Pod',
        metadata: {
          name,
          uid: `uid-${name}-${made}`,
          creationTimestamp: now(),
          labels: spec.template.metadata?.labels,
          ownerReferences: [{ apiVersion, kind, name: owner.name, uid: owner.uid, controller: true }],
        },
        spec: spec.template.spec,
        status: { phase: 'Pending', conditions: [], containerStatuses: [] },
      } as unknown as KubernetesObject);
    },
    end,
    endNamed(name: string): void {
      const pod = all().find(({ metadata }) => metadata.name === name);
      if (!pod) throw new Error(`there is no pod ${name}`);
      end(pod);
    },
    turn(): void {
      turns += 1;
      all().forEach(next);
    },
  };
}

function stateOf(fate: Fate, isStarted: boolean, at: string): object {
  if (fate === 'no-image')
    return {
      restartCount: 0,
      started: false,
      state: { waiting: { reason: 'ImagePullBackOff' } },
      lastState: {},
    };
  if (fate === 'ready' || fate === 'ill' || !isStarted)
    return { restartCount: 0, started: true, state: { running: { startedAt: at } }, lastState: {} };
  return {
    restartCount: 3,
    started: false,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
    lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: at, startedAt: at } },
  };
}
