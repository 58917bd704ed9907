import { z } from 'zod';

import type { Service } from '#src/domain/node.ts';

/** The kinds of workload, with the short names that kubectl and oc take. */
const KINDS = {
  deployment: 'deployment',
  deploy: 'deployment',
  statefulset: 'statefulset',
  sts: 'statefulset',
  deploymentconfig: 'deploymentconfig',
  dc: 'deploymentconfig',
} as const;
export type WorkloadKind = (typeof KINDS)[keyof typeof KINDS];

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const Workload = z.string().refine((text) => workloadNamed(text) !== undefined, {
  error: 'must be a kind and a name like statefulset/kmd: deployment, statefulset or deploymentconfig',
});

/** What a service says of itself beside the keys of every service. */
export const Settings = z.strictObject({
  workload: Workload,
  /** Whose image tells the version; the first one where it is not given. */
  container: z.string().min(1).optional(),
});

export interface WorkloadName {
  readonly kind: WorkloadKind;
  readonly name: string;
}

function workloadNamed(text: string): WorkloadName | undefined {
  const [kind = '', name = '', ...more] = text.split('/');
  const known = Object.entries(KINDS).find(([word]) => word === kind.toLowerCase())?.[1];
  return known && NAME.test(name) && more.length === 0 ? { kind: known, name } : undefined;
}

/** What is looked at. Throws when the settings are not those that the schema lets in: our own fault. */
export function settingsOf({
  settings,
}: Service): WorkloadName & { readonly container?: string | undefined } {
  const { workload, container } = Settings.parse(settings ?? {});
  return { ...workloadNamed(workload)!, container };
}
