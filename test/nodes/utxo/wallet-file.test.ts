import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Process } from '#src/domain/executor.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { change, daemonOf, fineDaemon, look, statting } from './looking.ts';

/** An executor with one file, and the daemon's process where one is given. */
const having = (file: string, process?: Partial<Process>) => ({
  ...statting((path) => (path === file ? 2_000_000 : undefined)),
  listening: async () =>
    process && { pid: 1, startedAt: '1', argv: ['litecoind'], cwd: '/', env: {}, ...process },
});

test.each<[string, Partial<Process>]>([
  ['/home/n/.litecoin/wallets/wallet/wallet.dat', { argv: ['/usr/bin/litecoind'], env: { HOME: '/home/n' } }],
  ['/data/ltc/wallet.dat', { argv: ['litecoind', '-datadir=/data/ltc'] }],
  ['/srv/rel/wallets/wallet.dat', { argv: ['litecoind', '--datadir=rel'], cwd: '/srv' }],
  ['/home/n/.komodo/wallet.dat', { argv: ['./komodod', '-pubkey=02'], env: { HOME: '/home/n' } }],
  ['/home/n/.komodo/MCL/wallet.dat', { argv: ['komodod', '-ac_name=MCL'], env: { HOME: '/home/n' } }],
])('%s is found by the running process', async (file, process) => {
  const daemon = await fineDaemon();
  daemon.on('listwallets', () => ['', 'wallet']);
  const seen = await look(daemon, { walletFile: undefined, executor: having(file, process) });
  expect(seen.of('wallet-size')).toMatchObject({ shown: '2 MB', finding: { state: 'up' } });
});

test('the folder of the network is looked in', async () => {
  const daemon = await fineDaemon();
  change(daemon, 'getblockchaininfo', { chain: 'regtest' });
  const process = { argv: ['litecoind', '-datadir=/d'] };
  const regtest = having('/d/regtest/wallets/wallet/wallet.dat', process);
  const unnamed = { walletFile: undefined };
  expect((await look(daemon, { ...unnamed, executor: regtest })).of('wallet-size').shown).toBe('2 MB');
  const main = having('/d/wallets/wallet/wallet.dat', process);
  expect((await look(daemon, { ...unnamed, executor: main })).state('wallet-size')).toBe('unknown');
});

test('it lies beside the configuration file, in a daemon that knows one wallet only', async () => {
  const folder = temporaryFolder('conf');
  onTestFinished(() => folder[Symbol.dispose]());
  const daemon = await daemonOf('litecoin');
  daemon.off('listwallets');
  const conf = join(folder.path, 'litecoin.conf');
  writeFileSync(
    conf,
    `regtest=1\nrpcuser=${daemon.user}\nrpcpassword=${daemon.password}\nrpcport=${daemon.port}\n`,
  );
  const executor = having(join(folder.path, 'regtest', 'wallet.dat'));
  const seen = await look(daemon, { rpc: { conf }, walletFile: undefined, executor });
  expect(seen.of('wallet-size').shown).toBe('2 MB');
});

test('without any trace of it, its size is not known, and the words say what to do', async () => {
  const daemon = await fineDaemon();
  const unnamed = await look(daemon, { walletFile: undefined });
  expect(unnamed.why('wallet-size')).toMatch(/name walletFile in the fleet file/);
  const wrong = await look(daemon, { executor: statting(() => undefined) });
  expect(wrong.why('wallet-size')).toBe('there is no file /data/wallet.dat');
});
