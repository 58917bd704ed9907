import { beforeEach, expect, test } from 'vitest';

import type { Target } from '#src/domain/node.ts';
import { rememberProcess } from '#src/nodes/utxo/process/identity.ts';
import { COMMAND, createMachine, type Machine } from '#test/stand-ins/remediation/machine.ts';
import { fleetWith } from '#test/stand-ins/remediation/world.ts';

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
