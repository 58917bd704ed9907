import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { Remedy, Request } from '#src/domain/remedy.ts';
import { createRestartChain } from '#src/nodes/utxo/remedies/restart-chain.ts';
import { createResync } from '#src/nodes/utxo/remedies/resync.ts';
import { createUpdate } from '#src/nodes/utxo/remedies/update.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import {
  fleetWith,
  fullyApproved,
  node,
  remediationWorld,
  service,
  type World,
} from '#test/stand-ins/remediation/world.ts';

/** What stops and starts a daemon, on a real litecoind, seen from outside. */
let program: string;
let daemon: RunningLitecoind;
let folder: Folder;
let other: string;
let height: number;
let best: string;
let address: string;

beforeAll(async () => {
  folder = temporaryFolder('life');
  daemon = await startLitecoind();
  await daemon.mine(120);
  address = await daemon.rpc<string>('getnewaddress');
  [height, best] = [await daemon.rpc<number>('getblockcount'), await daemon.rpc<string>('getbestblockhash')];
  // What the distribution starts may be a script: this is what runs, and the same build at another path.
  program = readlinkSync(`/proc/${daemon.pid}/exe`);
  other = copyOf(program, 'litecoind-new');
});

afterAll(async () => {
  // A restarted daemon is nobody's child: it ends when it is told so.
  await daemon?.rpc('stop').catch(() => undefined);
  await vi.waitUntil(async () => (await pids()).length === 0, 20_000);
  await daemon?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

function copyOf(path: string, name: string): string {
  const copy = join(folder.path, name);
  copyFileSync(path, copy);
  chmodSync(copy, 0o755);
  return copy;
}

const quick = { everyMs: 50, againMs: 2_000 };
const remedies: readonly Remedy[] = [createRestartChain(quick), createResync(quick), createUpdate(quick)];

type Shared = Partial<Parameters<typeof remediationWorld>[0]>;

function world(shared: Shared = {}): World {
  const { rpcUrl: url, user, password } = daemon;
  const made = remediationWorld({
    remedies,
    executors: createExecutors({ dataDir: folder.path }),
    ...shared,
  });
  made.fleet = fleetWith(node([{ ...service, rpc: { url, user, password } }]));
  return made;
}

async function carriedOut(remedy: string, args = {}): Promise<Request | undefined> {
  const all = world();
  const { id } = await fullyApproved(all, remedy, args);
  expect(await all.carryOut(id)).toBe('done');
  return all.requests.get(id);
}

/** The daemons of this data directory, as the kernel tells. */
async function pids(): Promise<readonly number[]> {
  const running = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return running.filter((pid) => wordsOf(Number(pid)).includes(`-datadir=${daemon.datadir}`)).map(Number);
}
function wordsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  } catch {
    return [];
  }
}
const theOne = async (): Promise<number> => {
  const found = await pids();
  expect(found).toHaveLength(1);
  return found[0]!;
};

/** That it is the same chain and the same wallet, whatever was done to it. */
async function stillWhole(): Promise<void> {
  expect(await daemon.rpc<number>('getblockcount')).toBe(height);
  expect(await daemon.rpc<string>('getbestblockhash')).toBe(best);
  expect(await daemon.rpc<object>('getaddressinfo', [address])).toMatchObject({ ismine: true });
}

test('update: the daemon runs as the program at another path, with the same words, once', async () => {
  const before = await theOne();
  const words = wordsOf(before).slice(1);
  expect(await carriedOut('update', { program: other })).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(/^Runs as .*litecoind-new, LitecoinCore:0\.21/) as string,
  });
  const after = await theOne();
  expect(after).not.toBe(before);
  expect(wordsOf(after)).toEqual([other, ...words]);
  await stillWhole();
});

test('update to what does not run as itself goes back to the program that ran, and says so', async () => {
  // A script that hands over to another program: it tells that one's version.
  const script = join(folder.path, 'litecoind-script');
  writeFileSync(script, `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  expect(await carriedOut('update', { program: script })).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(
      new RegExp(`^${script} did not come up: .*with other arguments.* ${other} runs again: pid \\d+`),
    ) as string,
  });
  expect(wordsOf(await theOne())[0]).toBe(other);
  await stillWhole();
});

test('update to a program that is no daemon is refused before anything is stopped', async () => {
  const before = await theOne();
  const none = copyOf('/bin/false', 'litecoind-none');
  await expect(world().request('alice', 'update', { program: none })).rejects.toThrow(
    /does not tell its version/,
  );
  expect(await theOne()).toBe(before);
});

test('resync: the wallet is copied, the blocks are read anew, the chain is the same; the next start is as before', async () => {
  const before = await theOne();
  const words = wordsOf(before);
  const wallets = join(daemon.datadir, 'regtest', 'wallets', 'wallet');
  const size = statSync(join(wallets, 'wallet.dat')).size;
  const chainstate = statSync(join(daemon.datadir, 'regtest', 'chainstate')).ctimeMs;
  expect(await carriedOut('resync')).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(
      new RegExp(`^Reindexed: pid \\d+, at block ${height}, before it was at ${height}\\.`),
    ) as string,
  });
  const after = await theOne();
  expect(wordsOf(after)).toEqual([...words, '-reindex']);
  await stillWhole();
  const copies = readdirSync(wallets).filter((name) => name.startsWith('wallet.dat.tocsin-'));
  expect(copies).toHaveLength(1);
  expect(statSync(join(wallets, copies[0]!)).size).toBe(statSync(join(wallets, 'wallet.dat')).size);
  expect(size).toBeGreaterThan(0);
  expect(statSync(join(daemon.datadir, 'regtest', 'chainstate')).ctimeMs).toBeGreaterThan(chainstate);
  expect(readFileSync(join(daemon.datadir, 'regtest', 'debug.log'), 'utf8')).toContain(
    'Reindexing block file',
  );

  expect(await carriedOut('restart-chain')).toMatchObject({ state: 'succeeded' });
  expect(wordsOf(await theOne())).toEqual(words);
  await stillWhole();
  expect(existsSync(`/proc/${after}`)).toBe(false);
}, 60_000);
