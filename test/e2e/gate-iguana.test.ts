import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import { addressOfHash } from '#src/domain/address.ts';
import type { Executor, Executors } from '#src/domain/executor.ts';
import type { ServiceId } from '#src/domain/node.ts';
import { profileOf } from '#src/domain/profile.ts';
import { createRestartIguana } from '#src/nodes/iguana/remedies/restart-iguana.ts';
import { notaryWallets } from '#src/nodes/utxo/notary-wallet.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type GatedSshd, startGatedSshd } from '#test/real/gate.ts';
import { freePort } from '#test/real/port.ts';
import { processesNaming } from '#test/real/processes.ts';
import { root } from '#test/real/root.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  remediationWorld,
  service,
  type World,
} from '#test/stand-ins/remediation/world.ts';

import { notary, ownAddress, shower, unspent } from './wallet/stage.ts';

/** restart-iguana through a real sshd and tocsin-gate: iguana is the stand-in as a process, beside it a real daemon. */
let sshd: GatedSshd;
let folder: Folder;
let port: number;

const at = (name: string): string => join(folder.path, name);
const PASSPHRASE = 'hunter2';

beforeAll(async () => {
  folder = temporaryFolder('gate-iguana');
  [sshd, port] = await Promise.all([startGatedSshd(), freePort()]);
  const iguana = `${process.execPath} ${root}/test/stand-ins/iguana/program.ts ${port} ${at('heard')}`;
  program('stop', `kill -TERM "$(cat ${at('pid')})"`);
  program(
    'start',
    `setsid -f sh -c 'echo $$ >${at('pid')}; exec ${iguana}' </dev/null >${at('output')} 2>&1`,
  );
  program('unlock', `echo ${PASSPHRASE}`);
}, 60_000);

afterAll(async () => {
  await sshd?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** An iguana that runs and does nothing, as after a crash of its scripts. */
beforeEach(async () => {
  const forget = (): void => ['ran', 'heard'].forEach((name) => writeFileSync(at(name), ''));
  forget();
  execFileSync(at('start'));
  await vi.waitUntil(() => heard().some((line) => 'began' in line), 20_000);
  forget();
  sshd.allow(...['stop', 'start', 'unlock'].map((name) => `once ${at(name)}`));
  onTestFinished(() => iguanas().forEach((pid) => process.kill(pid, 'SIGKILL')));
}, 30_000);

/** A program of the operator's, which writes down that it ran. */
function program(name: string, words: string): void {
  writeFileSync(at(name), `#!/bin/sh\necho ${name} >>${at('ran')}\n${words}\n`);
  chmodSync(at(name), 0o755);
}
const linesOf = (name: string): readonly string[] =>
  existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n').filter(Boolean) : [];
const heard = (): readonly Readonly<Record<string, unknown>>[] =>
  linesOf('heard').map((line) => JSON.parse(line) as Record<string, unknown>);
/** What it was told, without the looks at it. */
const told = (): readonly string[] =>
  heard()
    .filter(({ method }) => method !== undefined && method !== 'help')
    .map(({ method, ipaddr, newcoin, symbol }) =>
      [method, ipaddr ?? newcoin ?? symbol].map(String).join(' '),
    );
/** What runs, seen from outside. */
const iguanas = (): readonly number[] => processesNaming(at('heard'));

/** Outputs of two notaries, all of them locked. */
async function locked(): Promise<{ readonly own: string; readonly others: readonly string[] }> {
  const keys = [await ownAddress('legacy'), await ownAddress('legacy')];
  for (const { pubkey } of keys) await shower(3, 10_000, `21${pubkey}ac`);
  const [own = '', other = ''] = keys.map(({ pubkey }) => pubkey);
  // To pay for a notarisation with.
  await shower(1, 1_000_000, keys[0]?.scriptPubKey ?? '');
  const outputs = (await unspent()).filter(({ amount }) => amount === 0.0001);
  expect(outputs).toHaveLength(6);
  await notary.rpc('lockunspent', [false, outputs.map(({ txid, vout }) => ({ txid, vout }))]);
  const ofOther = outputs.filter(({ scriptPubKey }) => scriptPubKey === `21${other}ac`);
  return { own, others: ofOther.map(({ txid, vout }) => `${txid}:${vout}`).toSorted() };
}
const stillLocked = async (): Promise<readonly string[]> =>
  (await notary.rpc<{ txid: string; vout: number }[]>('listlockunspent'))
    .map(({ txid, vout }) => `${txid}:${vout}`)
    .toSorted();

const restart = (watchMs: number) =>
  createRestartIguana({ wallets: notaryWallets(), everyMs: 100, watchMs, watchEveryMs: 100 });

interface Scene {
  readonly made: World;
  readonly executors: Executors;
}

function scene(pubkey: string, more: Partial<Parameters<typeof remediationWorld>[0]> = {}): Scene {
  const executors = createExecutors({ dataDir: folder.path });
  onTestFinished(() => executors[Symbol.dispose]());
  const made: World = remediationWorld({
    remedies: [restart(60_000)],
    executors,
    knowledge: {
      fellow: ({ node: id, service: of }) => {
        const target = made.fleet.target(id, of);
        return target && { target, executor: executors(target.node) };
      },
    },
    ...more,
  });
  const iguana = {
    id: 'iguana' as ServiceId,
    kind: 'iguana',
    url: `http://127.0.0.1:${port}`,
    pubkey,
    thresholds: {},
    settings: {
      coins: ['LTC', 'KMD'],
      notaries: { a_EU: '203.0.113.1', b_NA: '203.0.113.2' },
      restart: {
        stop: [at('stop')],
        start: [at('start')],
        unlock: [at('unlock')],
        address: '203.0.113.9',
        addcoin: { LTC: { conf: 'litecoin.conf' }, KMD: { conf: 'komodo.conf' } },
      },
    },
  };
  const { rpcUrl: url, user, password } = notary;
  made.fleet = fleetWith(node([iguana, { ...service, rpc: { url, user, password } }], sshd.access()));
  return { made, executors };
}

const TOLD = [
  'myipaddr 203.0.113.9',
  'addnotary 203.0.113.1',
  'addnotary 203.0.113.2',
  'addcoin KMD',
  'addcoin LTC',
  'dpow KMD',
  'dpow LTC',
];

test('over sshd and the gate: what is missing in its list is said before; then it is ended, its outputs are freed, it works again', async () => {
  const { own, others } = await locked();
  const [before] = iguanas();
  const { made } = scene(own);
  sshd.allow(`once ${at('stop')}`, `once ${at('start')}`);
  await expect(made.request('alice')).rejects.toThrow(/not allowed: once \S+unlock/);
  expect([iguanas(), linesOf('ran')]).toEqual([[before], []]);

  sshd.allow(...['stop', 'start', 'unlock'].map((name) => `once ${at(name)}`));
  const { id } = await made.approved('anna');
  const run = made.carryOut(id);
  await vi.waitUntil(() => told().includes('dpow LTC'), 60_000);
  const prefix = profileOf('litecoin')?.addressPrefix.regtest ?? '';
  const paid = addressOfHash('f1dce4182fce875748c4986b240ff7d7bc3fffb0', prefix);
  await notary.rpc('sendtoaddress', [paid, 0.000836]);
  expect(await run).toBe('done');

  const request = await made.requests.get(id);
  const [after, ...more] = iguanas();
  expect(more).toEqual([]);
  expect(after).not.toBe(before);
  expect(request?.result).toBe(
    `Runs again, pid ${after} (was ${before}): 2 notaries told, 3 outputs freed, dPoW of 2 of 2 coins started. A new notarisation of LTC was seen.`,
  );
  expect(linesOf('ran')).toEqual(['stop', 'start', 'unlock']);
  expect(heard()[0]).toEqual({ ended: before });
  // A coin that is not active yet is asked again.
  expect(told().filter((one, index, all) => one !== all[index - 1])).toEqual(TOLD);
  expect(heard().findLast(({ method }) => method === 'dpow')).toMatchObject({ symbol: 'LTC', pubkey: own });
  expect(await stillLocked()).toEqual(others);
  const everything = [await made.requests.list(10), await made.logs.read(id), made.audited, made.shown];
  expect(JSON.stringify(everything) + sshd.log()).not.toContain(PASSPHRASE);
}, 90_000);

test('over sshd and the gate, Tocsin dies again and again: nothing is run twice, and it works again', async () => {
  const { own, others } = await locked();
  const [before] = iguanas();
  const shared = { requests: memoryRequests(), leases: memoryLeases() };
  const { made, executors } = scene(own, { ...shared, remedies: [restart(200)] });
  const { id } = await made.approved('anna');
  let deaths = 0;
  for (let diesAt = 17; ; diesAt += 7) {
    const life = mortal(diesAt);
    const doomed = made.another({
      executors: (which) => {
        const executor = executors(which);
        return executor && usedBy<Executor>(life, executor);
      },
      requests: usedBy(life, shared.requests),
      leases: usedBy(life, shared.leases),
    });
    await doomed(id).catch(() => undefined);
    shared.leases.steal('remedy:alpha-main');
    if (!life.dead) break;
    deaths++;
  }
  expect(deaths).toBeGreaterThan(3);
  const request = await made.requests.get(id);
  expect(request?.reason).toBeUndefined();
  expect(request).toMatchObject({ state: 'succeeded' });
  const ran = linesOf('ran');
  expect(ran.filter((name) => name !== 'unlock')).toEqual(['stop', 'start']);
  expect(ran).toContain('unlock');
  expect(heard().filter((line) => 'began' in line)).toHaveLength(1);
  expect(iguanas()).toHaveLength(1);
  expect(iguanas()).not.toEqual([before]);
  expect([...new Set(told())]).toEqual(TOLD);
  expect(await stillLocked()).toEqual(others);
}, 90_000);
