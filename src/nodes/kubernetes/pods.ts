import { z } from 'zod';

import { claimsOf, Condition, listOf, Meta, PodSpec, Time, Words } from './meta.ts';

/** A container of a pod, as its kubelet saw it last. */
export interface Container {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly running: boolean;
  /** Digest of what really runs, where the runtime tells it. */
  readonly digest: string | undefined;
  /** Why it waits to be started. */
  readonly waiting: string | undefined;
  /** How it ended: just now, or the time before. */
  readonly ended: Ended | undefined;
}

export interface Ended {
  readonly reason: string;
  readonly exitCode: number;
  readonly at: string | undefined;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ */
export interface Pod {
  readonly name: string;
  readonly uid: string;
  /** Which template it was made from, as its controller marks it. */
  readonly revision: string | undefined;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** Of the whole pod: Evicted, NodeLost. */
  readonly reason: string | undefined;
  readonly ready: boolean;
  /** Since when it has not been ready. */
  readonly unreadySince: string | undefined;
  /** Why no machine takes it. */
  readonly unschedulable: string | undefined;
  readonly deletedAt: string | undefined;
  readonly containers: readonly Container[];
  readonly images: Readonly<Record<string, string>>;
  readonly claims: readonly string[];
}

// What it printed at its end stands in `message`, too: it may be secret and is not read.
const Terminated = z.object({
  exitCode: z.int(),
  reason: Words.nullish(),
  finishedAt: Time.nullish(),
});
const State = z.object({
  waiting: z.object({ reason: Words.nullish() }).nullish(),
  running: z.looseObject({}).nullish(),
  terminated: Terminated.nullish(),
});
const ContainerStatus = z.object({
  name: z.string(),
  ready: z.boolean(),
  restartCount: z.int().nonnegative(),
  imageID: z.string().nullish(),
  state: State.nullish(),
  lastState: State.nullish(),
});

const Shape = z.object({
  metadata: Meta,
  spec: PodSpec,
  status: z.object({
    phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
    reason: Words.nullish(),
    conditions: z.array(Condition).nullish(),
    containerStatuses: z.array(ContainerStatus).nullish(),
    initContainerStatuses: z.array(ContainerStatus).nullish(),
  }),
});

/** The pods of a list, of the oldest form that the API has to the newest. */
export const Pods = listOf('PodList', Shape.transform(podOf));

/** Whether it was made from the template that the revision of this name keeps: a ReplicaSet's name ends with its mark. */
export const isOfRevision = ({ revision }: Pod, name: string): boolean =>
  revision !== undefined && (name === revision || name.endsWith(`-${revision}`));

/** That run, or should: what has ended is the record of a pod. */
export const isLive = ({ phase }: Pod): boolean => phase !== 'Succeeded' && phase !== 'Failed';

/** Of a StatefulSet, a Deployment, a DeploymentConfig. */
const REVISION_LABELS = ['controller-revision-hash', 'pod-template-hash', 'deployment'];

function podOf({ metadata, spec, status }: z.infer<typeof Shape>): Pod {
  const conditions = new Map((status.conditions ?? []).map((one) => [one.type, one]));
  const ready = conditions.get('Ready');
  const scheduled = conditions.get('PodScheduled');
  return {
    name: metadata.name,
    uid: metadata.uid ?? metadata.name,
    revision: REVISION_LABELS.flatMap((label) => metadata.labels?.[label] ?? [])[0],
    phase: status.phase,
    reason: status.reason ?? undefined,
    ready: ready?.status === 'True',
    unreadySince:
      ready?.status === 'True'
        ? undefined
        : ((ready ?? scheduled)?.lastTransitionTime ?? metadata.creationTimestamp ?? undefined),
    unschedulable:
      scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason ?? 'no reason') : undefined,
    deletedAt: metadata.deletionTimestamp ?? undefined,
    containers: [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
      containerOf,
    ),
    images: Object.fromEntries(spec.containers.map(({ name, image }) => [name, image])),
    claims: claimsOf(spec),
  };
}

function containerOf(status: z.infer<typeof ContainerStatus>): Container {
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  return {
    name: status.name,
    ready: status.ready,
    restarts: status.restartCount,
    running: Boolean(status.state?.running),
    digest: /sha256:[0-9a-f]{64}$/.exec(status.imageID ?? '')?.[0],
    waiting: status.state?.waiting ? (status.state.waiting.reason ?? 'no reason') : undefined,
    ended: ended
      ? { reason: ended.reason ?? 'no reason', exitCode: ended.exitCode, at: ended.finishedAt ?? undefined }
      : undefined,
  };
}
