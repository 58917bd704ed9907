import { existsSync, readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { Request } from '#src/domain/remedy.ts';
import { rememberProcess } from '#src/nodes/utxo/process/identity.ts';
import { createRestartChain } from '#src/nodes/utxo/remedies/restart-chain.ts';
import { createSplit } from '#src/nodes/utxo/remedies/split.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { whileMining } from '#test/real/mining.ts';
import { fleetWith, node, remediationWorld, service, type World } from '#test/stand-ins/remediation/world.ts';

let notary: RunningLitecoind;
let miner: RunningLitecoind;
let folder: Folder;

beforeAll(async () => {
  folder = temporaryFolder('remedies');
  [notary, miner] = await Promise.all([startLitecoind(), startLitecoind()]);
  await miner.connectTo(notary);
  await miner.mine(110);
  await notary.syncedWith(miner);
});

afterAll(async () => {
  // A restarted daemon is nobody's child: it ends when it is told so.
  await notary?.rpc('stop').catch(() => undefined);
  await vi.waitUntil(
    () =>
      notary?.rpc('uptime').then(
        () => false,
        () => true,
      ),
    20_000,
  );
  await Promise.all([notary?.[Symbol.asyncDispose](), miner?.[Symbol.asyncDispose]()]);
  folder?.[Symbol.dispose]();
});

const executors = () => createExecutors({ dataDir: folder.path });

function world(pubkey?: string): World {
  const { rpcUrl: url, user, password } = notary;
  const made = remediationWorld({
    remedies: [createSplit({ everyMs: 100 }), createRestartChain({ everyMs: 100 })],
    executors: executors(),
  });
  made.fleet = fleetWith(node([{ ...service, rpc: { url, user, password }, ...(pubkey && { pubkey }) }]));
  return made;
}

interface Unspent {
  readonly amount: number;
  readonly scriptPubKey: string;
  readonly confirmations: number;
}

const rightSized = async (script?: string): Promise<number> =>
  (await notary.rpc<Unspent[]>('listunspent')).filter(
    ({ amount, scriptPubKey }) => amount === 0.0001 && (script === undefined || scriptPubKey === script),
  ).length;

async function fund(coins: number): Promise<void> {
  await miner.rpc('sendtoaddress', [await notary.rpc<string>('getnewaddress'), coins]);
  await miner.mine(1);
  await notary.syncedWith(miner);
}

const ended = async ({ requests }: World, { id }: Request): Promise<Request | undefined> => requests.get(id);

test('split is refused, in words, without funds', async () => {
  await expect(world().request('alice', 'split')).rejects.toThrow(
    /Too little to split: 20 outputs of 10000 satoshis.*confirmed and not mined are 0:/,
  );
});

test('split does not touch mined coins', async () => {
  await notary.mine(101);
  await miner.syncedWith(notary);
  await expect(world().request('alice', 'split')).rejects.toThrow(
    /Too little to split.*Mined \(coinbase\): [1-9]/,
  );
});

test('split raises the count of right-sized outputs to the target, once, and reports it', async () => {
  await fund(1);
  const all = world();
  const request = await all.approved('anna', 'split', { target: '12' });
  expect(request.plan.seen).toMatchObject({ 'Right-sized now': '0', 'To be made': '12' });
  await whileMining(miner, all.carryOut(request.id));
  expect(await ended(all, request)).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('right-sized now: 12') as string,
  });
  expect(await rightSized()).toBe(12);
  await expect(all.request('alice', 'split', { target: '12' })).rejects.toThrow(
    /12 right-sized UTXOs already/,
  );
});

test('split pays to the public key of the notary, counts locked outputs, and refuses a key that is not in the wallet', async () => {
  const address = await notary.rpc<string>('getnewaddress', ['', 'legacy']);
  const { pubkey } = await notary.rpc<{ pubkey: string }>('getaddressinfo', [address]);
  const script = `21${pubkey}ac`;
  const all = world(pubkey);
  const first = await all.approved('anna', 'split', { target: '3' });
  await whileMining(miner, all.carryOut(first.id));
  expect(await ended(all, first)).toMatchObject({ state: 'succeeded' });
  expect(await rightSized(script)).toBe(3);

  const outputs = await notary.rpc<{ txid: string; vout: number; scriptPubKey: string }[]>('listunspent');
  const lock = outputs.filter(({ scriptPubKey }) => scriptPubKey === script).slice(0, 2);
  await notary.rpc('lockunspent', [false, lock.map(({ txid, vout }) => ({ txid, vout }))]);
  const second = await all.approved('anna', 'split', { target: '252' });
  expect(second.plan.seen).toMatchObject({ 'Right-sized now': '3, 2 of them locked', 'To be made': '249' });
  await whileMining(miner, all.carryOut(second.id));
  expect(await ended(all, second)).toMatchObject({ state: 'succeeded' });
  expect(await rightSized(script)).toBe(250);
  await notary.rpc('lockunspent', [true]);

  const foreign = await miner.rpc<{ pubkey: string }>('getaddressinfo', [
    await miner.rpc<string>('getnewaddress'),
  ]);
  await expect(world(foreign.pubkey).request('alice', 'split')).rejects.toThrow(/does not hold the key/);
});

test('a split that was sent and interrupted is finished by the next process, without a second transaction', async () => {
  const address = await notary.rpc<string>('getnewaddress', ['', 'legacy']);
  const { pubkey } = await notary.rpc<{ pubkey: string }>('getaddressinfo', [address]);
  const all = world(pubkey);
  const request = await all.approved('anna', 'split', { target: '5' });
  const stop = new AbortController();
  const first = all.carryOut(request.id, stop.signal);
  // Until the miner has heard of it.
  await expect.poll(async () => miner.rpc<string[]>('getrawmempool'), { timeout: 30_000 }).toHaveLength(1);
  stop.abort();
  expect(await first).toBe('busy');
  await expect(all.request('carol', 'split')).rejects.toThrow(/A split is under way: 5/);
  // As if it had been killed before the sending was on record.
  await all.requests.update(request.id, (current) => current && { ...current, steps: unsent(current) });
  await miner.mine(1);
  await notary.syncedWith(miner);
  expect(await all.another()(request.id)).toBe('done');
  expect(await ended(all, request)).toMatchObject({ state: 'succeeded' });
  expect(await rightSized(`21${pubkey}ac`)).toBe(5);
  expect(await notary.rpc<string[]>('getrawmempool')).toEqual([]);
});

const unsent = ({ steps }: Request): Request['steps'] =>
  steps
    .filter(({ name }) => name !== 'confirm')
    .map(({ doneAt, result, ...step }) => (step.name === 'send' ? step : { ...step, doneAt, result }));

const commandLine = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
const pidOf = async (all: World): Promise<number> => {
  const [target] = all.fleet.targets();
  const process = await executors()(target!.node)?.listening(
    target!.node,
    Number(new URL(notary.rpcUrl).port),
  );
  return process?.pid ?? 0;
};

test('restart-chain restarts the daemon with the same arguments, and no block is lost', async () => {
  const all = world();
  const before = await pidOf(all);
  expect(before).toBe(notary.pid);
  const words = commandLine(before);
  const blocks = await notary.rpc<number>('getblockcount');
  const request = await all.approved('anna', 'restart-chain');
  expect(await all.carryOut(request.id)).toBe('done');
  expect(await ended(all, request)).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(
      new RegExp(`same arguments: pid \\d+ \\(was ${before}, at block ${blocks}\\)`),
    ) as string,
  });
  const after = await pidOf(all);
  expect(after).not.toBe(before);
  expect(commandLine(after).replace(/^[^\0]*/, '')).toBe(words.replace(/^[^\0]*/, ''));
  expect(await notary.rpc<number>('getblockcount')).toBe(blocks);
});

test('restart-chain starts a daemon that is down, as it was last seen', async () => {
  const all = world();
  const [target] = all.fleet.targets();
  await rememberProcess(target!, executors());
  const before = await pidOf(all);
  const words = commandLine(before);
  await notary.rpc('stop');
  await expect.poll(() => existsSync(`/proc/${before}`), { timeout: 20_000 }).toBe(false);
  const request = await all.approved('anna', 'restart-chain');
  expect(request.plan.bound).toMatchObject({ process: 'not running' });
  expect(await all.carryOut(request.id)).toBe('done');
  expect(await ended(all, request)).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('it was down') as string,
  });
  expect(commandLine(await pidOf(all))).toBe(words);
});

test('restart-chain of a daemon that was never seen up says what to do', async () => {
  const all = world();
  all.fleet = fleetWith(
    node([{ ...service, rpc: { url: 'http://127.0.0.1:1' }, id: 'NEW' as typeof service.id }]),
  );
  await expect(all.request('alice', 'restart-chain')).rejects.toThrow(/Start it by hand once/);
});
