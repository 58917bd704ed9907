import { z } from 'zod';

import type { Resource } from '#src/domain/cluster.ts';
import { claimsOf, Condition, HeldTemplate, Meta, readAs } from './meta.ts';
import type { WorkloadKind, WorkloadName } from './settings.ts';

/** What keeps pods running, of whichever kind: https://kubernetes.io/docs/concepts/workloads/controllers/ */
export interface Workload extends WorkloadName {
  readonly uid: string | undefined;
  /** Another one with every change of it, its status included. */
  readonly version: string | undefined;
  /** What else keeps it as it wants it: an operator, a larger resource. */
  readonly owner: string | undefined;
  /** Label selector of its pods. */
  readonly selector: string;
  /** How many pods it should have. */
  readonly replicas: number;
  /** How many it has, of any template; how many of the newest; how many of those have been ready for long enough. */
  readonly current: number;
  readonly updated: number;
  readonly available: number;
  /** The newest version of it that anybody wrote, and that its controller has seen. */
  readonly generation: number;
  readonly observedGeneration: number;
  readonly paused: boolean;
  /** Its newest template was rolled out to the end: what is wrong since then is not the rollout. */
  readonly wasComplete: boolean;
  readonly strategy: string;
  /** Pods below this ordinal stay as they are; of StatefulSets. */
  readonly partition: number;
  readonly progressing: Condition | undefined;
  /** The pods could not be made at all: a quota, an admission. */
  readonly failing: Condition | undefined;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  /** The container that kubectl takes when none is named. */
  readonly defaultContainer: string | undefined;
  readonly claims: readonly string[];
  /** Of a StatefulSet: the name of the ControllerRevision that its pods become. Of a DeploymentConfig: its latest version. */
  readonly revision: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** What its pods are made from, whole. It may hold secrets: never shown, logged or kept. */
  readonly template: Readonly<Record<string, unknown>>;
  readonly templateAnnotations: Readonly<Record<string, string>> | undefined;
  /** A change of its template is rolled out without being asked for: all but a DeploymentConfig without that trigger. */
  readonly rollsByItself: boolean;
  /** The triggers that a DeploymentConfig carries. */
  readonly imageTriggers: readonly ImageTrigger[];
}

/** A tag of an image stream that the workload follows. */
export interface ImageTrigger {
  readonly name: string;
  readonly namespace?: string | undefined;
  /** A newer image of it goes into the template. */
  readonly isAutomatic: boolean;
}

/** Left out by the API when they are 0. */
const Count = z.int().nonnegative().default(0);

const Expression = z.object({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).nullish(),
});
const Selector = z
  .object({
    matchLabels: z.record(z.string(), z.string()).nullish(),
    matchExpressions: z.array(Expression).nullish(),
  })
  .transform(selectorWords)
  .refine((words) => words !== '');

const Status = z.object({
  observedGeneration: Count,
  replicas: Count,
  updatedReplicas: Count,
  availableReplicas: Count,
  conditions: z.array(Condition).nullish(),
  updateRevision: z.string().optional(),
  latestVersion: z.int().optional(),
});

const spec = {
  replicas: z.int().nonnegative(),
  paused: z.boolean().optional(),
  template: HeldTemplate,
};
const meta = Meta.required({ generation: true });
const strategy = z.object({ type: z.string().max(50) });

const Deployment = z.object({
  kind: z.literal('Deployment'),
  metadata: meta,
  spec: z.object({ ...spec, selector: Selector, strategy }),
  status: Status,
});

/** Before 1.22 it does not count those that are available, and pods of the one revision there is only as current. */
const StatefulSetStatus = Status.extend({
  availableReplicas: z.int().nonnegative().optional(),
  readyReplicas: Count,
  currentReplicas: Count,
  currentRevision: z.string().optional(),
}).transform(({ availableReplicas, readyReplicas, currentReplicas, currentRevision, ...status }) => ({
  ...status,
  availableReplicas: availableReplicas ?? readyReplicas,
  wasComplete: currentRevision !== undefined && currentRevision === status.updateRevision,
  updatedReplicas:
    currentRevision !== undefined && currentRevision === status.updateRevision
      ? Math.max(status.updatedReplicas, currentReplicas)
      : status.updatedReplicas,
}));

const StatefulSet = z
  .object({
    kind: z.literal('StatefulSet'),
    metadata: meta,
    spec: z.object({
      ...spec,
      selector: Selector,
      updateStrategy: z.object({
        type: z.string().max(50),
        rollingUpdate: z.object({ partition: z.int().nonnegative().optional() }).nullish(),
      }),
    }),
    status: StatefulSetStatus,
  })
  .transform(({ spec: { updateStrategy, ...rest }, ...more }) => ({
    ...more,
    spec: { ...rest, strategy: updateStrategy, partition: updateStrategy.rollingUpdate?.partition },
  }));

const Trigger = z.object({
  type: z.string().optional(),
  imageChangeParams: z
    .object({
      automatic: z.boolean().optional(),
      from: z.object({
        kind: z.string(),
        name: z.string().max(300),
        namespace: z.string().max(253).optional(),
      }),
    })
    .nullish(),
});

/** https://docs.openshift.com/container-platform/4.14/rest_api/workloads_apis/deploymentconfig-apps-openshift-io-v1.html */
const DeploymentConfig = z.object({
  kind: z.literal('DeploymentConfig'),
  metadata: meta,
  spec: z.object({
    ...spec,
    selector: z
      .record(z.string(), z.string())
      .transform((matchLabels) => selectorWords({ matchLabels }))
      .refine((words) => words !== ''),
    strategy,
    triggers: z.array(Trigger).nullish(),
  }),
  status: Status,
});

const SHAPES = {
  deployment: Deployment,
  statefulset: StatefulSet,
  deploymentconfig: DeploymentConfig,
} as const satisfies Record<WorkloadKind, z.ZodType>;

const WHERE: Readonly<Record<WorkloadKind, Pick<Resource, 'group' | 'resource'>>> = {
  deployment: { group: 'apps', resource: 'deployments' },
  statefulset: { group: 'apps', resource: 'statefulsets' },
  deploymentconfig: { group: 'apps.openshift.io', resource: 'deploymentconfigs' },
};

export const resourceOf = ({ kind, name }: WorkloadName): Resource & { readonly name: string } => ({
  ...WHERE[kind],
  name,
});

/** Throws OutsideError for what is not this workload. */
export function readWorkload(answer: unknown, { kind, name }: WorkloadName): Workload {
  const read = readAs<z.infer<(typeof SHAPES)[WorkloadKind]>>(SHAPES[kind], answer, kind);
  const { metadata, spec, status } = read;
  // Another one's state would be taken for this one's.
  readAs(z.literal(name), metadata.name, `${kind} ${name}`);
  const conditions = status.conditions ?? [];
  const progressing = conditions.find(({ type }) => type === 'Progressing');
  // Without any word of them it has the one for changes of its template; an empty list means none.
  const triggers =
    'triggers' in spec ? (spec.triggers ?? [{ type: CONFIG_CHANGE }]) : [{ type: CONFIG_CHANGE }];
  const { whole, read: template } = spec.template;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return {
    kind,
    name,
    uid: metadata.uid,
    version: metadata.resourceVersion,
    owner: owner && `${owner.kind ?? 'owner'} ${owner.name ?? owner.uid}`,
    selector: spec.selector,
    replicas: spec.replicas,
    current: status.replicas,
    updated: status.updatedReplicas,
    available: status.availableReplicas,
    generation: metadata.generation,
    observedGeneration: status.observedGeneration,
    paused: spec.paused ?? false,
    strategy: spec.strategy.type,
    partition: ('partition' in spec && spec.partition) || 0,
    progressing,
    wasComplete: 'wasComplete' in status ? status.wasComplete : COMPLETE.has(progressing?.reason ?? ''),
    failing: conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True'),
    containers: template.spec.containers,
    defaultContainer: template.metadata?.annotations?.['kubectl.kubernetes.io/default-container'],
    claims: claimsOf(template.spec),
    template: whole,
    templateAnnotations: template.metadata?.annotations ?? undefined,
    rollsByItself: triggers.some(({ type }) => type === CONFIG_CHANGE),
    revision: status.updateRevision ?? status.latestVersion?.toString(),
    annotations: metadata.annotations ?? {},
    imageTriggers: triggers.flatMap(({ imageChangeParams: change }) =>
      change?.from.kind === 'ImageStreamTag'
        ? [{ ...change.from, isAutomatic: change.automatic ?? false }]
        : [],
    ),
  };
}

const CONFIG_CHANGE = 'ConfigChange';
/** What a Deployment and a DeploymentConfig say of a rollout that is over; it stays until the next one. */
const COMPLETE: ReadonlySet<string> = new Set([
  'NewReplicaSetAvailable',
  'NewReplicationControllerAvailable',
]);

/** As a list call takes it; https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function selectorWords(selector: {
  readonly matchLabels?: Readonly<Record<string, string>> | null | undefined;
  readonly matchExpressions?: readonly z.infer<typeof Expression>[] | null | undefined;
}): string {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const among = `(${(values ?? []).join(',')})`;
    switch (operator) {
      case 'In':
        return `${key} in ${among}`;
      case 'NotIn':
        return `${key} notin ${among}`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
    }
  });
  return [...labels, ...expressions].join(',');
}
