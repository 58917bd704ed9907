import type { Cluster } from '#src/domain/cluster.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Executor, Executors } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying } from '#src/domain/remedy.ts';
import { type Scene, sceneOf } from '../scene.ts';

export interface Waits {
  readonly everyMs: number;
  /** Longest time in which the change is tried again where the cluster gave no answer. */
  readonly writeMs: number;
  /** Longest wait for the rollout. */
  readonly rolloutMs: number;
  /** How long a pod may fail to start, whatever deadline Kubernetes has for it. */
  readonly hopelessMs: number;
  /** Longest wait for the node's daemons to answer. */
  readonly answersMs: number;
}

export const WAITS: Waits = {
  everyMs: 2_000,
  writeMs: 2 * 60_000,
  rolloutMs: 30 * 60_000,
  hopelessMs: 10 * 60_000,
  answersMs: 15 * 60_000,
};

/** A rollout that a remedy carries out. */
export interface Rolling {
  readonly carrying: Carrying;
  readonly cluster: Cluster;
  readonly waits: Waits;
  /** What is seen at this moment. */
  look(): Scene;
}

const LOOK_MS = 15_000;

/** The API of the target's cluster. Throws UserError where its node is in none. */
export function clusterOf(executors: Executors, { node }: Target): Cluster {
  const executor = executors(node);
  const cluster = executor?.cluster?.(node);
  if (cluster) return cluster;
  throw new UserError(`${node.id}: ${notInCluster({ node }, executor)}.`);
}

/** Why no rollout can be done there; undefined where it can. */
export const notInCluster = (
  _target: Pick<Target, 'node'>,
  executor: Executor | undefined,
): string | undefined =>
  executor?.cluster
    ? undefined
    : 'its node is not in a cluster: a rollout needs access: { kind: kubernetes, namespace: … } in the fleet file';

export function sceneNow(target: Target, cluster: Cluster, signal?: AbortSignal): Scene {
  const bound = AbortSignal.timeout(LOOK_MS);
  const until = signal ? AbortSignal.any([signal, bound]) : bound;
  return sceneOf(target, cluster, { now: new Date(), earlier: undefined }, until);
}

export function rollingOf(carrying: Carrying, waits: Waits): Rolling {
  const { target, executors, signal } = carrying;
  const cluster = clusterOf(executors, target);
  return { carrying, cluster, waits, look: () => sceneNow(target, cluster, signal) };
}
