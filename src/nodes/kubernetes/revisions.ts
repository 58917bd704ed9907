import { z } from 'zod';

import type { Resource } from '#src/domain/cluster.ts';
import { claimsOf, HeldTemplate, listOf, Meta, readAs } from './meta.ts';
import type { WorkloadKind } from './settings.ts';
import type { Workload } from './workload.ts';

/** An earlier or the present template of a workload, to which it can be undone. */
export interface Revision {
  readonly revision: number;
  /** The object that holds it. */
  readonly name: string;
  readonly containers: Workload['containers'];
  readonly claims: readonly string[];
  /** The whole template, as its keeper has it. It may hold secrets: never shown, logged or kept. */
  readonly held: Readonly<Record<string, unknown>>;
  readonly isCurrent: boolean;
}

const ReplicaSet = z.object({ metadata: Meta, spec: z.object({ template: HeldTemplate }) });
const ControllerRevision = z.object({
  metadata: Meta,
  revision: z.int().nonnegative(),
  data: z.object({ spec: z.object({ template: HeldTemplate }) }),
});

interface Kept {
  readonly metadata: Meta;
  readonly template: z.infer<typeof HeldTemplate>;
  readonly revision: number;
}

const numbered = (annotation: string) =>
  ReplicaSet.transform(({ metadata, spec }): Kept => {
    const revision = Number(metadata.annotations?.[annotation] ?? Number.NaN);
    return { metadata, template: spec.template, revision };
  });

/** Who keeps the revisions of which kind, and where they are numbered. */
const KEEPERS = {
  deployment: {
    resource: { group: 'apps', resource: 'replicasets' },
    shape: listOf('ReplicaSetList', numbered('deployment.kubernetes.io/revision')),
  },
  statefulset: {
    resource: { group: 'apps', resource: 'controllerrevisions' },
    shape: listOf(
      'ControllerRevisionList',
      ControllerRevision.transform(({ metadata, revision, data }): Kept => {
        return { metadata, template: data.spec.template, revision };
      }),
    ),
  },
  deploymentconfig: {
    resource: { group: '', resource: 'replicationcontrollers' },
    shape: listOf('ReplicationControllerList', numbered('openshift.io/deployment-config.latest-version')),
  },
} as const satisfies Record<WorkloadKind, { resource: Resource; shape: z.ZodType<readonly Kept[]> }>;

/** Replication controllers carry their config's name; the others the labels of the pods. */
export const revisionsResource = ({ kind, name, selector }: Workload): Resource => ({
  ...KEEPERS[kind].resource,
  labelSelector: kind === 'deploymentconfig' ? `openshift.io/deployment-config.name=${name}` : selector,
});

/** The newest first. Throws OutsideError. */
export function readRevisions(answer: unknown, workload: Workload): readonly Revision[] {
  const kept = readAs<readonly Kept[]>(KEEPERS[workload.kind].shape, answer, 'list of revisions');
  const own = kept
    .filter(({ metadata, revision }) => Number.isInteger(revision) && isOwned(metadata, workload))
    .toSorted((a, b) => b.revision - a.revision);
  return own.map(({ metadata, template: { whole, read }, revision }, index) => ({
    revision,
    name: metadata.name,
    held: whole,
    claims: claimsOf(read.spec),
    containers: read.spec.containers,
    isCurrent:
      workload.kind === 'statefulset' && workload.revision !== undefined
        ? metadata.name === workload.revision
        : index === 0,
  }));
}

/** Labels may be shared with another workload; the owner is not. */
const isOwned = ({ ownerReferences }: Meta, { uid }: Workload): boolean =>
  uid === undefined || (ownerReferences ?? []).some((owner) => owner.uid === uid);

/** To which a rollout that cannot be finished is best undone: the newest one with other images, else the one before. */
export function bestEarlier(kept: readonly Revision[]): Revision | undefined {
  const current = kept.find(({ isCurrent }) => isCurrent);
  const others = kept.filter(({ isCurrent }) => !isCurrent);
  const imagesOf = (revision: Revision | undefined): string => JSON.stringify(revision?.containers);
  return others.find((one) => imagesOf(one) !== imagesOf(current)) ?? others[0];
}
