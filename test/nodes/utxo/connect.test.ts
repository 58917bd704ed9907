import { expect, test } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { Access, RpcAccess } from '#src/domain/node.ts';
import { connect } from '#src/nodes/utxo/connect.ts';
import { isRefused } from '#src/nodes/utxo/rpc-error.ts';
import { local } from '#src/remediation/executors/local.ts';
import { freePort } from '#test/real/port.ts';
import { startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

const SSH: Access = {
  kind: 'ssh',
  host: '203.0.113.9',
  port: 22,
  user: 'u',
  identityFile: 'id',
  hostKey: 'SHA256:x',
};
const here = local({ dataDir: 'unused' });

/** The words of the one program that a call runs. */
async function wordsOf(rpc: RpcAccess, asked: { access?: Access; profile?: string } = {}) {
  const runs: (readonly string[])[] = [];
  const executor: Executor = {
    ...here,
    async run(_node, argv) {
      runs.push(argv);
      return { exitCode: 0, stdout: '7\n', stderr: '' };
    },
  };
  const asking = await connect(targetOf({ rpc, ...asked }), { executor, timeoutMs: 2_000 });
  expect(await asking.call('getblockcount')).toBe(7);
  expect(runs).toHaveLength(1);
  return runs[0];
}

test('the program that the fleet names is run on the node, wherever that is', async () => {
  const cli = ['/opt/komodo-cli', '-ac_name=MCL'] as const;
  const words = [...cli, '-rpcclienttimeout=2', 'getblockcount'];
  expect(await wordsOf({ cli: [...cli] })).toEqual(words);
  expect(await wordsOf({ cli: [...cli] }, { access: SSH })).toEqual(words);
});

test('a configuration file on another machine is read by the program of its make there, not by us', async () => {
  expect(await wordsOf({ conf: '/home/n/.komodo/komodo.conf' }, { access: SSH, profile: 'komodo' })).toEqual([
    'komodo-cli',
    '-conf=/home/n/.komodo/komodo.conf',
    '-rpcclienttimeout=2',
    'getblockcount',
  ]);
});

test.each([
  ['a path that is not whole', { conf: '~/.komodo/komodo.conf' }, 'komodo', 'give its whole path'],
  ['a make that is not known', { conf: '/x.conf' }, 'none', 'give the rpc of red-1 as cli'],
])('%s is asked for', async (_, rpc, profile, words) => {
  await expect(connect(targetOf({ rpc, profile, access: SSH }), { executor: here })).rejects.toThrow(words);
});

test.each([{ cli: ['komodo-cli'] as [string] }, { conf: '/x.conf' }])(
  'without a way there %j is out of reach',
  async (rpc) => {
    await expect(connect(targetOf({ rpc, access: SSH }), {})).rejects.toThrow(/needs the ssh way/);
  },
);

test('a loopback address behind SSH is reached through the node; what listens there not is refused', async () => {
  await using daemon = await startDaemon('litecoin');
  const target = targetOf({ rpc: daemon, access: SSH });
  const rpc = await connect(target, { executor: here });
  expect(await rpc.call('getblockchaininfo')).toMatchObject({ blocks: expect.any(Number) });
  expect(rpc.wayMs?.()).toBeGreaterThan(0);
  const gone = targetOf({ rpc: { url: `http://127.0.0.1:${await freePort()}` }, access: SSH });
  const error: unknown = await (
    await connect(gone, { executor: here })
  )
    .call('x')
    .catch((error: unknown) => error);
  expect(isRefused(error)).toBe(true);
});
