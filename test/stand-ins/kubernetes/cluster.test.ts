import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import {
  type ApiException,
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1Status,
} from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test } from 'vitest';

import { controllerRevisions, ending, pod, recording, statefulset } from '#test/nodes/kubernetes/looking.ts';
import { fresh, V1, V2, withImage } from '#test/nodes/kubernetes/rolling.ts';
import { temporaryFolder } from '#test/real/folder.ts';

import { certificateIn } from './certificate.ts';
import { startCluster, TOKEN } from './cluster.ts';
import { createControllers } from './controllers.ts';
import { kubeconfigFor } from './kubeconfig.ts';
import { tooMany } from './refusals.ts';

/** The vendor's client over TLS, as anybody would use it. */
async function open(options: Parameters<typeof startCluster>[0] = {}) {
  const folder = temporaryFolder('stand-in');
  onTestFinished(() => folder[Symbol.dispose]());
  const certificate = certificateIn(folder.path);
  const cluster = ending(await startCluster({ ...options, certificate }));
  const config = new KubeConfig();
  const file = join(folder.path, 'kubeconfig');
  config.loadFromFile(await kubeconfigFor({ url: cluster.url, token: TOKEN, ca: certificate.cert, file }));
  cluster.put(statefulset());
  cluster.put({ kind: 'Pod', ...pod() });
  return { cluster, config, core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
}

const failure = async (work: Promise<unknown>): Promise<ApiException<string>> =>
  (await work.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  )) as ApiException<string>;

test("the client's own classes read objects and lists, and their selectors", async () => {
  const { cluster, core, apps } = await open();
  const namespace = 'komodo';
  const one = await apps.readNamespacedStatefulSet({ name: 'kmd', namespace });
  expect(one.status?.updateRevision).toBe('kmd-7');
  expect(one.metadata?.namespace).toBe(namespace);
  const { items } = controllerRevisions('a:1', 'b:2') as { items: readonly { metadata: { name: string } }[] };
  for (const item of items) cluster.put({ kind: 'ControllerRevision', ...item });
  const revisions = await apps.listNamespacedControllerRevision({ namespace });
  expect(revisions.items.map(({ revision }) => revision)).toEqual([1, 2]);
  const count = async (labelSelector: string) =>
    (await core.listNamespacedPod({ namespace, labelSelector })).items.length;
  expect(await count('app=kmd')).toBe(1);
  expect(await count('app=ltc')).toBe(0);
  expect(await count('app in (ltc, kmd),!gone,app')).toBe(1);
  expect(await count('app notin (kmd)')).toBe(0);
  const listed = await core.listNamespacedPod({ namespace });
  expect(listed.items[0]?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  expect(listed.items[0]?.kind).toBeUndefined();
});

test('a list that goes on, and one that is too old to', async () => {
  const { cluster, core } = await open();
  for (let turn = 1; turn < 4; turn++) cluster.put({ kind: 'Pod', ...pod({ name: `kmd-${turn}` }) });
  const namespace = 'komodo';
  const first = await core.listNamespacedPod({ namespace, limit: 3 });
  const _continue = first.metadata?._continue ?? expect.unreachable('it does not go on');
  expect((await core.listNamespacedPod({ namespace, limit: 3, _continue })).items).toHaveLength(1);
  cluster.compact();
  const error = await failure(core.listNamespacedPod({ namespace, limit: 3, _continue }));
  expect([error.code, JSON.parse(error.body)]).toMatchObject([410, { reason: 'Expired' }]);
});

test('refusals are those that were recorded', async () => {
  const rules = [{ apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get'] }];
  const { cluster, core, apps } = await open({ rules });
  const forbidden = await failure(core.listNamespacedPod({ namespace: 'default' }));
  const recorded = JSON.stringify(recording('status-forbidden'));
  expect(forbidden.code).toBe(403);
  expect(JSON.parse(forbidden.body)).toEqual(
    JSON.parse(recorded.replace('serviceaccount:default:default', 'serviceaccount:tocsin:tocsin')),
  );
  const missing = await failure(apps.readNamespacedStatefulSet({ name: 'ltc', namespace: 'komodo' }));
  expect(JSON.parse(missing.body)).toMatchObject({
    kind: 'Status',
    reason: 'NotFound',
    message: 'statefulsets.apps "ltc" not found',
    code: 404,
  });
  cluster.fail(tooMany(3));
  const busy = await failure(core.listNamespacedPod({ namespace: 'komodo' }));
  expect([busy.code, busy.headers['retry-after']]).toEqual([429, '3']);
});

test("the client's own Exec runs a program, and is told how it ended", async () => {
  const { cluster, config } = await open();
  cluster.runs((argv) => ({ exitCode: 3, stdout: argv.join(' '), stderr: 'no' }));
  const [out, errors] = [new PassThrough(), new PassThrough()];
  const { promise: ended, resolve } = Promise.withResolvers<V1Status>();
  await new Exec(config).exec(
    'komodo',
    'kmd-0',
    'komodod',
    ['echo', 'a b'],
    out,
    errors,
    null,
    false,
    resolve,
  );
  expect(await ended).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
  expect([await text(out), await text(errors)]).toEqual(['echo a b', 'no']);
});

test("the client's own PortForward reaches a port", async () => {
  const { cluster, config } = await open();
  const echo = createServer((socket) => socket.pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  onTestFinished(() => void echo.close());
  cluster.ports.set(7771, (echo.address() as AddressInfo).port);
  const [out, input] = [new PassThrough(), new PassThrough()];
  await new PortForward(config).portForward('komodo', 'kmd-0', [7771], out, null, input);
  input.write('ping');
  const [bytes] = (await once(out, 'data')) as [Buffer];
  expect(bytes.toString()).toBe('ping');
});

describe('writes', () => {
  const namespace = 'komodo';
  const patching = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
  const at = '/spec/template/metadata/annotations';
  const annotate = [{ op: 'add', path: at, value: { 'kubectl.kubernetes.io/restartedAt': 'now' } }];

  test("the client's own JSON patch changes what it says; the generation grows with the spec", async () => {
    const { apps } = await open();
    const before = await apps.readNamespacedStatefulSet({ name: 'kmd', namespace });
    const rehearsed = await apps.patchNamespacedStatefulSet(
      { name: 'kmd', namespace, body: annotate, dryRun: 'All' },
      patching,
    );
    expect(rehearsed.spec?.template.metadata?.annotations).toEqual(annotate[0]?.value);
    expect(await apps.readNamespacedStatefulSet({ name: 'kmd', namespace })).toEqual(before);
    const after = await apps.patchNamespacedStatefulSet({ name: 'kmd', namespace, body: annotate }, patching);
    expect(after.metadata?.generation).toBe((before.metadata?.generation ?? 0) + 1);
    expect(after.metadata?.resourceVersion).not.toBe(before.metadata?.resourceVersion);
    expect(after.status).toEqual(before.status);
  });

  test.each([
    [
      'a test that does not hold',
      [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }],
      422,
      'Invalid',
    ],
    [
      'a container without image',
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: '' }],
      422,
      'Invalid',
    ],
    [
      'another selector',
      [{ op: 'replace', path: '/spec/selector/matchLabels/app', value: 'x' }],
      422,
      'Invalid',
    ],
  ])('%s is refused, and nothing is written', async (_what, body, code, reason) => {
    const { apps } = await open();
    const before = await apps.readNamespacedStatefulSet({ name: 'kmd', namespace });
    const error = await failure(apps.patchNamespacedStatefulSet({ name: 'kmd', namespace, body }, patching));
    expect([error.code, (JSON.parse(error.body) as { reason: string }).reason]).toEqual([code, reason]);
    expect(await apps.readNamespacedStatefulSet({ name: 'kmd', namespace })).toEqual(before);
  });

  test('a role must have patch, by name where it names', async () => {
    const rules = [
      { apiGroups: ['apps'], resources: ['statefulsets'], resourceNames: ['ltc'], verbs: ['patch'] },
    ];
    const { apps } = await open({ rules });
    const error = await failure(
      apps.patchNamespacedStatefulSet({ name: 'kmd', namespace, body: annotate }, patching),
    );
    expect(JSON.parse(error.body)).toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('cannot patch resource "statefulsets" in API group "apps"') as string,
    });
  });

  test("the client's own log call reads the tail of what a container says", async () => {
    const { cluster, core } = await open();
    cluster.says('kmd-0', 'komodod', 'one\ntwo\nthree');
    const of = { name: 'kmd-0', namespace, container: 'komodod' };
    expect(await core.readNamespacedPodLog({ ...of, tailLines: 2 })).toBe('two\nthree');
    const error = await failure(core.readNamespacedPodLog({ ...of, previous: true }));
    expect([error.code, error.body]).toEqual([
      400,
      expect.stringContaining('previous terminated container') as string,
    ]);
  });
});

describe('controllers', () => {
  test.each(['deployment', 'statefulset'] as const)(
    "%s: what they make is read by the client's own classes",
    async (kind) => {
      const { cluster, core, apps } = await open();
      const controllers = createControllers(cluster);
      cluster.remove('pods', 'kmd-0');
      cluster.remove('statefulsets', 'kmd');
      cluster.put(fresh(kind, V1));
      controllers.settle();
      cluster.put(withImage(fresh(kind, V1), V2));
      controllers.settle();
      const namespaced = { namespace: 'komodo' };
      const lists = {
        V1PodList: await core.listNamespacedPod(namespaced),
        V1ReplicaSetList: await apps.listNamespacedReplicaSet(namespaced),
        V1ControllerRevisionList: await apps.listNamespacedControllerRevision(namespaced),
      };
      expect(lists.V1PodList.items.map(({ spec }) => spec?.containers[0]?.image)).toEqual([V2]);
      const numbers = [
        ...lists.V1ReplicaSetList.items.map(
          ({ metadata }) => metadata?.annotations?.['deployment.kubernetes.io/revision'],
        ),
        ...lists.V1ControllerRevisionList.items.map(({ revision }) => String(revision)),
      ];
      expect(numbers).toEqual(['1', '2']);
    },
  );
});
