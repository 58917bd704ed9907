import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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
import { type Kind, KINDS, openRollouts, V1 } from '#test/nodes/kubernetes/rolling.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { root } from '#test/real/root.ts';
import { startCluster, TOKEN } from '#test/stand-ins/kubernetes/cluster.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';
import { strangeObject } from '#test/stand-ins/kubernetes/published.ts';
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

describe('manifests', () => {
  test('there are some of each', () => {
    expect(files).toEqual(['looking.yaml', 'reaching-in.yaml', 'rollouts.yaml', 'tocsin.yaml']);
    expect(all.length).toBeGreaterThan(8);
  });

  test.each(
    all.map(({ file, manifest }) => [`${manifest.kind} ${manifest.metadata.name} of ${file}`, manifest]),
  )('%s is as the published OpenAPI has it', (_name, manifest) => {
    expect(strangeObject(manifest)).toEqual([]);
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

describe('the roles for looking and for rollouts', () => {
  const both = [...rulesOf('looking.yaml'), ...rulesOf('rollouts.yaml')];

  test.each(KINDS)('suffice together for both remedies of a %s', async (of) => {
    const { carriedOut, running } = await openRollouts({ kind: of, cluster: { rules: both } });
    expect(await carriedOut('rollout-restart')).toMatchObject({ state: 'succeeded' });
    expect(await carriedOut('rollout-undo', { to: '1' })).toMatchObject({ state: 'succeeded' });
    expect(running()).toEqual([V1]);
  });

  test.each(KINDS)(
    'without any one resource of it, a remedy of a %s says which, or tells less',
    async (of) => {
      const apart = both.flatMap((rule) =>
        rule.resources.map((resource) => ({ ...rule, resources: [resource] })),
      );
      const needed = apart.filter(({ resources: [resource = ''] }) => NEEDED[of].includes(resource));
      expect(needed.map(({ verbs, resources }) => `${verbs.join()} ${resources.join()}`)).toHaveLength(5);
      for (const left of needed) {
        const [resource = ''] = left.resources;
        const rules = apart.filter((rule) => rule !== left);
        const rolled = await openRollouts({ kind: of, cluster: { rules }, waits: { hopelessMs: 5 } });
        rolled.controllers.fates.set(V1, 'no-image');
        const refused = await rolled.refusal('rollout-undo', { to: '1' });
        const words =
          refused === 'not refused' ? (await rolled.carriedOut('rollout-undo', { to: '1' })).reason : refused;
        expect(words, resource).toContain(`our role lacks "${left.verbs.join()}" on ${resource}`);
      }
    },
  );

  test('do not reach another workload, and change nothing else', async () => {
    const { cluster, executor, world } = await openRollouts({
      kind: 'statefulset',
      cluster: { rules: both },
    });
    const api = executor.cluster!(world.fleet.targets()[0]!.node);
    const operations = [{ op: 'add', path: '/metadata/labels', value: {} }] as const;
    const patch = (group: '' | 'apps', resource: string, name: string) =>
      api.patch({ what: { group, resource, name }, operations }, AbortSignal.timeout(10_000));
    for (const [group, resource, name] of [
      ['apps', 'statefulsets', 'ltc'],
      ['apps', 'replicasets', 'kmd'],
      ['', 'pods', 'kmd-0'],
      ['', 'secrets', 'kmd'],
    ] as const)
      await expect(patch(group, resource, name), resource).rejects.toThrow(/our role lacks "patch"/);
    expect(cluster.patches).toEqual([]);
  });
});

test('every right of the three roles is needed by something that Tocsin does, and it needs no other', async () => {
  const rules = ['looking.yaml', 'reaching-in.yaml', 'rollouts.yaml'].flatMap(rulesOf);
  const { cluster, executor, kubeconfig } = await clusterWith(rules);
  for (const workload of ['statefulset/kmd', 'deployment/kmd', 'deploymentconfig/example'])
    await kind.look(targetOf({ workload, kubeconfig }), { executor, now: NOW }, AbortSignal.timeout(10_000));
  const { node } = targetOf({ kubeconfig, access: { pod: 'app=kmd' } });
  const wire = await executor.connect(node, { host: '127.0.0.1', port: 7771 }, AbortSignal.timeout(10_000));
  wire.on('error', () => undefined).destroy();
  const needed = new Set(cluster.rights);
  for (const of of KINDS) {
    const rolled = await openRollouts({ kind: of, cluster: { rules }, waits: { hopelessMs: 5 } });
    expect(await rolled.carriedOut('rollout-restart')).toMatchObject({ state: 'succeeded' });
    // Of a pod that does not start its last words are asked for.
    rolled.controllers.fates.set(V1, 'no-image');
    expect(await rolled.carriedOut('rollout-undo', { image: 'v0.9.1' })).toMatchObject({ state: 'failed' });
    for (const right of rolled.cluster.rights) needed.add(right);
  }
  const given = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
    ),
  );
  expect([...needed].toSorted()).toEqual([...new Set(given)].toSorted());
});

/** What a remedy of this kind asks for. */
const NEEDED: Readonly<Record<Kind, readonly string[]>> = {
  deployment: ['deployments', 'replicasets', 'pods', 'pods/log'],
  statefulset: ['statefulsets', 'controllerrevisions', 'pods', 'pods/log'],
  deploymentconfig: ['deploymentconfigs', 'replicationcontrollers', 'pods', 'pods/log'],
};

test('a look at a fine cluster costs three requests', async () => {
  const { cluster, executor, kubeconfig } = await clusterWith(rulesOf('looking.yaml'));
  await kind.look(targetOf({ kubeconfig }), { executor, now: NOW }, AbortSignal.timeout(10_000));
  expect(cluster.requests.map((line) => line.replace(/\?.*/, '')).toSorted()).toEqual([
    'GET /api/v1/namespaces/komodo/pods',
    'GET /apis/apps/v1/namespaces/komodo/controllerrevisions',
    'GET /apis/apps/v1/namespaces/komodo/statefulsets/kmd',
  ]);
});
