import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { endpointOf, parseConf } from '#src/nodes/utxo/conf.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

const SSH = {
  kind: 'ssh',
  host: '203.0.113.9',
  port: 22,
  user: 'u',
  identityFile: 'id',
  hostKey: 'SHA256:x',
} as const;

function confFile(source: string): string {
  const folder = temporaryFolder('conf');
  onTestFinished(() => folder[Symbol.dispose]());
  const path = join(folder.path, 'komodo.conf');
  writeFileSync(path, source);
  return path;
}

const endpoint = (source: string, profile = 'komodo') =>
  endpointOf(targetOf({ rpc: { conf: confFile(source) }, profile }));

describe('a configuration file', () => {
  test('gives user, password and port, without its comments', async () => {
    const source = `# komodo\nrpcuser=user1 # who\nrpcpassword = pass=2\t#secret\n\nrpcport=23226\nrpcport=1\nserver=1\n`;
    expect(await endpoint(source)).toEqual({
      url: 'http://127.0.0.1:23226',
      user: 'user1',
      password: 'pass=2',
    });
  });

  test.each([
    ['komodo', '', 'http://127.0.0.1:7771'],
    ['litecoin', '', 'http://127.0.0.1:9332'],
    ['litecoin', 'regtest=1', 'http://127.0.0.1:19443'],
    ['bitcoin', 'testnet=1', 'http://127.0.0.1:18332'],
    ['litecoin', 'regtest=1\nrpcport=1\n[regtest]\nrpcport=2', 'http://127.0.0.1:2'],
    ['litecoin', 'rpcport=1\n[test]\nrpcport=2', 'http://127.0.0.1:1'],
    ['komodo', 'rpcbind=0.0.0.0', 'http://127.0.0.1:7771'],
    ['komodo', 'rpcbind=10.0.0.5:7771', 'http://10.0.0.5:7771'],
    ['komodo', 'rpcbind=::1', 'http://[::1]:7771'],
    ['komodo', 'rpcconnect=10.0.0.6\nrpcbind=10.0.0.5', 'http://10.0.0.6:7771'],
  ])('of %s with %j answers at %s', async (profile, lines, url) => {
    // Top-level keys stand before any section.
    expect((await endpoint(`rpcuser=u\nrpcpassword=p\n${lines}\n`, profile)).url).toBe(url);
  });

  test('without a password leads to the cookie of the running daemon', async () => {
    const path = confFile('regtest=1\nrpcport=5');
    const target = targetOf({ rpc: { conf: path } });
    await expect(endpointOf(target)).rejects.toMatchObject({ reason: 'unauthorized' });
    mkdirSync(join(path, '../regtest'));
    writeFileSync(join(path, '../regtest/.cookie'), '__cookie__:abc:def\n');
    expect(await endpointOf(target)).toEqual({
      url: 'http://127.0.0.1:5',
      user: '__cookie__',
      password: 'abc:def',
    });
  });

  test('that is missing, or names no port, says so without its secrets', async () => {
    const missing = endpointOf(targetOf({ rpc: { conf: '/nowhere/komodo.conf' } }));
    await expect(missing).rejects.toThrow('cannot read /nowhere/komodo.conf: there is no such file');
    const portless = endpoint('rpcuser=u\nrpcpassword=S3CRET', 'unknown-coin');
    await expect(portless).rejects.toThrow(/has no rpcport/);
    await expect(endpoint('rpcpassword=S3CRET\nrpcport=S3CRET')).rejects.not.toThrow(/S3CRET/);
  });

  test('is read line by line, whatever stands in it', () => {
    const conf = parseConf('=x\n[\nnonsense\nkey\n[regtest]\r\nchain=regtest\r\n');
    expect(conf.network).toBe('main');
    expect(conf.get('')).toBeUndefined();
  });
});

describe('an address', () => {
  test('is taken as it is, its user and password apart', async () => {
    const rpc = { url: 'http://u:p%40ss@127.0.0.1:9332/wallet/main' };
    expect(await endpointOf(targetOf({ rpc }))).toEqual({
      url: 'http://127.0.0.1:9332/wallet/main',
      user: 'u',
      password: 'p@ss',
    });
  });

  test('of a node behind SSH is taken as that node sees it', async () => {
    const rpc = { url: 'http://127.0.0.1:7771', user: 'u', password: 'p' };
    expect((await endpointOf(targetOf({ rpc, access: SSH }))).url).toBe('http://127.0.0.1:7771/');
  });

  test.each([
    [
      'a configuration file of another machine',
      { conf: '/root/.komodo/komodo.conf' },
      'stays on its machine',
    ],
    ['a program', { cli: ['komodo-cli'] as [string] }, 'which port it listens on is not said'],
  ])('%s has none that is known here, in words', async (_, rpc, words) => {
    await expect(endpointOf(targetOf({ rpc, access: SSH }))).rejects.toThrow(words);
  });

  test('that the fleet does not give is asked for', async () => {
    await expect(endpointOf(targetOf())).rejects.toThrow('LTC on red-1 has no rpc in the fleet file');
  });
});
