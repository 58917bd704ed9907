import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Executor, Executors, Ran } from '#src/domain/executor.ts';
import { startGatedSshd } from '#test/real/gate.ts';
import { whileMining } from '#test/real/mining.ts';
import { root } from '#test/real/root.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  type World,
} from '#test/stand-ins/remediation/world.ts';

import {
  approved,
  balance,
  carriedOut,
  executors,
  miner,
  notary,
  type Own,
  ownAddress,
  pay,
  remedies,
  sats,
  shower,
  unspent,
  world,
} from './wallet/stage.ts';

interface Shared {
  readonly requests: ReturnType<typeof memoryRequests>;
  readonly leases: ReturnType<typeof memoryLeases>;
}

async function funded(): Promise<{ readonly own: Own; readonly addresses: readonly string[] }> {
  const own = await ownAddress('legacy');
  const others = [await ownAddress('bech32'), await ownAddress('p2sh-segwit')];
  await shower(140, 50_000, `21${own.pubkey}ac`);
  await shower(12, 10_000, `21${own.pubkey}ac`);
  for (const { scriptPubKey } of others) await shower(2, 30_000_000, scriptPubKey);
  // Some change of its own.
  await pay(await miner.rpc<string>('getnewaddress'), [0.1], 1);
  const addresses = [...new Set((await unspent()).map(({ address }) => address))];
  return { own, addresses: [...new Set([...addresses, own.address])] };
}

const walletFolder = (): string => join(notary.datadir, 'regtest/wallets');
const keyFiles = (): readonly string[] => {
  const keys = join(walletFolder(), 'tocsin-keys');
  return existsSync(keys) ? readdirSync(keys).map((name) => join(keys, name)) : [];
};
/** Every private key that was exported. */
const exported = (): readonly string[] =>
  keyFiles().flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1] ?? ''),
  );
const ismine = async (address: string): Promise<boolean> =>
  (await notary.rpc<{ ismine: boolean; iswatchonly: boolean }>('getaddressinfo', [address])).ismine;

describe('reset-wallet', () => {
  test('gives it a new wallet with the same keys, outputs and balance; the old one and its copy lie beside; no key was told', async () => {
    const { own, addresses } = await funded();
    const [before, seed] = [await balance(), await hdSeed()];
    const made = world(own.pubkey);
    const request = await carriedOut(made, 'reset-wallet', { target: '40' });
    expect(request.reason).toBeUndefined();
    expect(request).toMatchObject({ state: 'succeeded' });

    expect(await hdSeed()).not.toBe(seed);
    for (const address of addresses) expect(await ismine(address), address).toBe(true);
    const left = await unspent();
    expect(left.length).toBeLessThanOrEqual(40);
    expect(left.filter(({ amount }) => amount === 0.0001)).toHaveLength(12);
    const cost = sats(before) - sats(await balance());
    expect(cost).toBeGreaterThan(0);
    expect(cost).toBeLessThan(100_000);
    // What was brought over can be brought over again: for each key the new wallet has addresses of every kind, of MWEB too.
    const again = await carriedOut(made, 'reset-wallet', { target: '40' });
    expect(again.reason).toBeUndefined();
    for (const address of addresses) expect(await ismine(address), address).toBe(true);
    // It can spend them.
    await notary.rpc('sendtoaddress', [await miner.rpc<string>('getnewaddress'), 0.9]);

    const [, aside = ''] = /The wallet as it was: (\S+)\./.exec(request.result ?? '') ?? [];
    const [, copy = ''] = /Its copy: (\S+)\./.exec(request.result ?? '') ?? [];
    expect(statSync(join(aside, 'wallet.dat')).size).toBeGreaterThan(50_000);
    expect(statSync(copy).size).toBeGreaterThan(30_000);
    const [file = ''] = keyFiles();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);

    const keys = exported();
    expect(keys.length).toBeGreaterThanOrEqual(2 * addresses.length);
    const told = JSON.stringify([await made.requests.list(10), made.audited, made.shown]);
    for (const key of keys) expect(told).not.toContain(key);
    for (const { pid } of processes()) expect(keys.some((key) => commandLine(pid).includes(key))).toBe(false);
  }, 240_000);

  test('over SSH, where the gate lets it: what is missing in its list is said before anything is done', async () => {
    const { own, addresses } = await funded();
    const [before, seed] = [await balance(), await hdSeed()];
    const path = `${join(root, 'deploy/node')}:${process.env['PATH']}`;
    await using sshd = await startGatedSshd({ path });
    const looks = ['run litecoin-cli ...', 'run env ...'];
    sshd.allow(...looks);
    const made = world(own.pubkey, { executors: executors() });
    const settings = { port: Number(new URL(notary.rpcUrl).port) };
    const here = (made.fleet.nodes[0]?.services ?? []).map((one) => ({ ...one, settings }));
    made.fleet = fleetWith({ ...node(here), access: sshd.access() });
    const asked = () => made.request('alice', 'reset-wallet', { target: '40' });
    await expect(asked()).rejects.toThrow(/not allowed: once tocsin-keys export/);
    const folder = walletFolder();
    const deeds = [
      `once tocsin-keys export ${folder}/tocsin-keys/* ...`,
      `run tocsin-keys prove ${folder}/tocsin-keys/* ...`,
      `once tocsin-keys import ${folder}/tocsin-keys/* ...`,
      `once mv -n -- ${folder}/wallet ${folder}/wallet.*`,
    ];
    sshd.allow(...looks, ...deeds);
    await expect(asked()).rejects.toThrow(/not allowed: once mv -n -- \S+\.before-\S+ \S+wallet:/);
    deeds.push(`once mv -n -- ${folder}/wallet.* ${folder}/wallet`);
    sshd.allow(...looks, ...deeds);
    await expect(asked()).rejects.toThrow(/start/);
    sshd.allow(...looks, ...deeds, 'start */litecoind');
    const request = await carriedOut(made, 'reset-wallet', { target: '40' });
    expect(request.reason).toBeUndefined();
    expect(request).toMatchObject({ state: 'succeeded' });
    expect(await hdSeed()).not.toBe(seed);
    for (const address of addresses) expect(await ismine(address), address).toBe(true);
    expect(sats(before) - sats(await balance())).toBeLessThan(100_000);
    for (const key of exported())
      expect(sshd.log() + sshd.output() + JSON.stringify(made.shown)).not.toContain(key);
  }, 240_000);

  /** Tocsin dies again and again, a little later each time, and goes on; resolves with how often. */
  async function dyingAgainAndAgain(
    made: World,
    id: string,
    real: Executors,
    shared: Shared,
  ): Promise<number> {
    for (let deaths = 0, diesAt = 9; ; deaths++, diesAt += 4) {
      const process = mortal(diesAt);
      const killed = made.another({
        remedies: remedies(),
        executors: (which) => {
          const executor = real(which);
          return executor && usedBy<Executor>(process, executor);
        },
        requests: usedBy(process, shared.requests),
        leases: usedBy(process, shared.leases),
      });
      const outcome = await whileMining(
        miner,
        killed(id).catch(() => 'killed'),
      );
      shared.leases.steal('remedy:alpha-main');
      if (process.dead) continue;
      expect(outcome).toBe('done');
      return deaths;
    }
  }

  test('killed at every step and taken up again: one new wallet, every key, a true report', async () => {
    const { own, addresses } = await funded();
    const before = await balance();
    const shared = { requests: memoryRequests(), leases: memoryLeases() };
    const first = world(own.pubkey, shared);
    const { id } = await approved(first, 'reset-wallet', { target: '40' });
    const deaths = await dyingAgainAndAgain(first, id, executors(), shared);
    expect(deaths).toBeGreaterThan(8);
    const request = await first.requests.get(id);
    expect(request?.reason).toBeUndefined();
    expect(request).toMatchObject({ state: 'succeeded' });
    for (const address of addresses) expect(await ismine(address), address).toBe(true);
    expect(sats(before) - sats(await balance())).toBeLessThan(100_000);
    expect(aside('.before-')).toHaveLength(1);
    expect(aside('.given-up-')).toHaveLength(0);
    expect(keyFiles()).toHaveLength(1);
  }, 240_000);

  test('killed at every step of the way back: the old wallet is in place again, and the report says so', async () => {
    const { own, addresses } = await funded();
    const [before, seed] = [await balance(), await hdSeed()];
    const shared = { requests: memoryRequests(), leases: memoryLeases() };
    const real = withKeysLost(executors());
    const first = world(own.pubkey, { ...shared, executors: real });
    const { id } = await approved(first, 'reset-wallet', { target: '200' });
    const deaths = await dyingAgainAndAgain(first, id, real, shared);
    expect(deaths).toBeGreaterThan(8);
    expect(await first.requests.get(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /does not have the key of .*The old wallet was put back and runs: it has every key, every output and the whole balance/,
      ) as string,
    });
    expect(await hdSeed()).toBe(seed);
    expect(await balance()).toBe(before);
    for (const address of addresses) expect(await ismine(address), address).toBe(true);
    expect(aside('.before-')).toHaveLength(0);
    expect(aside('.given-up-')).toHaveLength(1);
  }, 240_000);

  test('refuses, in words, a wallet with funds whose key it has not, and one that is encrypted', async () => {
    const { own } = await funded();
    const foreign = await miner.rpc<{ address: string; pubkey: string }>('getaddressinfo', [
      await miner.rpc<string>('getnewaddress', ['', 'legacy']),
    ]);
    await notary.rpc('importpubkey', [foreign.pubkey, 'watched', false]);
    await miner.rpc('sendtoaddress', [foreign.address, 1]);
    await miner.mine(1);
    await notary.syncedWith(miner);
    const asked = () => world(own.pubkey).request('alice', 'reset-wallet');
    await expect(asked()).rejects.toThrow(/are only watched, or need other signatures too/);
    await notary.rpc('encryptwallet', ['hunter2']);
    await expect(asked()).rejects.toThrow(/The wallet is encrypted/);
  }, 90_000);

  test('stops with the wallet intact when a key cannot be exported', async () => {
    const { own } = await funded();
    const [before, seed] = [await balance(), await hdSeed()];
    const real = instead(executors(), (words) =>
      words.includes('export')
        ? { exitCode: 1, stdout: '', stderr: 'tocsin-keys: cannot write: is the disk full?\n' }
        : undefined,
    );
    const request = await carriedOut(world(own.pubkey, { executors: real }), 'reset-wallet', {
      target: '200',
    });
    expect(request).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /is the disk full\?\. Nothing was stopped, nothing was moved\./,
      ) as string,
    });
    expect([await balance(), await hdSeed(), aside('.before-')]).toEqual([before, seed, []]);
  }, 90_000);

  test('starts the daemon again with its wallet when that cannot be moved', async () => {
    const { own } = await funded();
    const [before, seed] = [await balance(), await hdSeed()];
    const real = instead(executors(), ([program]) =>
      program === 'mv' ? { exitCode: 1, stdout: '', stderr: 'mv: No space left on device\n' } : undefined,
    );
    const request = await carriedOut(world(own.pubkey, { executors: real }), 'reset-wallet', {
      target: '200',
    });
    expect(request).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /No space left on device.*The daemon runs again with the wallet as it was\./,
      ) as string,
    });
    expect([await balance(), await hdSeed(), aside('.before-')]).toEqual([before, seed, []]);
  }, 90_000);

  test('says where everything lies when the daemon is killed in the middle, and what puts the old wallet back', async () => {
    const { own } = await funded();
    const [before, seed] = [await balance(), await hdSeed()];
    const real = instead(executors(), (words) => {
      if (words.includes('import'))
        for (const { pid } of processes()) if (isNotary(pid)) process.kill(Number(pid), 'SIGKILL');
      return undefined;
    });
    const request = await carriedOut(world(own.pubkey, { executors: real }), 'reset-wallet', {
      target: '200',
    });
    expect(request.state).toBe('failed');
    const [, away = '', there = '', back = ''] =
      /stop the daemon, then `mv -n -- (\S+) \S+` and `mv -n -- (\S+) (\S+)`, then start it/.exec(
        request.reason ?? '',
      ) ?? [];
    expect(statSync(join(there, 'wallet.dat')).size).toBeGreaterThan(50_000);
    renameSync(away, `${away}.by-hand`);
    renameSync(there, back);
    await notary.restart();
    expect([await balance(), await hdSeed()]).toEqual([before, seed]);
  }, 120_000);

  const hdSeed = async (): Promise<string> =>
    (await notary.rpc<{ hdseedid: string }>('getwalletinfo')).hdseedid;
});

const aside = (mark: string): readonly string[] =>
  readdirSync(walletFolder()).filter((name) => name.includes(mark));
const isNotary = (pid: string): boolean =>
  commandLine(pid).startsWith('litecoind\0') || commandLine(pid).includes('/litecoind\0')
    ? commandLine(pid).includes(`-datadir=${notary.datadir}\0`)
    : false;

/** The same way into the machine, but what some programs come to is made up; undefined = they run. */
const instead =
  (real: Executors, made: (words: readonly string[]) => Ran | undefined): Executors =>
  (which) => {
    const executor = real(which);
    if (!executor) return undefined;
    const runOnce: Executor['runOnce'] = async (at, id, argv, bounds) =>
      made(argv) ?? executor.runOnce(at, id, argv, bounds);
    return { ...executor, runOnce };
  };

/** The import says that it is done, and did nothing. */
const withKeysLost = (real: Executors): Executors =>
  instead(real, (words) => {
    if (!words.includes('import')) return undefined;
    const [file = ''] = keyFiles();
    const text = readFileSync(file);
    const addresses = text
      .toString()
      .trim()
      .split('\n')
      .map((line) => `imported ${line.split(' ')[0]}`);
    const digest = createHash('sha256').update(text).digest('hex');
    return { exitCode: 0, stdout: `${addresses.join('\n')}\nsha256 ${digest}\n`, stderr: '' };
  });

const processes = (): readonly { readonly pid: string }[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid }));
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
