import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { beforeAll, expect, onTestFinished, test } from 'vitest';

import type { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import { pod } from '#test/nodes/kubernetes/looking.ts';
import { certificateIn } from '#test/stand-ins/kubernetes/certificate.ts';

import { failure, folderOf, loaded, open, soon } from './opened.ts';

beforeAll(loaded, 30_000);

const inside = { pod: 'app=kmd', exec: true };

/** Something in the pod that answers HTTP on a port. */
async function daemonAt(cluster: { readonly ports: Map<number, number> }, port: number): Promise<void> {
  const daemon = createServer((request, response) => {
    void text(request).then((body) => response.end(`${request.method} ${body.length}`));
  });
  daemon.listen(0, '127.0.0.1');
  await once(daemon, 'listening');
  onTestFinished(() => void daemon.close());
  cluster.ports.set(port, (daemon.address() as AddressInfo).port);
}

async function exchange(executor: Executor, node: Parameters<Executor['connect']>[0], body: string) {
  const wire = await executor.connect(node, { host: '127.0.0.1', port: 7771 }, soon());
  wire.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  return await text(wire);
}

test('a port of its loopback is reached, with more than one frame each way', async () => {
  const { cluster, executor, node } = await open({ access: inside });
  await daemonAt(cluster, 7771);
  expect(await exchange(executor, node, 'x'.repeat(300_000))).toMatch(/POST 300000$/);
  expect(cluster.requests).toContain('UPGRADE /api/v1/namespaces/komodo/pods/kmd-0/portforward?ports=7771');
});

test('the same over TLS', async () => {
  const { cluster, executor, node } = await open({
    access: inside,
    certificate: certificateIn(folderOf()),
  });
  await daemonAt(cluster, 7771);
  expect(await exchange(executor, node, 'help')).toMatch(/POST 4$/);
});

test('a port that nothing listens on is refused, by the code that daemons are known by', async () => {
  const { executor, node } = await open({ access: inside });
  const wire = await executor.connect(node, { host: '127.0.0.1', port: 7771 }, soon());
  wire.write('GET');
  const [error] = (await once(wire, 'error')) as [OutsideError];
  expect(error).toMatchObject({ reason: 'not-found', cause: { code: 'ECONNREFUSED' } });
  expect(error.message).toBe('nothing listens on port 7771 in pod kmd-0');
});

test('its end is the end of the stream, and ending it ends the other side', async () => {
  const { cluster, executor, node } = await open({ access: inside });
  await daemonAt(cluster, 7771);
  const wire = await executor.connect(node, { host: 'localhost', port: 7771 }, soon());
  const before = cluster.connections();
  wire.destroy();
  await expect.poll(() => cluster.connections()).toBeLessThan(before);
});

test('other machines are not reached through a pod', async () => {
  const { executor, node } = await open({ access: inside });
  const error = await failure(executor.connect(node, { host: '10.0.0.7', port: 22 }, soon()));
  expect(error.reason).toBe('forbidden');
});

test('a program is run, whatever it exits with', async () => {
  const { cluster, executor, node } = await open({ access: { ...inside, container: 'komodod' } });
  cluster.runs((argv, { container }) => ({
    exitCode: 3,
    stdout: [container, ...argv].join('|'),
    stderr: 'no',
  }));
  expect(await executor.run(node, ['komodo-cli', 'get info', '&&'], { signal: soon() })).toEqual({
    exitCode: 3,
    stdout: 'komodod|komodo-cli|get info|&&',
    stderr: 'no',
  });
  cluster.runs(() => ({ exitCode: 0, stdout: 'ü'.repeat(70_000) }));
  const { exitCode, stdout } = await executor.run(node, ['cat'], { signal: soon() });
  expect([exitCode, stdout.length]).toEqual([0, 70_000]);
});

test('one that is not there, hangs, or prints too much', async () => {
  const { cluster, executor, node } = await open({ access: inside });
  cluster.runs(() => 'missing');
  expect(await failure(executor.run(node, ['nope'], { signal: soon() }))).toMatchObject({
    reason: 'not-found',
  });
  cluster.runs(() => 'hang');
  expect(await failure(executor.run(node, ['sleep'], { signal: soon(200) }))).toMatchObject({
    reason: 'timeout',
  });
  await expect.poll(() => cluster.connections()).toBeLessThanOrEqual(1);
  cluster.runs(() => ({ exitCode: 0, stdout: 'x'.repeat(1_001) }));
  expect(await failure(executor.run(node, ['yes'], { signal: soon(), maxBytes: 1_000 }))).toMatchObject({
    reason: 'unreadable',
  });
});

test('none is run unless the fleet file says so', async () => {
  const { cluster, executor, node } = await open({ access: { pod: 'app=kmd' } });
  for (const work of [
    executor.run(node, ['id'], { signal: soon() }),
    executor.space(node, '/data'),
    executor.fileBytes(node, '/data/wallet.dat'),
  ]) {
    expect(await failure(work)).toMatchObject({ reason: 'forbidden', system: 'kubernetes' });
  }
  expect(cluster.requests).toEqual([]);
});

test('free space and sizes of files are read', async () => {
  const { cluster, executor, node } = await open({ access: inside });
  cluster.runs((argv) => {
    if (argv.includes('df'))
      return {
        exitCode: 0,
        stdout:
          'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sdb 102400 2400 100000 3% /data\n',
      };
    if (argv.at(-1) === '/data/none')
      return { exitCode: 1, stderr: 'ls: /data/none: No such file or directory' };
    return { exitCode: 0, stdout: '-rw------- 1 1000 1000 1400000 Nov 21 12:00 /data/wallet.dat\n' };
  });
  expect(await executor.space(node, '/data')).toEqual({
    freeBytes: 100_000 * 1024,
    totalBytes: 102_400 * 1024,
  });
  expect(await executor.fileBytes(node, '/data/wallet.dat')).toBe(1_400_000);
  expect(await executor.fileBytes(node, '/data/none')).toBeUndefined();
});

test('its processes are not ours to start', async () => {
  const { executor, node } = await open({ access: inside });
  expect(await failure(executor.listening(node, 7771))).toMatchObject({ reason: 'forbidden' });
  expect(await executor.recall(node, 'KMD')).toBeUndefined();
});

test.each([
  ['none', 'app=ltc', 'unavailable', /no pod runs that matches app=ltc/],
  ['two', 'app=kmd', 'rejected', /2 pods match app=kmd/],
  ['not said', undefined, 'rejected', /add pod \(a label selector\)/],
])('the pod must be one: %s', async (_what, selector, reason, words) => {
  const { cluster, executor, node } = await open({
    access: selector === undefined ? {} : { pod: selector },
  });
  cluster.put({ kind: 'Pod', ...pod({ name: 'kmd-1' }) });
  const error = await failure(executor.connect(node, { host: '127.0.0.1', port: 1 }, soon()));
  expect(error.reason).toBe(reason);
  expect(error.message).toMatch(words);
});

test('one that has ended, or goes, is not the one', async () => {
  const { cluster, executor, node } = await open({ access: inside });
  cluster.put({ kind: 'Pod', ...pod({ name: 'kmd-1', status: { phase: 'Failed' } }) });
  cluster.put({
    kind: 'Pod',
    ...pod({ name: 'kmd-2', metadata: { deletionTimestamp: '2026-11-21T11:00:00Z' } }),
  });
  await daemonAt(cluster, 7771);
  expect(await exchange(executor, node, 'help')).toMatch(/POST 4$/);
});

test.each([
  [34, ['get'], undefined],
  [35, ['get'], /our role lacks "create" on pods\/portforward in namespace komodo/],
  [35, ['get', 'create'], undefined],
  [34, ['create'], /our role lacks "get" on pods\/portforward/],
])('in 1.%i a role with %j', async (minor, verbs, words) => {
  const rules = [
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/portforward'], verbs },
  ];
  const { cluster, executor, node } = await open({ access: inside, rules, minor });
  await daemonAt(cluster, 7771);
  if (words === undefined) expect(await exchange(executor, node, 'help')).toMatch(/POST 4$/);
  else expect((await failure(exchange(executor, node, 'help'))).message).toMatch(words);
});

test('a handshake that hangs is given up by the signal', async () => {
  const { cluster, executor, node } = await open({ access: inside });
  cluster.fail('hang', /portforward/);
  const error = await failure(executor.connect(node, { host: '127.0.0.1', port: 7771 }, soon(300)));
  expect(error.reason).toBe('timeout');
  await expect.poll(() => cluster.connections()).toBeLessThanOrEqual(1);
});
