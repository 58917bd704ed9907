import { beforeEach, describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executors } from '#src/domain/executor.ts';
import { createRestartChain } from '#src/nodes/utxo/remedies/restart-chain.ts';
import { card } from '#src/remediation/card.ts';
import { COMMAND, createMachine, type Machine } from '#test/stand-ins/remediation/machine.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  memoryLeases,
  memoryRequests,
  remediationWorld,
  type World,
} from '#test/stand-ins/remediation/world.ts';

let machine: Machine;
let world: World;

const restartOf = (rpc: Machine['rpc'], more = {}) =>
  createRestartChain({
    connect: async () => rpc,
    everyMs: 1,
    againMs: 50,
    ...more,
  });
/** Bounds that are to be reached. */
const hasty = { goneMs: 50, listensMs: 20, answersMs: 200 };
const hastily = (): World =>
  remediationWorld({ remedies: [restartOf(machine.rpc, hasty)], executors: executorsOf(machine.executor) });
const executorsOf =
  (executor: Machine['executor']): Executors =>
  () =>
    executor;

beforeEach(() => {
  machine = createMachine();
  world = remediationWorld({ remedies: [restartOf(machine.rpc)], executors: executorsOf(machine.executor) });
});

async function carriedOut() {
  const { id } = await world.approved('anna');
  return run(id);
}
async function run(id: string) {
  expect(await world.carryOut(id)).toBe('done');
  return world.requests.get(id);
}
const refusal = (): Promise<string> =>
  world.request('alice').then(
    () => 'not refused',
    (error: Error) => `${error.name} ${error.message}`,
  );

test('stops it by RPC, waits for it to go, starts it with the same arguments, waits for its RPC', async () => {
  expect(await carriedOut()).toMatchObject({
    state: 'succeeded',
    result: 'Runs again with the same arguments: pid 200 (was 100, at block 50), at block 50.',
    steps: [
      { name: 'identify' },
      { name: 'stop' },
      { name: 'wait for its end' },
      { name: 'start' },
      { name: 'wait for its RPC' },
    ],
  });
  expect(machine.ended).toEqual([100]);
  expect(machine.started).toEqual([COMMAND]);
  expect(machine.remembered?.pid).toBe(200);
});

test('tells the arguments in its plan, and no secret anywhere', async () => {
  const request = await carriedOut();
  expect(request?.plan.steps.join('\n')).toContain(
    'Start /usr/bin/litecoind -regtest -rpcpassword=••• -datadir=/data in /data',
  );
  const cards = world.shown.map(card);
  expect(JSON.stringify([request, world.shown, cards, world.audited])).not.toMatch(/hunter/);
});

describe('a daemon that is down', () => {
  test('is started as it was remembered', async () => {
    machine.remembered = machine.process;
    machine.process = undefined;
    expect(await carriedOut()).toMatchObject({
      state: 'succeeded',
      plan: { bound: { process: 'not running' } },
      result: 'Runs again with the same arguments: pid 200 (it was down), at block 50.',
    });
    expect(machine.ended).toEqual([]);
    expect(machine.started).toEqual([COMMAND]);
  });

  test('and was never seen is refused, with what to do', async () => {
    machine.process = undefined;
    expect(await refusal()).toMatch(/^UserError LTC on alpha-main does not run, .*Start it by hand once/);
  });

  test('but whose process is still there is refused', async () => {
    machine.remembered = machine.process;
    machine.listens = false;
    expect(await refusal()).toMatch(/runs \(pid 100\), but its RPC does not listen/);
  });

  test('and came up meanwhile voids the approval', async () => {
    machine.remembered = machine.process;
    const { process } = machine;
    machine.process = undefined;
    const { id } = await world.approved('anna');
    machine.process = process;
    expect(await run(id)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('process was not running, is pid 100') as string,
    });
    expect(machine.ended).toEqual([]);
  });
});

const unanswered: Machine['rpc']['batch'] = () =>
  Promise.reject(new OutsideError('daemon', 'timeout', 'no full answer in 15 s'));

describe('is refused', () => {
  test('while the wallet is rescanned', async () => {
    machine.scanning = { progress: 0.415 };
    expect(await refusal()).toMatch(/being rescanned \(41 %\)/);
  });

  test('while it starts', async () => {
    machine.loadsFor = 9;
    await machine.executor.start(undefined as never, 'LTC');
    expect(await refusal()).toMatch(/It is starting \(Loading block index\.\.\.\): wait/);
  });

  test.each(['-reindex', '--reindex', '-rescan=1', '-reindex-chainstate', '-zapwallettxes=2'])(
    'when its arguments would begin hours of work anew: %s',
    async (word) => {
      machine.process = { ...COMMAND, argv: [...COMMAND.argv, word] };
      expect(await refusal()).toContain(`It was started with ${word}`);
    },
  );

  test('not for an argument that switches that off', async () => {
    machine.process = { ...COMMAND, argv: [...COMMAND.argv, '-rescan=0'] };
    expect(await refusal()).toBe('not refused');
  });

  test.each(['docker-proxy', 'ssh'])('when %s only holds the port for it', async (program) => {
    machine.process = { ...COMMAND, argv: [`/usr/bin/${program}`, '-L', 'x'] };
    expect(await refusal()).toContain(`${program} listens on the RPC port, not the daemon itself`);
  });

  test('when it does not answer: it is never forced', async () => {
    const { rpc } = machine;
    world = remediationWorld({
      remedies: [restartOf({ ...rpc, batch: unanswered })],
      executors: executorsOf(machine.executor),
    });
    expect(await refusal()).toMatch(/cannot be asked to stop: no full answer in 15 s\. Tocsin never forces/);
  });

  test('where Tocsin has no way into the machine', async () => {
    world = remediationWorld({ remedies: [restartOf(machine.rpc)] });
    expect(await refusal()).toMatch(/no way into the machine of alpha-main/);
  });
});

describe('says what is true when it fails:', () => {
  beforeEach(() => {
    world = hastily();
  });

  test('it does not go', async () => {
    machine.stopsAfter = 1_000_000;
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /asked to stop and is still there \(pid 100\) after .*never forces.*ended in step “wait for its end”/,
      ) as string,
    });
    expect(machine.started).toEqual([]);
  });

  test('it is gone again at once', async () => {
    machine.starting = () => undefined;
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('started and is gone again') as string,
    });
  });

  test('it does not get through loading', async () => {
    machine.loadsFor = 1_000_000;
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/runs again, but after .* it is starting: Loading block index/) as string,
    });
  });

  test('it lost blocks', async () => {
    machine.starting = (process) => ((machine.blocks = 3), process);
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('it is at block 3, before it was at 50') as string,
    });
  });

  test('something else started it, otherwise', async () => {
    machine.starting = (process) => ({ ...process, argv: ['/usr/bin/litecoind'] });
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('with other arguments than it should') as string,
    });
  });
});

test('what a supervisor started first is not started twice', async () => {
  const { executor } = machine;
  const isRunning: typeof executor.isRunning = async (...asked) => {
    const runs = await executor.isRunning(...asked);
    if (!runs && !machine.process) machine.process = { ...COMMAND, pid: 300, startedAt: 'boot:3' };
    return runs;
  };
  world = remediationWorld({
    remedies: [restartOf(machine.rpc)],
    executors: executorsOf({ ...executor, isRunning }),
  });
  expect(await carriedOut()).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('pid 300') as string,
  });
  expect(machine.started).toEqual([]);
});

test('another process under the pid voids the approval', async () => {
  const { id } = await world.approved('anna');
  machine.process = { ...COMMAND, startedAt: 'boot:9' };
  expect(await run(id)).toMatchObject({ state: 'cancelled' });
  expect(machine.ended).toEqual([]);
});

describe('killed at any moment and taken up by the next process', () => {
  test.each([
    ['while it runs', true],
    ['while it is down', false],
  ])('%s, it is stopped once and started once', async (_how, runs) => {
    const moments = new Set<string>();
    for (let diesAt = 1; ; diesAt++) {
      machine = createMachine();
      if (!runs) {
        machine.remembered = machine.process;
        machine.process = undefined;
      }
      const [requests, leases] = [memoryRequests(), memoryLeases()];
      const shared = { requests, leases, executors: executorsOf(machine.executor) };
      world = remediationWorld({ remedies: [restartOf(machine.rpc)], ...shared });
      const { id } = await world.approved('anna');
      const process = mortal(diesAt);
      const killed = world.another({
        remedies: [restartOf(usedBy(process, machine.rpc))],
        requests: usedBy(process, requests),
        leases: usedBy(process, leases),
        executors: executorsOf(usedBy(process, machine.executor)),
      });
      await killed(id).catch(() => undefined);
      if (!process.dead) break;
      moments.add(`ended ${machine.ended.length} started ${machine.started.length}`);
      leases.steal('remedy:alpha-main');
      expect(await run(id), `died at ${diesAt}`).toMatchObject({ state: 'succeeded' });
      expect(machine.ended, `died at ${diesAt}`).toEqual(runs ? [100] : []);
      expect(machine.started, `died at ${diesAt}`).toEqual([COMMAND]);
    }
    expect(moments).toEqual(
      new Set(
        runs
          ? ['ended 0 started 0', 'ended 1 started 0', 'ended 1 started 1']
          : ['ended 0 started 0', 'ended 0 started 1'],
      ),
    );
  });
});
