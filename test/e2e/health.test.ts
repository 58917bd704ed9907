import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Target } from '#src/domain/node.ts';
import { createExaminer } from '#src/health/examine.ts';
import { createLookAt } from '#src/health/look-at.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { local } from '#src/remediation/executors/local.ts';
import { mortalWorld } from '#test/health/seen.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

let one: RunningLitecoind;
let other: RunningLitecoind;
let folder: Folder;
let target: Target;

const world = mortalWorld();
const logger = pino({ level: 'silent' });
const now = (): Date => new Date();

beforeAll(async () => {
  folder = temporaryFolder('health');
  [one, other] = await Promise.all([startLitecoind(), startLitecoind()]);
  await other.connectTo(one);
  await one.mine(101);
  await one.syncedWith(other);
  target = targetOf({ rpc: { url: one.rpcUrl, user: one.user, password: one.password } });
});

afterAll(async () => {
  await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  folder[Symbol.dispose]();
});

const lookAt = createLookAt({
  kinds,
  logger,
  now,
  executors: () => local({ dataDir: folder.path }),
});
const patrol = createPatrol({ ...world, kinds, lookAt, logger, now, fleets: fixedFleets() });

async function look(at = target) {
  const [health] = await createExaminer({ lookAt, memory: world.memory }).examine([at]);
  const byCheck = new Map(health?.results.map((result) => [result.check, result]));
  return {
    state: (check: string) => byCheck.get(check)?.finding.state,
    shown: (check: string) => byCheck.get(check)?.shown,
    why: (check: string) => {
      const finding = byCheck.get(check)?.finding;
      return finding && 'why' in finding ? finding.why : undefined;
    },
  };
}

test('a daemon that runs: its chain, its coins, its wallet file found by its process', async () => {
  const seen = await look();
  expect(seen.state('daemon-answers')).toBe('up');
  expect([seen.state('in-sync'), seen.shown('in-sync')]).toEqual(['up', '101']);
  expect([seen.state('peers'), seen.why('peers')]).toEqual(['degraded', '1 peer, fewer than 4']);
  expect([seen.state('balance'), seen.shown('balance')]).toEqual(['up', '50']);
  expect(seen.state('tip-age')).toBe('up');
  expect(seen.state('wallet-size')).not.toBe('unknown');
  expect(seen.shown('wallet-size')).toMatch(/^\d+(\.\d)? MB$/);
  expect(seen.shown('listunspent-time')).toMatch(/^\d+ ms$/);
});

test('the same by its configuration file', async () => {
  const seen = await look(targetOf({ rpc: { conf: one.conf } }));
  expect([seen.state('daemon-answers'), seen.state('wallet-size')]).not.toContain('unknown');
});

test('a wrong password is not known, in words', async () => {
  const seen = await look(targetOf({ rpc: { url: one.rpcUrl, user: one.user, password: 'wrong' } }));
  expect(seen.state('daemon-answers')).toBe('unknown');
  expect(seen.why('daemon-answers')).toMatch(/refuses our password/);
});

test('notary UTXOs are counted with the locked ones', async () => {
  const none = await look();
  expect([none.state('notary-utxos'), none.shown('notary-utxos')]).toEqual(['down', '0']);
  const addresses = await Promise.all(Array.from({ length: 12 }, () => one.rpc<string>('getnewaddress')));
  await one.rpc('sendmany', ['', Object.fromEntries(addresses.map((address) => [address, 0.0001]))]);
  await one.mine(1);
  const twelve = await look();
  expect([twelve.state('notary-utxos'), twelve.shown('notary-utxos')]).toEqual(['up', '12']);
  const unspent = await one.rpc<{ txid: string; vout: number; amount: number }[]>('listunspent');
  const some = unspent.filter(({ amount }) => amount === 0.0001).slice(0, 5);
  await one.rpc('lockunspent', [false, some.map(({ txid, vout }) => ({ txid, vout }))]);
  expect((await look()).shown('notary-utxos')).toBe('12');
  await one.rpc('lockunspent', [true]);
});

test('a low balance is down', async () => {
  const seen = await look({ ...target, thresholds: { balance: { warn: 10_000, critical: 5_000 } } });
  expect(seen.state('balance')).toBe('down');
  expect(seen.why('balance')).toMatch(/^balance is .* less than 5,000$/);
});

test('a daemon that has headers without their blocks is behind', async () => {
  await one.syncedWith(other);
  await other.rpc('setnetworkactive', [false]);
  const hashes = await other.mine(11);
  const headers = await Promise.all(hashes.map((hash) => other.rpc<string>('getblockheader', [hash, false])));
  // Nobody has these blocks any more: only their headers go round.
  await other.rpc('invalidateblock', [hashes[0]]);
  await other.rpc('setnetworkactive', [true]);
  await other.connectTo(one);
  for (const header of headers) await one.rpc('submitheader', [header]);
  const seen = await look();
  expect(seen.state('in-sync')).toBe('down');
  expect(seen.why('in-sync')).toBe('11 blocks behind (102 of 113)');
});

test('a daemon without peers: no peers, and no word on whether it is in sync', async () => {
  await one.rpc('setnetworkactive', [false]);
  await expect.poll(async () => one.rpc('getconnectioncount')).toBe(0);
  const seen = await look();
  expect([seen.state('peers'), seen.why('peers')]).toEqual(['down', 'no peers']);
  expect(seen.state('in-sync')).toBe('unknown');
  await one.rpc('setnetworkactive', [true]);
  await other.connectTo(one);
});

const ofDaemon = () =>
  world.accepted
    .filter(({ labels }) => labels['alertname']?.startsWith('Daemon'))
    .map(({ labels, status }) => `${status} ${labels['alertname']} ${labels['severity']}`);
const daemonState = async () => (await patrol.patrolService(target)).results[0]?.finding.state;

test('stopped, starting, started: the patrol says so, once each', async () => {
  expect(await daemonState()).toBe('up');
  expect(ofDaemon()).toEqual([]);

  await one.stop();
  expect(await daemonState()).toBe('down');
  expect(await daemonState()).toBe('down');
  expect(ofDaemon()).toEqual(['firing DaemonDown critical']);

  const states = new Set<string | undefined>();
  const restarted = new AbortController();
  const restarting = one.restart().finally(() => restarted.abort());
  while (!restarted.signal.aborted) states.add(await daemonState());
  await restarting;
  // Never a guess on the way: refused, loading, there.
  expect([...states]).not.toContain('unknown');
  expect(await daemonState()).toBe('up');
  // It took far less than the half hour from which on a start is an alert.
  expect(ofDaemon()).toEqual(['firing DaemonDown critical', 'resolved DaemonDown critical']);
});
