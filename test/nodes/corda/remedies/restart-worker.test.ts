import { expect, onTestFinished, test } from 'vitest';

import { createRestartWorker } from '#src/nodes/corda/remedies/restart-worker.ts';
import { WAITS } from '#src/flagday/turn.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { notary as service } from '#test/flagday/day.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { startNotary } from '#test/stand-ins/corda/notary.ts';
import { createWorkers, type Workers } from '#test/stand-ins/corda/workers.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  remediationWorld,
} from '#test/stand-ins/remediation/world.ts';

function worldOf(workers: Workers, waits = { everyMs: 1, quorumMs: 20_000, restartMs: 20_000 }) {
  const [requests, leases] = [memoryRequests(), memoryLeases()];
  const remedyOf = (cluster = workers.cluster) => createRestartWorker({ waits, reach: () => cluster });
  const world = remediationWorld({ remedies: [remedyOf()], requests, leases });
  world.fleet = fleetWith(node([service]));
  return { world, requests, leases, remedyOf };
}

test('one worker is restarted while the others work, and is seen to serve', async () => {
  const workers = createWorkers(3);
  const { world, requests } = worldOf(workers);
  const { id, plan } = await world.approved('anna', 'restart-worker', { worker: 'w2' });
  expect(plan.steps.join('\n')).toContain('Restart w2 by /opt/corda/restart w2');
  await world.carryOut(id);
  expect(workers.log).toEqual(['restart w2']);
  expect(await requests.get(id)).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(/^w2 serves again, started at .* \(before it ran since/) as string,
  });
});

test('not said, it is the one that is not up', async () => {
  const workers = createWorkers(3);
  const { world, requests } = worldOf(workers);
  await expect(world.approved('anna', 'restart-worker')).rejects.toThrow('Say which worker is meant');
  workers.end('w3');
  const { id } = await world.approved('anna', 'restart-worker');
  await world.carryOut(id);
  expect(workers.log).toEqual(['restart w3']);
  expect(await requests.get(id)).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('it did not run') as string,
  });
});

test('too few of the others refuse it: before it is asked for, and before it is stopped', async () => {
  const workers = createWorkers(3);
  const { world, requests } = worldOf(workers, { everyMs: 1, quorumMs: 10, restartMs: 10 });
  const { id } = await world.approved('anna', 'restart-worker', { worker: 'w1' });
  workers.restarting = () => expect.unreachable('it was stopped');
  // After the last look of the plan.
  const { look } = workers.cluster;
  let looks = 0;
  Object.assign(workers.cluster, {
    look: async () => {
      if (++looks > 3) workers.of('w2').state = 'unknown';
      return look();
    },
  });
  await world.carryOut(id);
  expect(await requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('stopping w1 would leave 1 of 3 workers, and 2 have to work') as string,
  });
  await expect(world.approved('anna', 'restart-worker', { worker: 'w1' })).rejects.toThrow(
    'Not now: stopping w1',
  );
});

test('killed at any moment: it is restarted once', async () => {
  let moments = 0;
  for (let diesAt = 1; ; diesAt++) {
    const workers = createWorkers(3);
    const { world, requests, leases, remedyOf } = worldOf(workers);
    const { id } = await world.approved('anna', 'restart-worker', { worker: 'w2' });
    const process = mortal(diesAt);
    const { missing, restartWords, workers: ids } = workers.cluster;
    const cluster = { ...usedBy(process, workers.cluster), missing, restartWords, workers: ids };
    const killed = world.another({
      remedies: [remedyOf(cluster)],
      requests: usedBy(process, requests),
      leases: usedBy(process, leases),
    });
    await killed(id).catch(() => undefined);
    if (!process.dead) break;
    moments = diesAt;
    leases.steal('remedy:alpha-main');
    await world.carryOut(id);
    expect([diesAt, (await requests.get(id))?.state]).toEqual([diesAt, 'succeeded']);
    expect([diesAt, workers.log]).toEqual([diesAt, ['restart w2']]);
  }
  expect(moments).toBeGreaterThan(20);
});

test('by a program of this machine, over Jolokia', async () => {
  const folder = temporaryFolder('restart-worker');
  onTestFinished(() => folder[Symbol.dispose]());
  const notary = await startNotary(3);
  onTestFinished(() => notary[Symbol.asyncDispose]());
  const { id: _id, kind: _kind, ...settings } = notary.service as Record<string, unknown>;
  const world = remediationWorld({
    remedies: [createRestartWorker({ waits: { ...WAITS, everyMs: 50 } })],
    executors: createExecutors({ dataDir: folder.path }),
  });
  world.fleet = fleetWith(node([{ ...service, settings }]));
  // It is restarted with the parameters that are in force.
  const request = await world.approved('anna', 'restart-worker', { worker: 'w2' });
  await world.carryOut(request.id);
  expect(await world.requests.get(request.id)).toMatchObject({ state: 'succeeded' });
  expect(notary.log).toEqual(['stop w2', 'start w2', 'up w2']);
});
