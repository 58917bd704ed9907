import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CheckResult } from '#src/domain/finding.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { Access, Node, RpcAccess, Service, Target } from '#src/domain/node.ts';
import { createLookAt } from '#src/health/look-at.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { mortalWorld } from '#test/health/seen.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { freePort } from '#test/real/port.ts';
import { type RunningSshd, startSshd } from '#test/real/sshd.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

let sshd: RunningSshd;
let daemon: RunningLitecoind;
let folder: Folder;
let executors: ReturnType<typeof createExecutors>;

const logger = pino({ level: 'silent' });
const now = (): Date => new Date();

beforeAll(async () => {
  folder = temporaryFolder('ssh-looks');
  executors = createExecutors({ dataDir: folder.path });
  [sshd, daemon] = await Promise.all([startSshd(), startLitecoind()]);
  await daemon.mine(101);
  const addresses = await Promise.all(Array.from({ length: 12 }, () => daemon.rpc<string>('getnewaddress')));
  await daemon.rpc('sendmany', ['', Object.fromEntries(addresses.map((address) => [address, 0.0001]))]);
  await daemon.mine(1);
});
afterAll(async () => {
  executors[Symbol.dispose]();
  await Promise.all([sshd[Symbol.asyncDispose](), daemon[Symbol.asyncDispose]()]);
  folder[Symbol.dispose]();
});

/** Longer than in production: three processes share the processors with the rest. */
const lookAt = (target: Target) => createLookAt({ kinds, logger, now, executors, limitMs: 20_000 })(target);
const behind = (rpc: RpcAccess, more: Parameters<typeof targetOf>[0] = {}): Target =>
  targetOf({ rpc, access: sshd.access(), ...more });
const cli = (): RpcAccess => ({
  cli: ['litecoin-cli', `-conf=${daemon.conf}`, `-datadir=${daemon.datadir}`],
});

const resultsOf = async (target: Target) =>
  new Map((await lookAt(target)).results.map((result) => [result.check, result]));
/** What checks see, but for what is measured anew each time, and for the way. */
const seen = (results: ReadonlyMap<string, CheckResult>) =>
  [...results.values()]
    .filter(({ check }) => !['listunspent-time', 'tip-age', 'disk', 'way'].includes(check))
    .map(({ check, finding, shown }) => [check, finding.state, shown]);

describe('a look', () => {
  test('sees the same over SSH as from here, whichever way it takes there', async () => {
    const here = await resultsOf(targetOf({ rpc: { conf: daemon.conf } }));
    expect(here.get('daemon-answers')?.finding.state).toBe('up');
    expect(here.get('wallet-size')?.shown).toMatch(/MB$/);
    expect(here.get('notary-utxos')?.shown).toBe('12');
    const { rpcUrl: url, user, password, conf } = daemon;
    const walletFile = `${daemon.datadir}/regtest/wallets/wallet/wallet.dat`;
    for (const target of [behind(cli()), behind({ conf }), behind({ url, user, password }, { walletFile })]) {
      const there = await resultsOf(target);
      expect(seen(there)).toEqual(seen(here));
      expect(there.get('disk')?.finding.state).toBe(here.get('disk')?.finding.state);
      expect(there.get('tip-age')?.finding.state).toBe('up');
      expect(there.get('way')).toMatchObject({ of: 'node', finding: { state: 'up' } });
      // Not what the way takes: a process and its start are a multiple of this.
      expect(there.get('listunspent-time')?.finding.state).not.toBe('unknown');
    }
  });

  test('leaves the password of the daemon on its machine', async () => {
    const health = await lookAt(behind(cli()));
    expect(health.state).not.toBe('unknown');
    expect(JSON.stringify(health)).not.toContain(daemon.password);
    expect(sshd.output()).not.toContain(daemon.password);
  });

  test('takes one connection with nineteen others', async () => {
    const before = sshd.accepted();
    using own = createExecutors({ dataDir: folder.path });
    const look = createLookAt({ kinds, logger, now, executors: own, limitMs: 20_000 });
    const { rpcUrl: url, user, password } = daemon;
    const states = new Set<string | undefined>();
    // More at once would fill the work queue of the daemon, which has 16 places.
    for (let looks = 0; looks < 20; looks += 4) {
      const nodes = Array.from({ length: 4 }, (_, index) => `node-${looks + index}`);
      const healths = await Promise.all(nodes.map((node) => look(behind({ url, user, password }, { node }))));
      for (const { results } of healths) states.add(results[0]?.finding.state);
    }
    expect([...states]).toEqual(['up']);
    expect(sshd.accepted() - before).toBe(1);
  });

  test('of a daemon that does not run finds it down, by its program and through the tunnel', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const byCli: RpcAccess = {
      cli: ['litecoin-cli', `-datadir=${daemon.datadir}`, `-rpcport=${nobody.split(':')[1]}`],
    };
    for (const rpc of [byCli, { url: `http://${nobody}` }]) {
      const answers = (await resultsOf(behind(rpc))).get('daemon-answers');
      expect(answers).toMatchObject({
        alertname: 'DaemonDown',
        finding: { state: 'down' },
        contact: 'refused',
      });
    }
  });

  test('where SSH does not answer knows nothing of the daemon', async () => {
    const access: Access = { ...sshd.access(), port: await freePort() };
    const results = await resultsOf(behind(cli(), { access }));
    expect(results.get('way')).toMatchObject({
      of: 'node',
      alertname: 'NodeUnreachable',
      finding: { state: 'down' },
    });
    const own = [...results.values()].filter(({ of }) => of !== 'node');
    expect(new Set(own.map(({ finding }) => finding.state))).toEqual(new Set(['unknown']));
    expect(JSON.stringify(own[0]?.finding)).toContain('nothing listens there');
  });
});

test('a changed host key is refused and alarmed: once for the node, and taken back with the right one', async () => {
  await using changing = await startSshd();
  const nodeWith = (access: Access): Node => {
    const { rpcUrl: url, user, password } = daemon;
    const service = (id: string): Service => targetOf({ rpc: { url, user, password }, service: id }).service;
    return { ...targetOf({ access }).node, services: ['LTC', 'MCL', 'KMD'].map(service) };
  };
  const world = mortalWorld();
  async function patrolled(access: Access): Promise<void> {
    const fleet = fleetOf({
      network: 'test',
      rooms: [],
      routes: [],
      coins: [],
      operators: [],
      seats: [],
      nodes: [nodeWith(access)],
      patrol: { everyMs: 30_000 },
    });
    using own = createExecutors({ dataDir: folder.path });
    const look = createLookAt({ kinds, logger, now, executors: own, limitMs: 20_000 });
    const patrol = createPatrol({ ...world, kinds, lookAt: look, logger, now, fleets: fixedFleets(fleet) });
    const [node] = fleet.nodes;
    for (const { id } of node?.services ?? []) {
      const target = fleet.target(node?.id ?? '', id);
      if (target) await patrol.patrolService(target);
    }
  }
  const alarmed = () =>
    world.accepted
      .filter(({ labels }) => labels['alertname'] === 'HostKeyChanged')
      .map(({ status, labels: { severity, node, service }, annotations }) => ({
        status,
        severity,
        node,
        service,
        summary: annotations?.['summary'],
      }));

  const before = changing.access();
  await patrolled(before);
  expect(alarmed()).toEqual([]);
  await changing.changeHostKeys();
  await patrolled(before);
  await patrolled(before);
  expect(changing.output()).not.toMatch(/Accepted|Starting session/);
  const firing = { status: 'firing', severity: 'critical', node: 'red-1', service: undefined };
  expect(alarmed()).toEqual([{ ...firing, summary: expect.stringContaining(before.hostKey) }]);
  // Of daemons that could not be looked at nothing is said.
  expect(world.accepted.filter(({ labels }) => /^(Daemon|Node)/.test(labels['alertname'] ?? ''))).toEqual([]);
  for (let looks = 0; looks < 3; looks++) await patrolled(changing.access());
  expect(alarmed()).toEqual([
    expect.objectContaining(firing),
    expect.objectContaining({ ...firing, status: 'resolved' }),
  ]);
});
