import { isDeepStrictEqual } from 'node:util';

import { applied, type Operation } from './json-patch.ts';
import { invalid, type Refusal, unprocessable } from './refusals.ts';
import type { Asked, KubernetesObject } from './resources.ts';

interface Spec {
  readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: unknown }[] } };
  readonly selector?: unknown;
}

/**
 * What a JSON patch makes of a workload: its status stays, its generation grows with its spec (and with its annotations, of a
 * Deployment: those are copied to its ReplicaSets).
 */
export function patched(
  old: KubernetesObject,
  operations: readonly Operation[],
  asked: Asked,
): KubernetesObject | Refusal {
  let next: KubernetesObject;
  try {
    next = applied(old, operations);
  } catch {
    return unprocessable();
  }
  const spec = (next['spec'] ?? {}) as Spec;
  const containers = spec.template?.spec?.containers ?? [];
  const nameless = containers.findIndex(({ image }) => typeof image !== 'string' || image === '');
  if (containers.length === 0 || nameless >= 0)
    return invalid(asked, `spec.template.spec.containers[${Math.max(0, nameless)}].image`, '""');
  if (!isDeepStrictEqual(spec.selector, (old['spec'] as Spec).selector))
    return invalid(asked, 'spec.selector', 'field is immutable');
  const isAnother =
    !isDeepStrictEqual(next['spec'], old['spec']) ||
    (old.kind === 'Deployment' &&
      !isDeepStrictEqual(next.metadata.annotations ?? {}, old.metadata.annotations ?? {}));
  const { generation = 1 } = old.metadata;
  return {
    ...next,
    status: old['status'],
    metadata: {
      ...next.metadata,
      uid: old.metadata.uid,
      generation: isAnother ? generation + 1 : generation,
    },
  } as KubernetesObject;
}
