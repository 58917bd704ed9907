/** An object as the API gives it. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly generation?: number;
    readonly ownerReferences?: readonly { readonly uid: string; readonly [key: string]: unknown }[];
    readonly resourceVersion?: string;
  };
  readonly [key: string]: unknown;
}

interface Resource {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
}

export const CORE: readonly Resource[] = [
  { group: '', resource: 'pods', kind: 'Pod' },
  { group: '', resource: 'replicationcontrollers', kind: 'ReplicationController' },
  { group: '', resource: 'secrets', kind: 'Secret' },
  { group: 'apps', resource: 'deployments', kind: 'Deployment' },
  { group: 'apps', resource: 'statefulsets', kind: 'StatefulSet' },
  { group: 'apps', resource: 'replicasets', kind: 'ReplicaSet' },
  { group: 'apps', resource: 'controllerrevisions', kind: 'ControllerRevision' },
];

const OPENSHIFT: readonly Resource[] = [
  { group: 'apps.openshift.io', resource: 'deploymentconfigs', kind: 'DeploymentConfig' },
  { group: 'image.openshift.io', resource: 'imagestreams', kind: 'ImageStream' },
];

export const resourcesOf = (isOpenShift: boolean): readonly Resource[] =>
  isOpenShift ? [...CORE, ...OPENSHIFT] : CORE;

export interface Asked extends Resource {
  readonly namespace: string;
  readonly name?: string | undefined;
  readonly sub?: string | undefined;
}

/** What a path asks for; undefined where this API serves nothing. */
export function askedBy(path: string, known: readonly Resource[]): Asked | undefined {
  const words = path.split('/').slice(1).map(decodeURIComponent);
  const [root, group = ''] = words;
  const rest = root === 'api' ? words.slice(1) : words.slice(2);
  const [version, namespaces, namespace, plural, name, sub, ...more] = rest;
  if ((root !== 'api' && root !== 'apis') || version !== 'v1' || namespaces !== 'namespaces')
    return undefined;
  const found = known.find((one) => one.group === (root === 'api' ? '' : group) && one.resource === plural);
  if (!found || !namespace || more.length > 0) return undefined;
  return { ...found, namespace, name, sub };
}
