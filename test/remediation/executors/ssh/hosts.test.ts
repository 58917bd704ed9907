import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

import ssh2 from 'ssh2';
import { expect, onTestFinished, test, vi } from 'vitest';

import type { SshAccess } from '#src/remediation/executors/ssh/dial.ts';
import { createHosts, type Hosts } from '#src/remediation/executors/ssh/hosts.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { freePort } from '#test/real/port.ts';

const signal = (): AbortSignal => AbortSignal.timeout(5_000);

function accessTo(port: number): SshAccess {
  const folder = temporaryFolder('hosts');
  onTestFinished(() => folder[Symbol.dispose]());
  const identityFile = join(folder.path, 'id');
  writeFileSync(identityFile, ssh2.utils.generateKeyPairSync('ed25519').private, { mode: 0o600 });
  return { kind: 'ssh', host: '127.0.0.1', port, user: 'u', identityFile, hostKey: 'SHA256:x' };
}

/** A machine on whose port something listens that speaks no SSH. */
async function listener(greet: (socket: Socket) => void) {
  let calls = 0;
  const server = createServer((socket) => {
    calls++;
    socket.on('error', () => undefined);
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, calls: () => calls };
}

function hostsOf(backoffMs: readonly [number, number]): Hosts {
  const hosts = createHosts({ backoffMs, exposed: vi.fn() });
  onTestFinished(() => hosts[Symbol.dispose]());
  return hosts;
}

test('a machine that is down is dialled once for all its services, and again only after a while', async () => {
  const machine = await listener((socket) => socket.destroy());
  const access = accessTo(machine.port);
  const hosts = hostsOf([300, 1_000]);
  const ask = () => hosts.connectionTo(access, signal()).catch((error: unknown) => error);
  const errors = await Promise.all(Array.from({ length: 40 }, ask));
  expect(machine.calls()).toBe(1);
  expect(new Set(errors).size).toBe(1);
  expect(errors[0]).toMatchObject({ system: 'ssh', reason: 'unavailable' });
  expect(await ask()).toBe(errors[0]);
  expect(machine.calls()).toBe(1);
  await expect.poll(ask, { timeout: 3_000 }).not.toBe(errors[0]);
  expect(machine.calls()).toBe(2);
});

test('another host key in the fleet file is another way: it is tried at once', async () => {
  const machine = await listener((socket) => socket.destroy());
  const access = accessTo(machine.port);
  const hosts = hostsOf([60_000, 60_000]);
  await expect(hosts.connectionTo(access, signal())).rejects.toThrow();
  await expect(hosts.connectionTo({ ...access, hostKey: 'SHA256:y' }, signal())).rejects.toThrow();
  expect(machine.calls()).toBe(2);
});

test('nothing that listens is told from a daemon that does not: no code of the system goes along', async () => {
  const access = accessTo(await freePort());
  const error: unknown = await hostsOf([1, 1])
    .connectionTo(access, signal())
    .catch((error: unknown) => error);
  expect(error).toMatchObject({
    reason: 'unavailable',
    message: `no way to 127.0.0.1:${access.port} over SSH: nothing listens there`,
    cause: undefined,
  });
});

test('who has no more time goes, while the attempt goes on for the others', async () => {
  const machine = await listener(() => undefined);
  const access = accessTo(machine.port);
  const hosts = hostsOf([1, 1]);
  const end = new AbortController();
  const hasty = hosts.connectionTo(access, end.signal);
  const patient = hosts.connectionTo(access, new AbortController().signal);
  patient.catch(() => undefined);
  end.abort(new DOMException('late', 'TimeoutError'));
  await expect(hasty).rejects.toMatchObject({ reason: 'timeout', maybeDone: false });
  await expect.poll(machine.calls).toBe(1);
});
