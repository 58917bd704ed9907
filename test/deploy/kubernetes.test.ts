import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as models from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { VARIABLES } from '#src/config/schema.ts';
import { kubernetes as kind } from '#src/nodes/kubernetes/index.ts';
import { kubernetes } from '#src/remediation/executors/kubernetes.ts';
import {
  controllerRevisions,
  deployment,
  ending,
  NOW,
  pod,
  recording,
  statefulset,
  targetOf,
} from '#test/nodes/kubernetes/looking.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { root } from '#test/real/root.ts';
import { startCluster, TOKEN } from '#test/stand-ins/kubernetes/cluster.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';
import type { Rule } from '#test/stand-ins/kubernetes/rbac.ts';

const folder = join(root, 'deploy/kubernetes');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly [key: string]: unknown;
}

const manifestsIn = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
const files = readdirSync(folder).toSorted();
const all = files.flatMap((file) => manifestsIn(file).map((manifest) => ({ file, manifest })));

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const modelOf = (type: string): Model | undefined =>
  (models as unknown as Readonly<Record<string, Model | undefined>>)[type];

/** Where a manifest has keys that the published API (Kubernetes 1.36, by the client's models) does not know. */
function unknownKeys(value: unknown, type: string, path = ''): readonly string[] {
  const [, item] = /^Array<(.*)>$/.exec(type) ?? [];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((one, index) => unknownKeys(one, item, `${path}[${index}]`));
  }
  const [, entry] = /^\{ \[key: string\]: (.*); \}$/.exec(type) ?? [];
  if (entry !== undefined)
    return Object.entries(value as object).flatMap(([key, one]) => unknownKeys(one, entry, `${path}.${key}`));
  const model = modelOf(type);
  if (!model?.getAttributeTypeMap) {
    const primitive = ['string', 'number', 'boolean'].find((name) => name === type);
    return primitive !== undefined && typeof value !== primitive ? [`${path} is no ${type}`] : [];
  }
  if (typeof value !== 'object' || value === null) return [`${path} is no ${type}`];
  const known = new Map(model.getAttributeTypeMap().map(({ baseName, type: of }) => [baseName, of]));
  return Object.entries(value).flatMap(([key, one]) => {
    const of = known.get(key);
    return of === undefined ? [`${path}.${key}`] : unknownKeys(one, of, `${path}.${key}`);
  });
}

describe('manifests', () => {
  test('there are some of each', () => {
    expect(files).toEqual(['looking.yaml', 'reaching-in.yaml', 'rollouts.yaml', 'tocsin.yaml']);
    expect(all.length).toBeGreaterThan(8);
  });

  test.each(
    all.map(({ file, manifest }) => [`${manifest.kind} ${manifest.metadata.name} of ${file}`, manifest]),
  )('%s has no key that the API does not know', (_name, manifest) => {
    const type = `V1${manifest.kind}`;
    expect(modelOf(type), type).toBeDefined();
    expect(unknownKeys(manifest, type)).toEqual([]);
  });

  test('the check of keys finds a misspelt one, at any depth', () => {
    const pod = {
      kind: 'Pod',
      spec: { containers: [{ name: 'a', imagePullPolcy: 'Always' }], hostPID: 'yes' },
    };
    expect(unknownKeys(pod, 'V1Pod')).toEqual([
      '.spec.containers[0].imagePullPolcy',
      '.spec.hostPID is no boolean',
    ]);
  });

  test('a binding names a role and accounts that are there, with their namespace', () => {
    const there = new Set(all.map(({ manifest }) => `${manifest.kind}/${manifest.metadata.name}`));
    const bindings = all.filter(({ manifest }) => manifest.kind === 'RoleBinding');
    expect(bindings).toHaveLength(3);
    for (const { manifest } of bindings) {
      const { roleRef, subjects } = manifest as unknown as {
        roleRef: { kind: string; name: string };
        subjects: { kind: string; name: string; namespace?: string }[];
      };
      expect(there).toContain(`${roleRef.kind}/${roleRef.name}`);
      for (const { kind: of, name, namespace } of subjects) {
        expect(there).toContain(`${of}/${name}`);
        expect(namespace).toBeDefined();
      }
    }
  });

  test('nothing but reading is allowed but for named workloads, and nothing of secrets', () => {
    const rules = all.flatMap(({ manifest }) => manifest.rules ?? []);
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => verb !== 'get' && verb !== 'list'));
    expect(writing.map(({ resources, verbs, resourceNames }) => [resources, verbs, resourceNames])).toEqual([
      [['pods/portforward'], ['get', 'create'], undefined],
      [['deployments', 'statefulsets'], ['patch'], ['kmd']],
      [['deploymentconfigs'], ['patch'], ['kmd']],
    ]);
    const resources = rules.flatMap((rule) => rule.resources);
    expect(resources.filter((one) => /secrets|configmaps|exec|\*/.test(one))).toEqual([]);
  });

  test("Tocsin's own: its variables exist, it may write only where it must, and never two on one volume", () => {
    const own = manifestsIn('tocsin.yaml').find(({ kind: of }) => of === 'Deployment') as unknown as {
      spec: {
        replicas: number;
        strategy: { type: string };
        template: {
          spec: {
            securityContext: object;
            containers: [{ env: { name: string }[]; securityContext: object; [key: string]: unknown }];
          };
        };
      };
    };
    const { spec } = own.spec.template;
    const [container] = spec.containers;
    const names = new Set<string>(VARIABLES);
    expect(container.env.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container['livenessProbe']).toMatchObject({ httpGet: { path: '/healthz' } });
    expect(container['readinessProbe']).toMatchObject({ httpGet: { path: '/readyz' } });
    expect([own.spec.replicas, own.spec.strategy.type]).toEqual([1, 'Recreate']);
  });
});

const rulesOf = (file: string): readonly Rule[] => manifestsIn(file).flatMap(({ rules }) => rules ?? []);

/** A cluster of OpenShift with every kind of workload, in which our account has these roles and nothing else. */
async function clusterWith(rules: readonly Rule[]) {
  const cluster = ending(await startCluster({ rules, isOpenShift: true, minor: 35 }));
  cluster.put(statefulset({ status: { updateRevision: 'kmd-2', currentRevision: 'kmd-2' } }));
  cluster.put({ kind: 'Pod', ...pod() });
  cluster.put(deployment());
  const config = recording('deploymentconfig-progressing');
  const from = { kind: 'ImageStreamTag', name: 'driver-toolkit:latest' };
  const triggers = [{ type: 'ImageChange', imageChangeParams: { from } }];
  cluster.put({ ...config, spec: { ...config.spec, triggers } });
  cluster.put(recording('imagestream'));
  const { items } = controllerRevisions('komodod:v0.9.1', 'komodod:v0.9.2-2') as {
    items: readonly { metadata: { name: string } }[];
  };
  const labels = { app: 'kmd' };
  for (const item of items)
    cluster.put({ kind: 'ControllerRevision', ...item, metadata: { ...item.metadata, labels } });
  const path = temporaryFolder('role');
  onTestFinished(() => path[Symbol.dispose]());
  const kubeconfig = await kubeconfigFor({ url: cluster.url, token: TOKEN, file: join(path.path, 'config') });
  const executor = kubernetes();
  return { cluster, executor, kubeconfig };
}

describe('the role', () => {
  const workloads = ['statefulset/kmd', 'deployment/kmd', 'deploymentconfig/example'];

  test.each(workloads)('for looking suffices for all that is looked at of %s', async (workload) => {
    const { executor, kubeconfig } = await clusterWith(rulesOf('looking.yaml'));
    const target = targetOf({ workload, kubeconfig });
    const results = await kind.look(target, { executor, now: NOW }, AbortSignal.timeout(10_000));
    const unknown = results.flatMap(({ check, finding }) =>
      finding.state === 'unknown' ? [`${check}: ${finding.why}`] : [],
    );
    expect(unknown).toEqual([]);
    expect(results.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['rollout', 'pods', 'restarts', 'image', 'revisions']),
    );
  });

  test('has no rule that could be left out', async () => {
    const rules = rulesOf('looking.yaml').flatMap((rule) =>
      rule.resources.map((resource) => ({ ...rule, resources: [resource] })),
    );
    for (const rule of rules) {
      const { executor, kubeconfig } = await clusterWith(rules.filter((one) => one !== rule));
      const seen = await Promise.all(
        workloads.map((workload) =>
          kind.look(targetOf({ workload, kubeconfig }), { executor, now: NOW }, AbortSignal.timeout(10_000)),
        ),
      );
      const words = seen.flat().flatMap(({ finding }) => (finding.state === 'unknown' ? [finding.why] : []));
      const [verb = ''] = rule.verbs;
      expect(words.join('\n')).toMatch(`our role lacks "${verb}" on ${rule.resources[0]}`);
    }
  });

  test('for looking does not reach into pods; the other one does, but runs nothing there', async () => {
    const access = { pod: 'app=kmd', exec: true };
    const reach = async (rules: readonly Rule[]) => {
      const { cluster, executor, kubeconfig } = await clusterWith(rules);
      cluster.runs(() => ({ exitCode: 0 }));
      const { node } = targetOf({ kubeconfig, access });
      const wordsOf = (work: Promise<unknown>) =>
        work.then(
          () => 'done',
          (error: unknown) => String(error),
        );
      const signal = AbortSignal.timeout(10_000);
      return [
        await wordsOf(executor.connect(node, { host: '127.0.0.1', port: 7771 }, signal)),
        await wordsOf(executor.run(node, ['id'], { signal })),
      ];
    };
    expect(await reach(rulesOf('looking.yaml'))).toEqual([
      expect.stringMatching(/our role lacks "get" on pods\/portforward/),
      expect.stringMatching(/our role lacks "get" on pods\/exec/),
    ]);
    expect(await reach(rulesOf('reaching-in.yaml'))).toEqual([
      'done',
      expect.stringMatching(/our role lacks "get" on pods\/exec/),
    ]);
  });
});

test('a look at a fine cluster costs three requests', async () => {
  const { cluster, executor, kubeconfig } = await clusterWith(rulesOf('looking.yaml'));
  await kind.look(targetOf({ kubeconfig }), { executor, now: NOW }, AbortSignal.timeout(10_000));
  expect(cluster.requests.map((line) => line.replace(/\?.*/, '')).toSorted()).toEqual([
    'GET /api/v1/namespaces/komodo/pods',
    'GET /apis/apps/v1/namespaces/komodo/controllerrevisions',
    'GET /apis/apps/v1/namespaces/komodo/statefulsets/kmd',
  ]);
});
