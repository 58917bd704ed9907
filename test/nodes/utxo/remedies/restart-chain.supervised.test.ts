import { describe, expect, test } from 'vitest';

import type { Request } from '#src/domain/remedy.ts';
import { createRestartChain } from '#src/nodes/utxo/remedies/restart-chain.ts';
import { killedAtEveryMoment } from '#test/stand-ins/remediation/killed.ts';
import { fleetWith, node, remediationWorld, type World } from '#test/stand-ins/remediation/world.ts';
import { createHost, type Host } from '#test/stand-ins/supervisors/host.ts';

const remedyOf = (rpc: Host['machine']['rpc']) =>
  createRestartChain({ connect: async () => rpc, everyMs: 1, againMs: 50 });

function worldOf({ machine, executor, service }: Host): World {
  const world = remediationWorld({ remedies: [remedyOf(machine.rpc)], executors: () => executor });
  world.fleet = fleetWith(node([service]));
  return world;
}

async function carriedOut(host: Host): Promise<Request | undefined> {
  const world = worldOf(host);
  const { id } = await world.approved('anna');
  expect(await world.carryOut(id)).toBe('done');
  return world.requests.get(id);
}

const refusal = (host: Host): Promise<string> =>
  worldOf(host)
    .request('alice')
    .then(
      () => 'not refused',
      (error: Error) => `${error.name} ${error.message}`,
    );

describe('of systemd', () => {
  test('is stopped by its RPC and started by systemctl', async () => {
    const host = createHost('systemd');
    expect(await carriedOut(host)).toMatchObject({
      state: 'succeeded',
      plan: {
        steps: [
          'Ask the daemon by RPC to stop',
          'Wait for its end (pid 100), at most 2 min; it is never forced',
          'Have systemd start litecoind.service',
          expect.stringContaining('Wait for its RPC') as string,
        ],
        bound: {
          supervisor: 'litecoind.service',
          process: expect.stringMatching(/^invocation [0-9a-f]{32}$/) as string,
        },
      },
      result: 'Runs again with the same arguments: pid 200 (was 100, at block 50), at block 50.',
    });
    expect(host.deeds).toEqual(['systemctl --no-block start -- litecoind.service']);
    expect(host.machine.ended).toEqual([100]);
  });

  test('that starts it again by itself is left to', async () => {
    const host = createHost('systemd', { unit: { restart: 'always', timeoutStop: '10s' } });
    expect(await carriedOut(host)).toMatchObject({ state: 'succeeded' });
    expect(host.machine.ended).toEqual([100]);
    expect(host.machine.started).toHaveLength(1);
  });

  test('is started when it is down', async () => {
    const host = createHost('systemd');
    host.machine.terminate();
    host.machine.stopsAfter = 0;
    for (let look = 0; look < 4; look++)
      host.systemd.systemctl(['show', '--property=MainPID', '--', 'litecoind.service']);
    expect(await carriedOut(host)).toMatchObject({
      state: 'succeeded',
      plan: { bound: { process: 'not running' } },
    });
    expect(host.machine.started).toHaveLength(1);
  });

  test('is refused where systemd has no such unit', async () => {
    const host = createHost('systemd', {
      service: { supervisor: { kind: 'systemd', unit: 'other.service' } },
    });
    expect(await refusal(host)).toMatch(/^UserError systemd on alpha-main has no such unit: other\.service/);
  });

  test('is void when systemd restarted it meanwhile', async () => {
    const host = createHost('systemd', { unit: { restart: 'always' } });
    const world = worldOf(host);
    const { id } = await world.approved('anna');
    host.machine.stopsAfter = 0;
    host.machine.loadsFor = 0;
    host.machine.terminate();
    for (let look = 0; look < 3; look++)
      host.systemd.systemctl(['show', '--property=MainPID', '--', 'litecoind.service']);
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('process was invocation') as string,
    });
  });

  test('that may not be given orders is told in words', async () => {
    const host = createHost('systemd');
    host.doing = () => ({
      exitCode: 4,
      stdout: '',
      stderr: 'Failed to start litecoind.service: Access denied\n',
    });
    expect(await carriedOut(host)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/Access denied\. Allow our user to start and stop the unit/) as string,
    });
  });
});

describe('of docker compose', () => {
  test.each(['no', 'on-failure:3'])(
    'with the policy %s is stopped by its RPC and started by compose',
    async (policy) => {
      const host = createHost('compose', { policy });
      expect(await carriedOut(host)).toMatchObject({
        state: 'succeeded',
        result: expect.stringMatching(/^Runs again .* container [0-9a-f]{12} \(was container/) as string,
      });
      expect(host.deeds).toEqual(['docker compose --project-directory /opt/notary start litecoind']);
      expect(host.docker.restart).toBe(policy);
    },
  );

  test('that starts it again by itself is left to', async () => {
    const host = createHost('compose', { policy: 'unless-stopped' });
    expect(await carriedOut(host)).toMatchObject({ state: 'succeeded' });
    expect(host.deeds).toEqual([]);
    expect(host.machine.started).toHaveLength(1);
  });

  test('is refused where its file has no such service, without the words of the file', async () => {
    const host = createHost('compose', {
      service: { supervisor: { kind: 'compose', service: 'other', directory: '/opt/notary' } },
    });
    expect(await refusal(host)).toMatch(/^UserError docker compose on alpha-main has no service other/);
  });
});

test('a pod of Kubernetes is left to the rollout of its workload', async () => {
  const host = createHost('process');
  const world = worldOf(host);
  world.fleet = fleetWith(node([host.service], { kind: 'kubernetes', namespace: 'komodo' }));
  await expect(world.request('alice')).rejects.toThrow(/by Kubernetes: use rollout-restart/);
});

describe('killed at any moment, it is stopped once and started once', () => {
  test.each([
    ['systemd', {}],
    ['systemd', { unit: { restart: 'always' } }],
    ['compose', { policy: 'no' }],
    ['compose', { policy: 'unless-stopped' }],
  ] as const)('under %s %j', async (keeper, given) => {
    const moments = await killedAtEveryMoment(
      () => {
        const host = createHost(keeper, given);
        return { ...host, rpc: host.machine.rpc };
      },
      remedyOf,
      (request, { machine }, moment) => {
        expect(request?.reason, `died at ${moment}`).toBeUndefined();
        expect(request, `died at ${moment}`).toMatchObject({ state: 'succeeded' });
        expect(machine.ended, `died at ${moment}`).toEqual([100]);
        expect(machine.started, `died at ${moment}`).toHaveLength(1);
      },
    );
    expect(moments).toBeGreaterThan(20);
  });
});
