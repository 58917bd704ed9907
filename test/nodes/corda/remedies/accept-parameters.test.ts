import { expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Ran } from '#src/domain/executor.ts';
import type { Service, ServiceId } from '#src/domain/node.ts';
import { createAcceptParameters } from '#src/nodes/corda/remedies/accept-parameters.ts';
import { createWorkers, NEW, OLD, type Workers } from '#test/stand-ins/corda/workers.ts';
import { createMachine } from '#test/stand-ins/remediation/machine.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  people,
  remediationWorld,
} from '#test/stand-ins/remediation/world.ts';

const PROGRAM = '/opt/corda/accept-parameters';

/** Two of three workers have not accepted; the flag day is to come. */
function announced(): Workers {
  const workers = createWorkers(3);
  const update = {
    hash: NEW,
    description: 'Platform version 5',
    deadline: '2026-12-01T00:00:00Z',
    from: 'the network map',
  };
  workers.network = { current: OLD, update, pollSeconds: 600 };
  for (const worker of workers.all) worker.accepted = worker.id === 'w1' ? NEW : OLD;
  return workers;
}

function machineOf(workers: Workers) {
  const asked: string[][] = [];
  const kept = new Map<string, Ran>();
  const machine = {
    asked,
    exitCode: 0,
    after: (): void => undefined,
  };
  const executor: Executor = {
    ...createMachine().executor,
    async runOnce(_node, id, argv) {
      const known = kept.get(id);
      if (known) return known;
      asked.push([...argv]);
      const [, worker = '', hash = ''] = argv;
      if (machine.exitCode === 0) workers.of(worker).accepted = hash;
      const ran = { exitCode: machine.exitCode, stdout: '', stderr: 'Could not find parameters update' };
      kept.set(id, ran);
      machine.after();
      return ran;
    },
  };
  return Object.assign(machine, { executor });
}

const serviceOf = (workers: Workers): Service => ({
  id: 'notary' as ServiceId,
  kind: 'corda',
  settings: {
    networkMap: 'https://map.example.org',
    workers: workers.all.map(({ id }) => ({
      id,
      directory: `/opt/corda/${id}`,
      accept: [PROGRAM, id, '{hash}'],
    })),
  },
  thresholds: {},
});

function worldOf(workers: Workers, more: { readonly writesMs?: number } = {}) {
  const machine = machineOf(workers);
  const remedy = createAcceptParameters({ everyMs: 1, ...more, reach: () => workers.cluster });
  const [requests, leases] = [memoryRequests(), memoryLeases()];
  const world = remediationWorld({ remedies: [remedy], requests, leases, executors: () => machine.executor });
  world.fleet = fleetWith(node([serviceOf(workers)]));
  const approved = async (args = {}) => {
    const { id, digest } = await world.request('alice', 'accept-parameters', args);
    await world.remediation.approve(id, people.anna, digest);
    return await world.remediation.approve(id, people.carol, digest);
  };
  return { machine, remedy, world, requests, leases, approved };
}

test('the hash that was shown is accepted, by those who have not, with two approvals', async () => {
  const workers = announced();
  const { machine, world, requests, approved } = worldOf(workers);
  const { id, plan, risk, state } = await approved();
  expect([risk, state]).toEqual(['high', 'approved']);
  expect(plan.bound).toMatchObject({ parameters: NEW, workers: 'w2 w3' });
  expect(plan.steps.join('\n')).toContain(`Accept it on w2, once: ${PROGRAM} w2 ${NEW}`);
  expect(plan.seen?.['Changes']).toBe('minimumPlatformVersion: 4 → 5');
  await world.carryOut(id);
  expect(machine.asked).toEqual([
    [PROGRAM, 'w2', NEW],
    [PROGRAM, 'w3', NEW],
  ]);
  expect(await requests.get(id)).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining(`${NEW}: w2 has it in network-parameters-update`) as string,
  });
});

test('another update that takes its place voids the approval', async () => {
  const workers = announced();
  const { machine, world, requests, approved } = worldOf(workers);
  const { id } = await approved();
  const update = workers.network.update ?? expect.unreachable();
  workers.network = { ...workers.network, update: { ...update, hash: 'c'.repeat(64) } };
  await world.carryOut(id);
  expect(await requests.get(id)).toMatchObject({ state: 'cancelled' });
  expect(machine.asked).toEqual([]);
});

test.each([
  ['nothing is announced', (of: Workers) => (of.network = { current: OLD }), {}, 'announces no update'],
  [
    'all have accepted',
    (of: Workers) => of.all.forEach((one) => (one.accepted = NEW)),
    {},
    'Every worker has accepted',
  ],
  ['another hash is asked for', () => undefined, { hash: 'c'.repeat(64) }, 'only the latest can be accepted'],
  ['the hash is none', () => undefined, { hash: '$(reboot)' }, '64 hex digits'],
  [
    'a worker has not polled since its start',
    (of: Workers) => (of.of('w2').startedAt = Date.now()),
    {},
    'has not polled since its start',
  ],
  ['a worker does not run', (of: Workers) => of.end('w3'), {}, 'w3 has to run'],
])('it is refused when %s', async (_name, change, args, words) => {
  const workers = announced();
  change(workers);
  await expect(worldOf(workers).approved(args)).rejects.toThrow(words);
});

test('a program that fails, or accepts something else, is told as it is', async () => {
  const workers = announced();
  const first = worldOf(workers);
  const failing = await first.approved();
  first.machine.exitCode = 2;
  await first.world.carryOut(failing.id);
  expect(await first.requests.get(failing.id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('on w2 ended with exit code 2') as string,
  });
  const second = worldOf(workers, { writesMs: 5 });
  const wrong = await second.approved();
  second.machine.after = () => (workers.of('w2').accepted = OLD);
  await second.world.carryOut(wrong.id);
  expect(await second.requests.get(wrong.id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('w2 was asked to accept') as string,
  });
});

test('where it is not known whether the program ran, the file of the node tells', async () => {
  const workers = announced();
  const { machine, world, requests, approved } = worldOf(workers);
  machine.after = () => {
    machine.after = () => undefined;
    throw new OutsideError('ssh', 'timeout', 'the connection broke off', { maybeDone: true });
  };
  const { id } = await approved();
  await world.carryOut(id);
  expect(await requests.get(id)).toMatchObject({ state: 'succeeded' });
  expect(machine.asked).toHaveLength(2);
});

test('where neither the program nor the file tells, it is not said to be accepted', async () => {
  const workers = announced();
  const { held } = workers.cluster;
  Object.assign(workers.cluster, {
    held: async (id: string) => (id === 'w2' ? { why: 'its file cannot be read' } : held(id)),
  });
  const { machine, world, requests, approved } = worldOf(workers, { writesMs: 5 });
  machine.after = () => {
    throw new OutsideError('local', 'timeout', 'accept-parameters was ended', { maybeDone: true });
  };
  const { id } = await approved();
  await world.carryOut(id);
  expect(await requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(
      /accept-parameters was ended.*It ended in step “accept on w2”; done before: nothing/,
    ) as string,
  });
  expect(machine.asked).toEqual([[PROGRAM, 'w2', NEW]]);
});

test('an update that takes its place between two workers: the next is not asked, and who accepted is told', async () => {
  const workers = announced();
  const { machine, world, requests, approved } = worldOf(workers);
  const { id } = await approved();
  machine.after = () => {
    const update = workers.network.update ?? expect.unreachable();
    workers.network = { ...workers.network, update: { ...update, hash: 'c'.repeat(64) } };
  };
  await world.carryOut(id);
  expect(await requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(
      /announces c{64} by now, not b{64}.*done before: .*see that w2 accepted/,
    ) as string,
  });
  expect(machine.asked).toEqual([[PROGRAM, 'w2', NEW]]);
});

test('killed at any moment: each worker accepts once, and exactly the hash', async () => {
  let moments = 0;
  for (let diesAt = 1; ; diesAt++) {
    const workers = announced();
    const { machine, remedy, world, requests, leases, approved } = worldOf(workers);
    const { id } = await approved();
    const process = mortal(diesAt);
    const killed = world.another({
      remedies: [remedy],
      requests: usedBy(process, requests),
      leases: usedBy(process, leases),
      executors: () => usedBy(process, machine.executor),
    });
    await killed(id).catch(() => undefined);
    if (!process.dead) break;
    moments = diesAt;
    leases.steal('remedy:alpha-main');
    await world.carryOut(id);
    expect([diesAt, (await requests.get(id))?.state]).toEqual([diesAt, 'succeeded']);
    expect([diesAt, machine.asked]).toEqual([
      diesAt,
      [
        [PROGRAM, 'w2', NEW],
        [PROGRAM, 'w3', NEW],
      ],
    ]);
  }
  expect(moments).toBeGreaterThan(20);
});
