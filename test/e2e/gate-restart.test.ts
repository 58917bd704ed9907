import { readFileSync, readlinkSync } from 'node:fs';

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';

import type { Request } from '#src/domain/remedy.ts';
import { rememberProcess } from '#src/nodes/utxo/process/identity.ts';
import { createRestartChain } from '#src/nodes/utxo/remedies/restart-chain.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type GatedSshd, startGatedSshd } from '#test/real/gate.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { processesNaming } from '#test/real/processes.ts';
import { fleetWith, node, remediationWorld, service, type World } from '#test/stand-ins/remediation/world.ts';

let sshd: GatedSshd;
let notary: RunningLitecoind;
let folder: Folder;

beforeAll(async () => {
  folder = temporaryFolder('gate-restart');
  [sshd, notary] = await Promise.all([startGatedSshd(), startLitecoind()]);
  await notary.mine(5);
});

afterAll(async () => {
  await notary?.rpc('stop').catch(() => undefined);
  await vi.waitUntil(
    () =>
      notary?.rpc('uptime').then(
        () => false,
        () => true,
      ),
    20_000,
  );
  await Promise.all([sshd?.[Symbol.asyncDispose](), notary?.[Symbol.asyncDispose]()]);
  folder?.[Symbol.dispose]();
});

/** Remedies through the real gate. */
function world(): World {
  const { rpcUrl: url, user, password } = notary;
  const executors = createExecutors({ dataDir: folder.path });
  onTestFinished(() => executors[Symbol.dispose]());
  const made = remediationWorld({
    remedies: [createRestartChain({ everyMs: 500 })],
    executors,
  });
  made.fleet = fleetWith(node([{ ...service, rpc: { url, user, password } }], sshd.access()));
  return made;
}

const run = async (all: World): Promise<Request | undefined> => {
  const { id } = await all.approved('anna', 'restart-chain');
  expect(await all.carryOut(id)).toBe('done');
  return all.requests.get(id);
};

/** What runs, seen from outside: the kernel's own list of processes with the daemon's folder. */
function daemons(): readonly { readonly pid: number; readonly words: string }[] {
  return processesNaming(notary.datadir).map((pid) => ({
    pid,
    words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/^[^\0]*/, ''),
  }));
}

const daemon = () => {
  const [one, ...more] = daemons();
  expect(more).toEqual([]);
  if (!one) throw new Error('no daemon runs');
  return one;
};

/** From which words on the log stands now. */
const logged = (): (() => string) => {
  const before = sshd.log().length;
  return () => sshd.log().slice(before);
};

test('without a line for it in the allow-list it is refused before anything is stopped', async () => {
  sshd.allow('run true');
  const before = daemon();
  const error = await world()
    .request('alice', 'restart-chain')
    .catch((error: unknown) => error);
  expect((error as Error).message).toContain(sshd.allowFile);
  expect(daemon()).toEqual(before);
});

test('restarts the daemon with the same arguments, whose secrets never leave its machine', async () => {
  // The program itself, not the link that it was started by.
  sshd.allow(`start ${readlinkSync(`/proc/${notary.pid}/exe`)}`);
  const [before, blocks, log] = [daemon(), await notary.rpc<number>('getblockcount'), logged()];
  const all = world();
  const ended = await run(all);
  expect(ended).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining(`(was ${before.pid}, at block ${blocks})`),
  });
  expect(ended?.plan.steps.join()).toContain('-datadir=');
  const after = daemon();
  expect(after.pid).not.toBe(before.pid);
  expect(after.words).toBe(before.words);
  expect(await notary.rpc<number>('getblockcount')).toBe(blocks);
  expect(log().match(/ start /g)).toHaveLength(1);
});

test('starts one that is down, as it was last seen', async () => {
  const all = world();
  const [target] = all.fleet.targets();
  using executors = createExecutors({ dataDir: folder.path });
  await rememberProcess(target!, executors);
  const before = daemon();
  await notary.rpc('stop');
  await expect.poll(() => daemons(), { timeout: 20_000 }).toEqual([]);
  expect(await run(all)).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('it was down'),
  });
  expect(daemon().words).toBe(before.words);
});
