import { beforeEach, expect, test } from 'vitest';

import type { Service, Target } from '#src/domain/node.ts';
import { portOf, rememberProcess } from '#src/nodes/utxo/process/identity.ts';
import { COMMAND, createMachine, type Machine } from '#test/stand-ins/remediation/machine.ts';
import { fleetWith, node, service } from '#test/stand-ins/remediation/world.ts';

const target = fleetWith().targets()[0] as Target;
let machine: Machine;
beforeEach(() => {
  machine = createMachine();
});

test('remembers how a daemon runs, and how it runs after it was started anew', async () => {
  await rememberProcess(target, () => machine.executor);
  expect(machine.remembered).toEqual(COMMAND);
  machine.process = { ...COMMAND, pid: 7, argv: [...COMMAND.argv, '-new'] };
  await rememberProcess(target, () => machine.executor);
  expect(machine.remembered).toEqual(machine.process);
});

const listening = () => Promise.reject(new Error('was looked for'));

test('does not look for the port again while the same process runs', async () => {
  await rememberProcess(target, () => machine.executor);
  await rememberProcess(target, () => ({ ...machine.executor, listening }));
});

test('keeps what it knows while the daemon is down', async () => {
  await rememberProcess(target, () => machine.executor);
  machine.process = undefined;
  await rememberProcess(target, () => machine.executor);
  expect(machine.remembered).toEqual(COMMAND);
});

test('remembers neither a go-between nor a start that would reindex', async () => {
  for (const argv of [['/usr/bin/docker-proxy'], [...COMMAND.argv, '-reindex']]) {
    machine.process = { ...COMMAND, argv };
    await rememberProcess(target, () => machine.executor);
  }
  expect(machine.remembered).toBeUndefined();
});

test('does nothing where there is no way into the machine', async () => {
  await expect(rememberProcess(target, () => undefined)).resolves.toBeUndefined();
});

const SSH = {
  kind: 'ssh',
  host: 'notary.example.org',
  port: 22,
  user: 'komodo',
  identityFile: '/keys/id',
  hostKey: 'SHA256:x',
} as const;
/** There, not here: nothing of the kind may be looked for on this machine. */
const conf = '/dev/null/komodo.conf';

const portThere = (more: Partial<Service>): Promise<number | undefined> =>
  portOf(fleetWith(node([{ ...service, ...more }], SSH)).targets()[0] as Target);

test.each([
  ['its url', { rpc: { url: 'http://127.0.0.1:7771' } }, 7771],
  ['its port, beside its configuration there', { rpc: { conf }, settings: { port: 7772 } }, 7772],
  ['the words of its program', { rpc: { cli: ['komodo-cli', '-ac_name=MCL', '-rpcport=7773'] } }, 7773],
] as const)('the port of a daemon on another machine is told by %s', async (_by, more, port) => {
  expect(await portThere(more)).toBe(port);
});

test.each([{ rpc: { conf } }, { rpc: { cli: ['komodo-cli'] } }] as const)(
  'where %j alone does not tell it, the key to add is named, and this machine is not asked',
  async (more) => {
    await expect(portThere(more)).rejects.toThrow(/add port: to the service, as in its rpcport/);
  },
);
