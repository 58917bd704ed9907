import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { StandInCluster } from './cluster.ts';
import { createPods, isReady, type PodObject, type Template } from './kubelet.ts';
import type { KubernetesObject } from './resources.ts';

/** A workload, a ReplicaSet or a replication controller, as much of it as a controller uses. */
export interface Managed extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly paused?: boolean;
    readonly template: Template;
    readonly selector: unknown;
    readonly strategy?: { readonly type: string };
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly Condition[];
    readonly latestVersion?: number;
    readonly currentRevision?: string;
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message?: string;
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime?: string;
}

const REVISION = 'deployment.kubernetes.io/revision';
const LATEST = 'openshift.io/deployment-config.latest-version';
const HASH = 'pod-template-hash';
const KEEPERS = ['replicasets', 'controllerrevisions', 'replicationcontrollers'];
const TIMED_OUT = 'ProgressDeadlineExceeded';

const hashOf = (template: unknown): string =>
  createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);

const without = (named: Readonly<Record<string, string>> | undefined, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(named ?? {}).filter(([name]) => !names.includes(name)));

const withLabels = (template: Template, more: Readonly<Record<string, string>>): Template => ({
  ...template,
  metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...more } },
});

/**
 * The controllers of Deployments, StatefulSets and DeploymentConfigs and the kubelets, one small deed of each at every turn: no
 * clock is in it, the test says when time goes on. What it was checked against stands in README.md.
 */
export function createControllers(cluster: StandInCluster) {
  const pods = createPods(cluster);
  const overdue = new Set<string>();
  const nextRevision = (kept: readonly number[]): number => Math.max(0, ...kept) + 1;
  const put = (object: object): void => cluster.put(object as KubernetesObject);

  const ownedBy = (resource: string, { metadata }: KubernetesObject): readonly Managed[] =>
    (cluster.all(resource) as readonly Managed[]).filter(({ metadata: { ownerReferences = [] } }) =>
      ownerReferences.some(({ uid }) => uid === metadata.uid),
    );
  const ownerOf = ({ kind, apiVersion, metadata: { name, uid } }: KubernetesObject) => [
    { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
  ];

  const begun = (reason: string): Condition => ({
    type: 'Progressing',
    status: 'True',
    reason,
    lastUpdateTime: pods.now(),
    lastTransitionTime: pods.now(),
  });

  /** https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/progress.go, as a table. */
  function progressOf(workload: Managed, counts: Counts, available: string): Condition {
    const { conditions = [], updatedReplicas = 0, replicas = 0 } = workload.status;
    const before = conditions.find(({ type }) => type === 'Progressing');
    const olds = (now: { readonly replicas: number; readonly updatedReplicas: number }): number =>
      now.replicas - now.updatedReplicas;
    const wasComplete = counts.replicas === counts.updatedReplicas && before?.reason === available;
    const isComplete =
      counts.updatedReplicas === workload.spec.replicas &&
      counts.replicas === workload.spec.replicas &&
      counts.availableReplicas === workload.spec.replicas;
    const gotOn =
      counts.updatedReplicas > updatedReplicas || olds(counts) < olds({ replicas, updatedReplicas });
    const said = (status: string, reason: string): Condition =>
      before?.status === status && before.reason === reason
        ? before
        : {
            type: 'Progressing',
            status,
            reason,
            lastUpdateTime: pods.now(),
            lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? '') : pods.now(),
          };
    if (wasComplete && before) return before;
    if (isComplete) return said('True', available);
    if (gotOn) return said('True', 'ReplicaSetUpdated');
    if (before?.reason === TIMED_OUT) return before;
    if (overdue.delete(workload.metadata.name)) return said('False', TIMED_OUT);
    return before ?? said('True', 'ReplicaSetUpdated');
  }

  interface Counts {
    readonly replicas: number;
    readonly updatedReplicas: number;
    readonly readyReplicas: number;
    readonly availableReplicas: number;
  }
  const countsOf = (all: readonly PodObject[], isNew: (pod: PodObject) => boolean): Counts => {
    // Those that end are no longer counted by whoever made them.
    const live = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const ready = live.filter(isReady).length;
    return {
      replicas: live.length,
      updatedReplicas: live.filter(isNew).length,
      readyReplicas: ready,
      availableReplicas: ready,
    };
  };

  /** What makes the pods of its newest template and ends the others, the way that its strategy says. */
  function scale(
    workload: Managed,
    all: readonly PodObject[],
    isNew: (pod: PodObject) => boolean,
    make: () => void,
  ) {
    const { replicas, strategy } = workload.spec;
    const fresh = all.filter(isNew).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const old = all.filter((pod) => !isNew(pod));
    const going = old.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    const staying = old.filter((pod) => !going.includes(pod));
    if (strategy?.type === 'Recreate') {
      if (staying.length > 0) staying.forEach(pods.end);
      else if (old.length === 0 && fresh.length < replicas) make();
      return;
    }
    const surplus = fresh.length + staying.length - replicas;
    const ready = [...fresh, ...staying].filter(isReady).length;
    const [oldest] = [...staying.filter((pod) => !isReady(pod)), ...staying.filter(isReady)];
    if (fresh.length < replicas && surplus < 1) make();
    else if (oldest && (!isReady(oldest) || ready > replicas)) pods.end(oldest);
  }

  function deployment(workload: Managed): void {
    const sets = ownedBy('replicasets', workload);
    const plain = (set: Managed): unknown => ({
      ...set.spec.template,
      metadata: { ...set.spec.template.metadata, labels: without(set.spec.template.metadata?.labels, HASH) },
    });
    const number = ({ metadata }: KubernetesObject): number => Number(metadata.annotations?.[REVISION]);
    const { template, replicas } = workload.spec;
    const newest = sets.find((set) => isDeepStrictEqual(plain(set), template));
    const highest = Math.max(0, ...sets.map(number));
    if (!newest && workload.spec.paused) return observed(workload, {});
    if (!newest || number(newest) < highest) {
      const revision = String(nextRevision(sets.map(number)));
      const hash = hashOf(template);
      put(
        newest
          ? {
              ...newest,
              metadata: {
                ...newest.metadata,
                annotations: { ...newest.metadata.annotations, [REVISION]: revision },
              },
            }
          : {
              kind: 'ReplicaSet',
              apiVersion: 'apps/v1',
              metadata: {
                name: `${workload.metadata.name}-${hash}`,
                uid: `uid-${workload.metadata.name}-${hash}`,
                labels: { ...template.metadata?.labels, [HASH]: hash },
                annotations: { ...without(workload.metadata.annotations, REVISION), [REVISION]: revision },
                ownerReferences: ownerOf(workload),
              },
              spec: {
                replicas,
                selector: workload.spec.selector,
                template: withLabels(template, { [HASH]: hash }),
              },
              status: { replicas: 0 },
            },
      );
      const { generation = 1, annotations } = workload.metadata;
      // The controller's own annotation is an annotation: the generation grows with it.
      put({
        ...workload,
        metadata: {
          ...workload.metadata,
          generation: generation + 1,
          annotations: { ...annotations, [REVISION]: revision },
        },
        ...(!newest && { status: { ...workload.status, conditions: [begun('NewReplicaSetCreated')] } }),
      });
      return;
    }
    const hash = newest.metadata.labels?.[HASH];
    const isNew = (pod: PodObject): boolean => pod.metadata.labels?.[HASH] === hash;
    const own = pods.of(sets);
    if (!workload.spec.paused) scale(workload, own, isNew, () => pods.make(newest));
    const counts = countsOf(pods.of(sets), isNew);
    observed(workload, { ...counts, conditions: [progressOf(workload, counts, 'NewReplicaSetAvailable')] });
  }

  function deploymentConfig(workload: Managed): void {
    const { name } = workload.metadata;
    const kept = ownedBy('replicationcontrollers', workload);
    const number = ({ metadata }: KubernetesObject): number => Number(metadata.annotations?.[LATEST]);
    const marks = ['openshift.io/deployment.name', 'openshift.io/deployment-config.name', LATEST];
    const plain = ({ spec: { template } }: Managed): unknown => ({
      ...template,
      metadata: {
        ...template.metadata,
        labels: without(template.metadata?.labels, 'deployment', 'deploymentconfig'),
        annotations: without(template.metadata?.annotations, ...marks),
      },
    });
    const { template, replicas } = workload.spec;
    const { latestVersion = 0 } = workload.status;
    const newest = kept.find((one) => number(one) === latestVersion);
    const wanted = {
      ...template,
      metadata: {
        ...template.metadata,
        labels: template.metadata?.labels ?? {},
        annotations: template.metadata?.annotations ?? {},
      },
    };
    if (newest && !isDeepStrictEqual(plain(newest), wanted))
      // The version grows first; that it has seen the change it says only when the new controller is there.
      return put({ ...workload, status: { ...workload.status, latestVersion: latestVersion + 1 } });
    if (!newest) {
      const own = `${name}-${latestVersion}`;
      const labels = { ...template.metadata?.labels, deployment: own, deploymentconfig: name };
      const annotations = { [marks[0]!]: own, [marks[1]!]: name, [LATEST]: String(latestVersion) };
      put({
        kind: 'ReplicationController',
        apiVersion: 'v1',
        metadata: {
          name: own,
          uid: `uid-${own}`,
          labels: { 'openshift.io/deployment-config.name': name },
          annotations,
          ownerReferences: ownerOf(workload),
        },
        spec: {
          replicas,
          selector: labels,
          template: {
            ...template,
            metadata: {
              ...template.metadata,
              labels,
              annotations: { ...template.metadata?.annotations, ...annotations },
            },
          },
        },
        status: { replicas: 0 },
      });
      return observed(workload, { conditions: [begun('NewReplicationControllerCreated')] });
    }
    const isNew = (pod: PodObject): boolean => pod.metadata.labels?.['deployment'] === newest.metadata.name;
    scale(workload, pods.of(kept), isNew, () => pods.make(newest));
    const counts = countsOf(pods.of(kept), isNew);
    observed(workload, {
      ...counts,
      conditions: [progressOf(workload, counts, 'NewReplicationControllerAvailable')],
    });
  }

  function statefulSet(workload: Managed): void {
    const { name } = workload.metadata;
    const { template, replicas } = workload.spec;
    type Kept = KubernetesObject & { readonly revision: number };
    const kept = ownedBy('controllerrevisions', workload) as unknown as readonly Kept[];
    const data = { spec: { template: { ...template, $patch: 'replace' } } };
    const numbers = kept.map(({ revision }) => revision);
    const same = kept.find((one) => isDeepStrictEqual(one['data'], data));
    if (!same || same.revision < Math.max(...numbers)) {
      const made = {
        kind: 'ControllerRevision',
        apiVersion: 'apps/v1',
        metadata: {
          name: `${name}-${hashOf(template)}`,
          labels: template.metadata?.labels,
          ownerReferences: ownerOf(workload),
        },
        data,
      };
      return put({ ...(same ?? made), revision: nextRevision(numbers) });
    }
    const updateRevision = same.metadata.name;
    const mark = 'controller-revision-hash';
    const revisionOf = ({ metadata }: PodObject): string => metadata.labels?.[mark] ?? '';
    const own = pods.of([workload]);
    const ordinals = Array.from({ length: replicas }, (_none, ordinal) => `${name}-${ordinal}`);
    const missing = ordinals.find((one) => !own.some(({ metadata }) => metadata.name === one));
    const isNew = (pod: PodObject): boolean => revisionOf(pod) === updateRevision;
    // One after the other, and never past one that is not ready: not even to replace that one.
    const waits = own.some((pod) => pod.metadata.deletionTimestamp !== undefined || !isReady(pod));
    if (missing !== undefined) {
      pods.make(
        {
          ...workload,
          spec: { ...workload.spec, template: withLabels(template, { [mark]: updateRevision }) },
        },
        missing,
      );
    } else if (!waits) {
      const last = own
        .toSorted((a, b) => b.metadata.name.localeCompare(a.metadata.name))
        .find((pod) => !isNew(pod));
      if (last) pods.end(last);
    }
    const now = pods.of([workload]);
    const counts = countsOf(now, isNew);
    const isDone = counts.updatedReplicas === replicas && counts.readyReplicas === replicas;
    const currentRevision = isDone ? updateRevision : (workload.status.currentRevision ?? updateRevision);
    observed(workload, {
      ...counts,
      currentRevision,
      updateRevision,
      currentReplicas: now.filter((pod) => revisionOf(pod) === currentRevision).length,
    });
  }

  /** The status as it is now; nothing is written where nothing changed. */
  function observed(before: Managed, status: object): void {
    const { resource } = { resource: RESOURCES[before.kind] ?? '' };
    const workload = cluster.object(resource, before.metadata.name) as Managed;
    const next = { ...workload.status, ...status, observedGeneration: before.metadata.generation };
    if (!isDeepStrictEqual(next, workload.status)) put({ ...workload, status: next });
  }

  const RESOURCES: Readonly<Record<string, string>> = {
    Deployment: 'deployments',
    StatefulSet: 'statefulsets',
    DeploymentConfig: 'deploymentconfigs',
  };
  const deeds = { deployments: deployment, statefulsets: statefulSet, deploymentconfigs: deploymentConfig };

  return {
    /** How pods of an image end up: ready where nothing else was said. */
    fates: pods.fates,
    /** One deed of every controller and every kubelet. */
    turn(): void {
      pods.turn();
      for (const [resource, deed] of Object.entries(deeds))
        for (const workload of cluster.all(resource) as readonly Managed[]) deed(workload);
    },
    /** Turns until nothing changes any more. */
    settle(): void {
      const states = (): string =>
        JSON.stringify([...Object.keys(deeds), ...KEEPERS, 'pods'].map((resource) => cluster.all(resource)));
      for (let turn = 0, before = ''; turn < 200 && before !== states(); turn++) {
        before = states();
        this.turn();
      }
    },
    /** The time of a rollout's progress is over. */
    expire(name: string): void {
      overdue.add(name);
    },
    /** Somebody deletes a pod by hand. */
    deletePod: (name: string): void => pods.endNamed(name),
  };
}

export type Controllers = ReturnType<typeof createControllers>;
