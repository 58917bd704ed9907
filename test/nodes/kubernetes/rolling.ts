import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { Arguments, Request } from '#src/domain/remedy.ts';
import type { Access, Service, ServiceId } from '#src/domain/node.ts';
import { createRolloutRestart } from '#src/nodes/kubernetes/remedies/rollout-restart.ts';
import { createRolloutUndo } from '#src/nodes/kubernetes/remedies/rollout-undo.ts';
import type { Waits } from '#src/nodes/kubernetes/rolling/rolling.ts';
import { kubernetes } from '#src/remediation/executors/kubernetes.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { startCluster, type StandInCluster, TOKEN } from '#test/stand-ins/kubernetes/cluster.ts';
import { type Controllers, createControllers } from '#test/stand-ins/kubernetes/controllers.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';
import type { PodObject } from '#test/stand-ins/kubernetes/kubelet.ts';
import type { KubernetesObject } from '#test/stand-ins/kubernetes/resources.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  remediationWorld,
  type World,
} from '#test/stand-ins/remediation/world.ts';

import { deployment, ending, statefulset } from './looking.ts';

export const V1 = 'registry.example.org:5000/komodo/komodod:v0.9.1';
export const V2 = 'registry.example.org:5000/komodo/komodod:v0.9.2';

export const RESOURCES = {
  deployment: 'deployments',
  statefulset: 'statefulsets',
  deploymentconfig: 'deploymentconfigs',
} as const;
export type Kind = keyof typeof RESOURCES;
export const KINDS = Object.keys(RESOURCES) as readonly Kind[];

/** A workload that nobody has rolled out yet; its template holds a secret. */
export function fresh(kind: Kind, image: string, spec: object = {}): KubernetesObject {
  const shape = { image, metadata: { generation: 1 }, spec, status: {} };
  const made = kind === 'statefulset' ? statefulset(shape) : deployment(shape);
  const container = { name: 'komodod', image, env: [{ name: 'RPC_PASSWORD', value: 'hunter2-hunter2' }] };
  const template = { ...made.spec.template, spec: { containers: [container] } };
  const base = { ...made, spec: { ...made.spec, template, ...spec }, status: {} };
  if (kind !== 'deploymentconfig') return base;
  return {
    ...base,
    kind: 'DeploymentConfig',
    apiVersion: 'apps.openshift.io/v1',
    spec: { ...base.spec, selector: { app: 'kmd' }, triggers: [{ type: 'ConfigChange' }], ...spec },
    status: { latestVersion: 1 },
  };
}

export const withImage = (object: KubernetesObject, image: string): KubernetesObject => {
  const { spec, metadata } = object as KubernetesObject & {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } };
  };
  const { template } = spec;
  const containers = template.spec.containers.map((one) => ({ ...one, image }));
  return {
    ...object,
    metadata: { ...metadata, generation: (metadata.generation ?? 1) + 1 },
    spec: { ...spec, template: { ...template, spec: { ...template.spec, containers } } },
  };
};

export interface Rolled {
  readonly cluster: StandInCluster;
  readonly controllers: Controllers;
  readonly executor: Executor;
  readonly world: World;
  readonly resource: string;
  readonly kubeconfig: string;
  /** The workload as it is. */
  now(): KubernetesObject;
  /** Somebody else gives it another image. */
  setImage(image: string): void;
  pods(): readonly string[];
  /** Images of the pods. */
  running(): readonly string[];
  written(): number;
  /** Why it is not asked for. */
  refusal(remedy: string, args?: Arguments): Promise<string>;
  /** Asked for, approved by another, carried out to its end. */
  carriedOut(remedy: string, args?: Arguments): Promise<Request>;
  ended(id: string): Promise<Request>;
  /**
   * Carries an approved request out by a process that dies at its first moment, by one that dies at its second … until one lives to
   * its end, each from the same beginning; what the next process made of it is told with how often the dead one had written.
   */
  diedAtEveryMoment(id: string, told: (end: DeathAndAfter) => void): Promise<void>;
}

interface DeathAndAfter {
  readonly diedAt: number;
  readonly writtenBefore: number;
  readonly written: number;
  readonly request: Request;
}

interface Opening {
  readonly kind: Kind;
  readonly spec?: object;
  readonly waits?: Partial<Waits>;
  readonly cluster?: Parameters<typeof startCluster>[0];
  readonly access?: object;
  readonly services?: readonly Service[];
  /** How far the controllers get between two looks. */
  readonly turns?: number;
}

export const FAST: Waits = {
  everyMs: 1,
  writeMs: 5_000,
  rolloutMs: 5_000,
  hopelessMs: 5_000,
  answersMs: 1_000,
};

const workloadService = (kind: Kind): Service => ({
  id: 'KMD' as ServiceId,
  kind: 'kubernetes',
  coin: 'KMD',
  settings: { workload: `${kind}/kmd` },
  thresholds: {},
});

/** A cluster in which a workload runs v0.9.2 and ran v0.9.1 before; with every look at it its controllers get on. */
export async function openRollouts(opening: Opening): Promise<Rolled> {
  const { kind, spec, waits, access = {}, services = [], turns = 1 } = opening;
  const cluster = ending(await startCluster({ isOpenShift: true, ...opening.cluster }));
  const controllers = createControllers(cluster);
  const resource = RESOURCES[kind];
  cluster.put(fresh(kind, V1, spec));
  controllers.settle();
  const now = (): KubernetesObject => cluster.object(resource, 'kmd')!;
  const setImage = (image: string): void => cluster.put(withImage(now(), image));
  setImage(V2);
  controllers.settle();
  cluster.heard((line) => {
    if (!line.startsWith('GET') || !line.includes(`/${resource}/kmd`)) return;
    for (let turn = 0; turn < turns; turn++) controllers.turn();
  });

  const folder = temporaryFolder('rollouts');
  onTestFinished(() => folder[Symbol.dispose]());
  const kubeconfig = await kubeconfigFor({
    url: cluster.url,
    token: TOKEN,
    file: join(folder.path, 'kubeconfig'),
  });
  const executor = kubernetes();
  onTestFinished(() => executor[Symbol.dispose]?.());
  const there = { kind: 'kubernetes', namespace: 'komodo', kubeconfig, context: 'test', ...access } as Access;
  const pace = { ...FAST, ...waits };
  const [requests, leases] = [memoryRequests(), memoryLeases()];
  const world = remediationWorld({
    remedies: [createRolloutRestart(pace), createRolloutUndo(pace)],
    executors: () => executor,
    requests,
    leases,
  });
  world.fleet = fleetWith(node([workloadService(kind), ...services], there));
  const ended = async (id: string): Promise<Request> => {
    await world.carryOut(id);
    const request = await world.requests.get(id);
    if (!request) throw new Error(`no request ${id}`);
    return request;
  };
  const written = (): number =>
    cluster.patches.filter(({ isRehearsal, isRefused }) => !isRehearsal && !isRefused).length;
  return {
    cluster,
    controllers,
    executor,
    world,
    resource,
    kubeconfig,
    now,
    setImage,
    pods: () => cluster.all('pods').map(({ metadata }) => metadata.uid ?? ''),
    running: () =>
      (cluster.all('pods') as readonly PodObject[]).flatMap(({ spec: { containers } }) =>
        containers.map(({ image }) => image),
      ),
    refusal: (remedy, args) =>
      world.request('alice', remedy, args).then(
        () => 'not refused',
        (error: Error) => `${error.name} ${error.message}`,
      ),
    ended,
    carriedOut: async (remedy, args) => ended((await world.approved('anna', remedy, args)).id),
    async diedAtEveryMoment(id, told) {
      const back = cluster.kept();
      const approved = await requests.get(id);
      for (let diedAt = 1; ; diedAt++) {
        back();
        requests.put(approved!);
        const before = written();
        const process = mortal(diedAt);
        const killed = world.another({
          requests: usedBy(process, requests),
          leases: usedBy(process, leases),
          executors: () => ({ ...executor, cluster: (at) => usedBy(process, executor.cluster!(at)) }),
        });
        await killed(id).catch(() => undefined);
        leases.steal('remedy:alpha-main');
        if (!process.dead) return;
        const writtenBefore = written() - before;
        const request = await ended(id);
        told({ diedAt, writtenBefore, written: written() - before, request });
      }
    },
    written,
  };
}
