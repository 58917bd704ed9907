import { describe, expect, test } from 'vitest';

import type { Request } from '#src/domain/remedy.ts';
import type { Voice } from '#src/domain/voice.ts';
import { createResync, type ResyncOptions } from '#src/nodes/utxo/remedies/resync.ts';
import { hashOf } from '#test/stand-ins/remediation/machine.ts';
import { killedAtEveryMoment } from '#test/stand-ins/remediation/killed.ts';
import {
  fleetWith,
  fullyApproved,
  node,
  remediationWorld,
  type World,
} from '#test/stand-ins/remediation/world.ts';
import { createHost, type Host, type Keeper, WALLET } from '#test/stand-ins/supervisors/host.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const COPY = `${WALLET}.tocsin-20260301T120000Z`;
const ONCE = { unit: { once: 'TOCSIN_ONCE' } };

const remedyOf =
  (options: ResyncOptions = {}) =>
  (rpc: Host['machine']['rpc']) =>
    createResync({ connect: async () => rpc, everyMs: 1, againMs: 50, now: () => AT, ...options });

function worldOf(
  { machine, executor, service }: Host,
  options: ResyncOptions = {},
  voices: readonly Voice[] = [],
): World {
  const knowledge = { voices: { tell: async () => undefined, hear: async () => voices } };
  const remedies = [remedyOf(options)(machine.rpc)];
  const world = remediationWorld({ remedies, executors: () => executor, knowledge });
  world.fleet = fleetWith(node([service]));
  return world;
}

async function carriedOut(world: World): Promise<Request | undefined> {
  const { id } = await fullyApproved(world);
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

const voice = (name: string, hash: string): Voice => ({
  node: name,
  service: 'LTC',
  height: 50,
  syncing: false,
  marks: [{ height: 48, hash }],
  at: new Date().toISOString(),
});

test('stops it, copies its wallet, starts it with -reindex once and follows that to its end', async () => {
  const host = createHost('process');
  const request = await carriedOut(worldOf(host));
  expect(request).toMatchObject({
    state: 'succeeded',
    risk: 'high',
    result: expect.stringMatching(
      /^Reindexed: pid 200, at block 50, before it was at 50\. Whether others have the same blocks is not known.* The wallet’s copy: \/data\/wallet\.dat\.tocsin-20260301T120000Z\.$/,
    ) as string,
  });
  expect(host.deeds).toEqual([`cp -p -- ${WALLET} ${COPY}`]);
  expect(host.files.get(COPY)).toBe(5_000_000);
  expect(host.machine.started.map(({ argv }) => argv.at(-1))).toEqual(['-reindex']);
  // The next start is as before.
  expect(host.machine.remembered?.argv).not.toContain('-reindex');
  expect(JSON.stringify(request)).not.toContain('hunter');
});

describe('afterwards', () => {
  test('its blocks are compared with those of the others of the coin', async () => {
    const world = worldOf(createHost('process'), {}, [voice('beta', hashOf(48)), voice('gamma', hashOf(48))]);
    expect(await carriedOut(world)).toMatchObject({
      state: 'succeeded',
      result: expect.stringContaining('2 other nodes have the same block 48.') as string,
    });
  });

  test('and it has failed when most have others', async () => {
    const world = worldOf(createHost('process'), {}, [
      voice('beta', hashOf(7)),
      voice('gamma', hashOf(48)),
      voice('delta', hashOf(7)),
    ]);
    expect(await carriedOut(world)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /Reindexed, but LTC on beta, LTC on delta have another block than this daemon, 1 the same/,
      ) as string,
    });
  });
});

describe('is refused', () => {
  test('while it loads the chain', async () => {
    const host = createHost('process');
    host.machine.downloading = true;
    expect(await refusal(host)).toMatch(/UserError It is loading the chain already/);
  });
  test('when it is pruned', async () => {
    const host = createHost('process');
    host.machine.stored.pruned = true;
    expect(await refusal(host)).toMatch(/UserError It is pruned/);
  });
  test('without room on its disk', async () => {
    const host = createHost('process');
    host.machine.stored.bytes = 3e12;
    expect(await refusal(host)).toMatch(
      /Too little room for a reindex: 400\.0 GB are free, 600\.0 GB are needed/,
    );
  });
  test('when its wallet is not found', async () => {
    const host = createHost('process');
    host.files.delete(WALLET);
    expect(await refusal(host)).toMatch(/wallet has to be copied first, and is not found: .*walletFile/);
  });
  test('under a unit that takes no words for one start', async () => {
    expect(await refusal(createHost('systemd'))).toMatch(/let its ExecStart end with \$TOCSIN_ONCE/);
  });
  test('under a unit that systemd would kill too early, and start again after a stop by RPC', async () => {
    const host = createHost('systemd', {
      unit: { once: 'TOCSIN_ONCE', restart: 'always', timeoutStop: '1min 30s' },
    });
    expect(await refusal(host)).toMatch(/systemd would kill it after 1min 30s.*set TimeoutStopSec=120/);
  });
  test.each([
    ['KillMode', { killMode: 'none' }],
    ['KillSignal', { killSignal: 9 }],
  ] as const)('under a unit whose %s ends no daemon cleanly', async (name, more) => {
    const unit = { once: 'TOCSIN_ONCE', restart: 'always', timeoutStop: 'infinity', ...more } as const;
    expect(await refusal(createHost('systemd', { unit }))).toContain(`its ${name}`);
  });
  test('under docker compose, with what to do by hand', async () => {
    expect(await refusal(createHost('compose'))).toMatch(
      /docker compose starts litecoind with the words of its file only: put -reindex/,
    );
  });
});

test('systemd is given the word for one start only', async () => {
  const unit = { once: 'TOCSIN_ONCE', restart: 'always', timeoutStop: '5min' } as const;
  const host = createHost('systemd', { unit });
  expect(await carriedOut(worldOf(host))).toMatchObject({ state: 'succeeded' });
  expect(host.deeds).toEqual([
    'systemctl --no-block stop -- litecoind.service',
    `cp -p -- ${WALLET} ${COPY}`,
    'systemctl set-environment TOCSIN_ONCE=-reindex',
    'systemctl --no-block start -- litecoind.service',
    'systemctl unset-environment TOCSIN_ONCE',
  ]);
  expect(host.systemd.environment.size).toBe(0);
});

test('a unit that does not take the word is told, and nothing is said to be reindexed', async () => {
  const host = createHost('systemd', {
    service: { supervisor: { kind: 'systemd', unit: 'litecoind.service', once: 'TOCSIN_ONCE' } },
  });
  expect(await carriedOut(worldOf(host))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining(
      'It runs, but without -reindex: the ExecStart of litecoind.service',
    ) as string,
  });
});

describe('says what is true when it fails:', () => {
  test('the wallet cannot be copied: nothing is reindexed, it runs as before', async () => {
    const host = createHost('process');
    host.doing = () => ({ exitCode: 1, stdout: '', stderr: 'No space left on device' });
    expect(await carriedOut(worldOf(host))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /^Nothing was reindexed: The wallet .* could not be copied .* It runs again as before \(pid 200\)/,
      ) as string,
    });
    expect(host.machine.started.map(({ argv }) => argv.includes('-reindex'))).toEqual([false]);
  });
  test('a copy of that name is there: it is not overwritten', async () => {
    const host = createHost('process');
    host.files.set(COPY, 7);
    expect(await carriedOut(worldOf(host))).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(`${COPY} is there already: it was not overwritten`) as string,
    });
    expect(host.files.get(COPY)).toBe(7);
    expect(host.deeds).toEqual([]);
  });
  test('the reindex takes longer than it is followed', async () => {
    const host = createHost('process');
    host.machine.reindexes = 0;
    expect(await carriedOut(worldOf(host, { followMs: 50 }))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /Still reindexing after .*, at block 0 of 50 \(0 %\)\. It goes on by itself, and nothing more is to be done/,
      ) as string,
    });
  });
  test('it ends while it reindexes', async () => {
    const host = createHost('process');
    host.machine.reindexes = 1;
    const { rpc } = host.machine;
    let calls = 0;
    const dying = async () => ({
      ...rpc,
      call: async (...asked: Parameters<typeof rpc.call>) => {
        if (host.machine.started.length > 0 && ++calls === 5)
          [host.machine.process, host.machine.stopsAfter] = [undefined, 0];
        return rpc.call(...asked);
      },
    });
    expect(await carriedOut(worldOf(host, { connect: dying }))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/It ended while it reindexed, at block \d+: its own log/) as string,
    });
  });
});

describe('killed at any moment, the wallet is copied once and it is started once', () => {
  test.each([
    ['process', {}],
    ['systemd', ONCE],
    ['systemd', { unit: { ...ONCE.unit, restart: 'always', timeoutStop: 'infinity' } }],
  ] as const)('as %s %j', async (keeper: Keeper, given) => {
    const moments = await killedAtEveryMoment(
      () => {
        const host = createHost(keeper, given);
        return { ...host, rpc: host.machine.rpc };
      },
      remedyOf(),
      (request, { machine, deeds, systemd }, moment) => {
        expect(request?.reason, `died at ${moment}`).toBeUndefined();
        expect(request, `died at ${moment}`).toMatchObject({ state: 'succeeded' });
        expect(machine.ended, `died at ${moment}`).toEqual([100]);
        expect(
          machine.started.map(({ argv }) => argv.at(-1)),
          `died at ${moment}`,
        ).toEqual(['-reindex']);
        expect(
          deeds.filter((deed) => deed.startsWith('cp')),
          `died at ${moment}`,
        ).toHaveLength(1);
        expect(systemd.environment.size, `died at ${moment}`).toBe(0);
      },
    );
    expect(moments).toBeGreaterThan(30);
  });
});
