import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import type { OutsideError } from '#src/domain/errors.ts';
import { dryRun } from '#src/remediation/executors/dry-run.ts';
import { kubernetes } from '#src/remediation/executors/kubernetes.ts';
import { pod, statefulset, targetOf } from '#test/nodes/kubernetes/looking.ts';
import { certificateIn } from '#test/stand-ins/kubernetes/certificate.ts';
import { TOKEN } from '#test/stand-ins/kubernetes/cluster.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';
import { broken, conflict, denied, invalid, tooMany } from '#test/stand-ins/kubernetes/refusals.ts';

import { failure, folderOf, KMD, loaded, open, PODS, soon } from './opened.ts';

const ASKED = { ...KMD, kind: 'StatefulSet', namespace: 'komodo' };

beforeAll(loaded, 30_000);

describe('what the API answers', () => {
  test('an object, and a list by its selector', async () => {
    const { api, cluster } = await open();
    cluster.put({ kind: 'Pod', ...pod({ name: 'ltc-0', metadata: { labels: { app: 'ltc' } } }) });
    expect(await api.get(KMD, soon())).toMatchObject({ kind: 'StatefulSet', metadata: { name: 'kmd' } });
    const listed = await api.get(PODS, soon());
    expect(listed).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'kmd-0' } }] });
    expect((listed as { items: unknown[] }).items).toHaveLength(1);
    expect(api.namespace).toBe('komodo');
  });

  test('what several ask for at the same moment is asked once, later anew', async () => {
    const { api, cluster } = await open();
    await Promise.all([api.get(PODS, soon()), api.get(PODS, soon()), api.get(KMD, soon())]);
    expect(cluster.requests).toHaveLength(2);
    await api.get(PODS, soon());
    expect(cluster.requests).toHaveLength(3);
  });

  test('connections are kept over TLS, from look to look', async () => {
    const { api, cluster } = await open({ certificate: certificateIn(folderOf()) });
    for (let turn = 0; turn < 5; turn++) await api.get(KMD, soon());
    expect(cluster.connections()).toBe(1);
  });

  test.each([
    ['another token', 401, 'unauthorized', /does not accept our login: renew the token/],
    ['too many requests', tooMany(7), 'rate-limited', /asks us to come back later/],
    ['a broken store', broken(500), 'unavailable', /cannot answer now \(HTTP 500\)/],
    ['no server behind it', broken(503), 'unavailable', /cannot answer now \(HTTP 503\)/],
    ['an old list', { status: 410, body: '' }, 'unavailable', /cannot answer now \(HTTP 410\)/],
    [
      'a login page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
      'unreadable',
      /not of a Kubernetes API \(HTTP 200\)/,
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://elsewhere/' }, body: '' },
      'unreadable',
      /not of a Kubernetes API \(HTTP 302\)/,
    ],
    ['a broken connection', 'break', 'unavailable', /no way to 127\.0\.0\.1/],
  ] as const)('%s is told in words', async (_what, fault, reason, words) => {
    const { api, cluster, file } = await open();
    if (fault === 401) await kubeconfigFor({ url: cluster.url, token: 'another', file });
    else cluster.fail(fault);
    const error = await failure(api.get(KMD, soon()));
    expect(error).toMatchObject({ name: 'OutsideError', system: 'kubernetes', reason });
    expect(error.message).toMatch(words);
    expect(JSON.stringify([error.message, error.cause])).not.toContain(TOKEN);
  });

  test('how long to wait is kept', async () => {
    const { api, cluster } = await open();
    cluster.fail(tooMany(7));
    expect(await failure(api.get(KMD, soon()))).toMatchObject({ retryAfterMs: 7_000 });
  });

  test('an object that is not there is not an API that is not there', async () => {
    const { api } = await open();
    const missing = await failure(api.get({ ...KMD, name: 'ltc' }, soon()));
    expect(missing).toMatchObject({
      reason: 'not-found',
      message: 'there is no statefulset ltc in namespace komodo',
    });
    const config = { group: 'apps.openshift.io', resource: 'deploymentconfigs', name: 'kmd' } as const;
    const unknown = await failure(api.get(config, soon()));
    expect(unknown.reason).toBe('rejected');
    expect(unknown.message).toMatch(/knows no deploymentconfigs \(apps\.openshift\.io\)/);
  });

  test('a 404 of something else is no missing object', async () => {
    const { api, cluster } = await open();
    cluster.fail({ status: 404, body: '<html>nginx</html>' });
    expect((await failure(api.get(KMD, soon()))).reason).toBe('rejected');
  });

  test('what the role lacks is told by verb, resource and namespace', async () => {
    const { api } = await open({
      rules: [{ apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get'] }],
    });
    await api.get(KMD, soon());
    const error = await failure(api.get(PODS, soon()));
    expect(error.reason).toBe('forbidden');
    expect(error.message).toMatch(/our role lacks "list" on pods in namespace komodo/);
    const revisions = { group: 'apps', resource: 'replicasets', labelSelector: 'a=b' } as const;
    expect((await failure(api.get(revisions, soon()))).message).toMatch(
      /lacks "list" on replicasets \(apps\) in namespace komodo/,
    );
  });

  test.each(['hang', 'drip'] as const)('a cluster that would %s is given up by the signal', async (fault) => {
    const { api, cluster } = await open();
    await api.get(KMD, soon());
    cluster.fail(fault);
    const began = performance.now();
    const error = await failure(api.get(KMD, soon(200)));
    expect(error).toMatchObject({ reason: 'timeout' });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('one that gives up leaves the others their answer', async () => {
    const { api, cluster } = await open();
    await api.get(KMD, soon());
    cluster.fail('hang');
    const [given, waiting] = [new AbortController(), new AbortController()];
    const first = failure(api.get(KMD, given.signal));
    const second = api.get(KMD, waiting.signal).catch((error: unknown) => error as OutsideError);
    given.abort();
    expect((await first).reason).toBe('timeout');
    const other = Symbol('waits');
    expect(await Promise.race([second, Promise.resolve(other)])).toBe(other);
    waiting.abort();
    await second;
  });

  test('more than may be read is not read', async () => {
    const { api, cluster } = await open();
    cluster.fail({ status: 200, body: JSON.stringify({ fill: 'x'.repeat(9 * 1024 * 1024) }) });
    expect(await failure(api.get(KMD, soon()))).toMatchObject({ reason: 'unreadable' });
  });
});

describe('who it is', () => {
  test('a certificate of the authority in the kubeconfig is taken', async () => {
    const { api } = await open({ certificate: certificateIn(folderOf()) });
    expect(await api.get(KMD, soon())).toMatchObject({ kind: 'StatefulSet' });
  });

  test.each([
    ['of another authority', '127.0.0.1', true],
    ['for another address', '192.0.2.1', false],
  ])('a certificate %s is not, and nothing is sent', async (_what, address, isAnother) => {
    const certificate = certificateIn(folderOf(), address);
    const { api, cluster, file } = await open({ certificate });
    const ca = isAnother ? certificateIn(folderOf()).cert : certificate.cert;
    await kubeconfigFor({ url: cluster.url, token: TOKEN, file, ca });
    const error = await failure(api.get(KMD, soon()));
    expect(error.reason).toBe('untrusted');
    expect(error.message).toMatch(/is not who it must be/);
    expect(cluster.requests).toEqual([]);
  });

  test('a cluster that does not speak TLS is unreadable', async () => {
    const { api, cluster, file } = await open();
    await kubeconfigFor({ url: cluster.url.replace('http:', 'https:'), token: TOKEN, file });
    expect(await failure(api.get(KMD, soon()))).toMatchObject({ reason: 'unreadable' });
  });

  test('a kubeconfig that skips the check of certificates is refused', async () => {
    const { api, cluster, file } = await open({ certificate: certificateIn(folderOf()) });
    await kubeconfigFor({ url: cluster.url, token: TOKEN, file, skipsVerify: true });
    const error = await failure(api.get(KMD, soon()));
    expect(error.reason).toBe('untrusted');
    expect(error.message).toMatch(/put its certificate-authority into the kubeconfig/);
    expect(cluster.requests).toEqual([]);
  });

  test('plain http is for the own loopback only', async () => {
    const { api, file } = await open();
    await kubeconfigFor({ url: 'http://192.0.2.1:8080', token: TOKEN, file });
    expect((await failure(api.get(KMD, soon()))).message).toMatch(/no https address/);
  });

  test.each([
    ['a file that is not there', undefined, /kubeconfig .* cannot be read \(ENOENT\)/],
    ['one that is not one', `users: [{ token: ${TOKEN}`, /is not one/],
    ['one without the context', '{}', /has no context test|is not one/],
  ])('%s is told without what it holds', async (_what, content, words) => {
    const file = join(folderOf(), 'kubeconfig');
    if (content !== undefined) await writeFile(file, content);
    const api = kubernetes().cluster!(targetOf({ kubeconfig: file }).node);
    const error = await failure(api.get(KMD, soon()));
    expect(error.message).toMatch(words);
    expect(JSON.stringify(error)).not.toContain(TOKEN);
  });

  test('outside a cluster, a node without a kubeconfig says what it needs', async () => {
    const api = kubernetes().cluster!(targetOf().node);
    expect((await failure(api.get(KMD, soon()))).message).toMatch(/must name a kubeconfig or a context/);
  });

  test('a kubeconfig that changes is read again', async () => {
    const { api, cluster, file } = await open();
    await kubeconfigFor({ url: cluster.url, token: 'another', file });
    expect((await failure(api.get(KMD, soon()))).reason).toBe('unauthorized');
    await writeFile(file, '');
    await kubeconfigFor({ url: cluster.url, token: TOKEN, file });
    expect(await api.get(KMD, soon())).toMatchObject({ kind: 'StatefulSet' });
  });

  test('a login program is asked for the token; one that hangs or fails is told without its words', async () => {
    const { api, cluster, file } = await open();
    const program = (script: string) =>
      kubeconfigFor({
        url: cluster.url,
        file,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: process.execPath,
            args: ['-e', script],
            interactiveMode: 'Never',
          },
        },
      });
    await program(
      `console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: '${TOKEN}' } }))`,
    );
    expect(await api.get(KMD, soon())).toMatchObject({ kind: 'StatefulSet' });
    await program(`console.error('${TOKEN}'); process.exit(1)`);
    const error = await failure(api.get(KMD, soon()));
    expect(error).toMatchObject({ reason: 'unauthorized' });
    expect(String(error.stack)).not.toContain(TOKEN);
  });
});

describe('what is changed', () => {
  const change = [{ op: 'add', path: '/metadata/labels/changed', value: 'yes' }] as const;
  const patch = { what: KMD, operations: change };

  test('is there as the API gives it back; a rehearsal changes nothing', async () => {
    const { api, cluster } = await open();
    expect(await api.patch({ ...patch, isRehearsal: true }, soon())).toMatchObject({
      metadata: { labels: { changed: 'yes' } },
    });
    expect(JSON.stringify(await api.get(KMD, soon()))).not.toContain('changed');
    expect(await api.patch(patch, soon())).toMatchObject({ metadata: { labels: { changed: 'yes' } } });
    expect(JSON.stringify(await api.get(KMD, soon()))).toContain('changed');
    expect(cluster.requests.filter((line) => line.startsWith('PATCH'))).toEqual([
      expect.stringMatching(/\?fieldManager=tocsin&dryRun=All$/),
      expect.stringMatching(/\?fieldManager=tocsin$/),
    ]);
  });

  test.each([
    [
      'somebody was faster',
      conflict(ASKED),
      'rejected',
      false,
      /changed by somebody else at the same moment/,
    ],
    [
      'a field is wrong',
      invalid(ASKED, 'spec.template.spec.containers[0].image', 'hunter2'),
      'rejected',
      false,
      /refuses what was to be written, at spec\.template\.spec\.containers\[0\]\.image$/,
    ],
    ['a quota', denied(ASKED, 'exceeded quota: compute'), 'rejected', false, /refuses: .*exceeded quota/],
    ['too many requests', tooMany(7), 'rate-limited', false, /come back later/],
    ['a broken store', broken(500), 'unavailable', true, /HTTP 500/],
    ['a lost answer', 'lost', 'unavailable', true, /no way to/],
    ['a login page', { status: 200, body: '<html>' }, 'unreadable', true, /not of a Kubernetes API/],
  ] as const)(
    '%s: in words, and whether it may have been done',
    async (_what, fault, reason, maybeDone, words) => {
      const { api, cluster } = await open();
      cluster.fail(fault, /^PATCH/);
      const error = await failure(api.patch(patch, soon()));
      expect(error).toMatchObject({ reason, maybeDone });
      expect(error.message).toMatch(words);
      expect(error.message).not.toContain('hunter2');
    },
  );

  test('that no answer came in time may have been done', async () => {
    const { api, cluster } = await open();
    cluster.fail('hang', /^PATCH/);
    expect(await failure(api.patch(patch, soon(200)))).toMatchObject({ reason: 'timeout', maybeDone: true });
  });

  test('what the role lacks is told with the manifest that gives it', async () => {
    const rules = [{ apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get'] }];
    const { api } = await open({ rules });
    expect((await failure(api.patch(patch, soon()))).message).toMatch(
      /lacks "patch" on statefulsets \(apps\) in namespace komodo: apply deploy\/kubernetes\/rollouts\.yaml/,
    );
    expect((await failure(api.log({ pod: 'kmd-0', lines: 5 }, soon()))).message).toMatch(
      /lacks "get" on pods\/log in namespace komodo: apply deploy\/kubernetes\/rollouts\.yaml/,
    );
  });
});

test('of a log the last lines are read, cut, without control characters and without secrets', async () => {
  const { api, cluster } = await open();
  const said = [
    'first',
    `long ${'x'.repeat(5_000)}`,
    '\u001b[31mred\u001b[0m\u0007 rpcpassword=geheim1 walletpassphrase correct horse battery',
    '{"token":"abc.def","url":"http://user:geheim2@127.0.0.1/"} --rpcpassword geheim3 Authorization: Bearer geheim4',
    'the password is geheim55 and L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ',
  ].join('\n');
  cluster.says('kmd-0', 'komodod', said);
  const lines = await api.log({ pod: 'kmd-0', lines: 4, secrets: ['geheim55'] }, soon());
  expect(lines).toEqual([
    `long ${'x'.repeat(295)}`,
    'red  rpcpassword=[hidden] walletpassphrase [hidden]',
    '{"token":[hidden],"url":"http://[hidden]@127.0.0.1/"} --rpcpassword [hidden] Authorization: [hidden]',
    'the password is [hidden] and [hidden]',
  ]);
});

test('of a log with long lines it is still the last that are read', async () => {
  const { api, cluster } = await open();
  const said = Array.from({ length: 200 }, (_none, turn) => `${turn} ${'x'.repeat(2_000)}`);
  cluster.says('kmd-0', 'komodod', [...said, 'Error: disk is full'].join('\n'));
  const lines = await api.log({ pod: 'kmd-0', lines: 100 }, soon());
  expect(lines).toHaveLength(100);
  expect(lines.at(-1)).toBe('Error: disk is full');
});

test('the dry-run twin of a cluster rehearses what it is to change', async () => {
  const { executor, node, cluster } = await open();
  const written: string[] = [];
  const twin = dryRun(executor, ({ deed, program }) => void written.push(`${deed} ${program}`));
  const operations = [{ op: 'add', path: '/metadata/labels/changed', value: 'yes' }] as const;
  await twin.cluster!(node).patch({ what: KMD, operations }, soon());
  expect(written).toEqual(['patch statefulsets/kmd']);
  expect(cluster.patches).toMatchObject([{ isRehearsal: true }]);
});

test('the dry-run twin looks for real', async () => {
  const { executor, node } = await open();
  const twin = dryRun(executor, () => undefined);
  expect(await twin.cluster!(node).get(KMD, soon())).toMatchObject({ kind: 'StatefulSet' });
});

test('two nodes of one context have one client', async () => {
  const { cluster, executor, file } = await open();
  const other = targetOf({ kubeconfig: file, access: { namespace: 'other' } }).node;
  cluster.put(statefulset(), 'other');
  const same = targetOf({ kubeconfig: file }).node;
  await Promise.all([other, same, same].map((node) => executor.cluster!(node).get(KMD, soon())));
  expect(cluster.requests.toSorted()).toEqual([
    'GET /apis/apps/v1/namespaces/komodo/statefulsets/kmd',
    'GET /apis/apps/v1/namespaces/other/statefulsets/kmd',
  ]);
});
