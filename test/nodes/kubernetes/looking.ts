import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { Cluster } from '#src/domain/cluster.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { NodeId, Service, ServiceId, Target } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { kubernetes } from '#src/nodes/kubernetes/index.ts';
import { root } from '#test/real/root.ts';
import type { KubernetesObject } from '#test/stand-ins/kubernetes/resources.ts';

export const NOW = new Date('2026-11-21T12:00:00Z');

interface Recorded extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** An object as a cluster gave it; test/recorded/kubernetes. */
export const recording = (name: string): Recorded =>
  JSON.parse(readFileSync(join(root, 'test/recorded/kubernetes', `${name}.json`), 'utf8')) as Recorded;

interface Asked {
  readonly workload?: string;
  readonly container?: string | undefined;
  readonly kubeconfig?: string;
  readonly thresholds?: Target['thresholds'];
  readonly access?: Partial<Extract<Target['node']['access'], { kind: 'kubernetes' }>>;
}

/** One workload of seat red_EU on red-1, in namespace komodo. */
export function targetOf({
  workload = 'statefulset/kmd',
  container,
  kubeconfig,
  thresholds = {},
  access = {},
}: Asked = {}): Target {
  const service: Service = {
    id: 'KMD' as ServiceId,
    kind: 'kubernetes',
    coin: 'KMD',
    settings: { workload, ...(container !== undefined && { container }) },
    thresholds: {},
  };
  const node: Target['node'] = {
    id: 'red-1' as NodeId,
    seat: 'red_EU' as SeatId,
    access: {
      kind: 'kubernetes',
      namespace: 'komodo',
      ...(kubeconfig !== undefined && { kubeconfig, context: 'test' }),
      ...access,
    },
    services: [service],
  };
  return { node, service, thresholds, utxoSats: 10_000 };
}

/** What an API answers, by the resource that is asked for: JSON, or a function of the question. */
export type Answers = Readonly<Record<string, unknown>>;

export const notFound = (): never => {
  throw new OutsideError('kubernetes', 'not-found', 'there is no such object');
};

/** A cluster that answers from memory; what is not there is not found. */
export const clusterOf = (answers: Answers): Cluster => ({
  namespace: 'komodo',
  async get({ resource }) {
    const answer = answers[resource] ?? notFound;
    return typeof answer === 'function' ? (answer as () => unknown)() : answer;
  },
  patch: () => Promise.reject(new Error('a look writes nothing')),
  log: () => Promise.reject(new Error('a look reads no log')),
});

const executorOf = (cluster: Cluster): Executor => ({ cluster: () => cluster }) as unknown as Executor;

interface Looking extends Asked {
  readonly executor?: Executor | undefined;
  readonly earlier?: readonly CheckResult[] | undefined;
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

/** The results of one look at what an API answers. */
export async function look(
  answers: Answers,
  { earlier, now = NOW, signal = AbortSignal.timeout(5_000), executor, ...asked }: Looking = {},
) {
  const reach = {
    executor: executor ?? executorOf(clusterOf(answers)),
    now,
    ...(earlier && {
      earlier: { node: 'red-1', service: 'KMD', state: 'up', results: earlier, at: '', tookMs: 0 } as const,
    }),
  };
  const results = await kubernetes.look(targetOf(asked), reach, signal);
  const byCheck = new Map(results.map((result) => [result.check, result]));
  const finding = (check: string) => byCheck.get(check)?.finding;
  return {
    results,
    of: (check: string) => byCheck.get(check),
    state: (check: string) => finding(check)?.state,
    why(check: string): string {
      const found = finding(check);
      return found && 'why' in found ? found.why : '';
    },
    facts(check: string) {
      const found = finding(check);
      return found && 'facts' in found ? found.facts : {};
    },
    alert: (check: string) => byCheck.get(check)?.alertname,
  };
}

/** A list of these, as the API gives it. */
export const listOf = (kind: string, ...items: readonly object[]): object => ({
  kind: `${kind}List`,
  apiVersion: 'v1',
  metadata: { resourceVersion: '1' },
  items,
});

const DIGEST = `sha256:${'0'.repeat(64)}`;
export const digest = (figure: string): string => DIGEST.replace('0', figure);

const LABELS = { app: 'kmd' };
const IMAGE = 'registry.example.org:5000/komodo/komodod:v0.9.2-2';

interface Shape {
  readonly image?: string;
  readonly replicas?: number;
  readonly spec?: object;
  readonly status?: object;
  readonly metadata?: object;
  readonly volumes?: readonly object[];
}

/** A StatefulSet that is fine. */
export const statefulset = ({
  image = IMAGE,
  replicas = 1,
  spec,
  status,
  metadata,
  volumes,
}: Shape = {}) => ({
  kind: 'StatefulSet',
  apiVersion: 'apps/v1',
  metadata: { name: 'kmd', uid: 'uid-kmd', generation: 3, labels: LABELS, ...metadata },
  spec: {
    replicas,
    serviceName: 'kmd',
    selector: { matchLabels: LABELS },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    template: templateOf(image, volumes),
    ...spec,
  },
  status: {
    observedGeneration: 3,
    replicas,
    readyReplicas: replicas,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
    currentRevision: 'kmd-7',
    updateRevision: 'kmd-7',
    ...status,
  },
});

/** A Deployment that is fine. */
export const deployment = ({ image = IMAGE, replicas = 1, spec, status, metadata, volumes }: Shape = {}) => ({
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name: 'kmd', uid: 'uid-kmd', generation: 3, labels: LABELS, ...metadata },
  spec: {
    replicas,
    selector: { matchLabels: LABELS },
    strategy: { type: 'Recreate' },
    template: templateOf(image, volumes),
    ...spec,
  },
  status: {
    observedGeneration: 3,
    replicas,
    readyReplicas: replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
    ],
    ...status,
  },
});

const templateOf = (image: string, volumes?: readonly object[]) => ({
  metadata: { creationTimestamp: null, labels: LABELS },
  spec: { containers: [{ name: 'komodod', image }], ...(volumes && { volumes }) },
});

interface PodShape {
  readonly name?: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly since?: string;
  readonly container?: object;
  readonly status?: object;
  readonly metadata?: object;
  readonly volumes?: readonly object[];
}

/** A pod that is fine, of the kind's labels; without what a list's items leave out. */
export const pod = ({
  name = 'kmd-0',
  image = IMAGE,
  ready = true,
  since = '2026-11-21T11:00:00Z',
  container,
  status,
  metadata,
  volumes,
}: PodShape = {}) => ({
  metadata: {
    name,
    uid: `uid-${name}`,
    creationTimestamp: '2026-11-20T12:00:00Z',
    labels: LABELS,
    ...metadata,
  },
  spec: { containers: [{ name: 'komodod', image }], ...(volumes && { volumes }) },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-11-20T12:00:00Z' },
      { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since },
    ],
    containerStatuses: [
      {
        name: 'komodod',
        image,
        imageID: `registry.example.org:5000/komodo/komodod@${digest('1')}`,
        ready,
        restartCount: 0,
        state: { running: { startedAt: '2026-11-20T12:00:10Z' } },
        lastState: {},
        ...container,
      },
    ],
    ...status,
  },
});

/** The revisions of the StatefulSet. */
export const controllerRevisions = (...images: readonly string[]) =>
  listOf(
    'ControllerRevision',
    ...images.map((image, index) => ({
      metadata: {
        name: `kmd-${index + 1}`,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'kmd', uid: 'uid-kmd', controller: true },
        ],
      },
      revision: index + 1,
      data: { spec: { template: { ...templateOf(image), $patch: 'replace' } } },
    })),
  );

/** Everything that a look at a StatefulSet asks for, all well. */
export const fine = (changes: Answers = {}): Answers => ({
  statefulsets: statefulset({ status: { updateRevision: 'kmd-2', currentRevision: 'kmd-2' } }),
  pods: listOf('Pod', pod()),
  controllerrevisions: controllerRevisions('komodod:v0.9.1', IMAGE),
  ...changes,
});

/** Ends with the test. */
export function ending<T extends AsyncDisposable>(one: T): T {
  onTestFinished(() => one[Symbol.asyncDispose]());
  return one;
}
