import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';
import { type ChainNetwork, profileOf } from '#src/domain/profile.ts';
import type { RpcEndpoint } from './rpc.ts';

/** Folders below the data directory that a network's files live in. */
const FOLDERS: Readonly<Record<ChainNetwork, readonly string[]>> = {
  main: [''],
  test: ['testnet3', 'testnet4'],
  regtest: ['regtest'],
};

/** The folders by the name of a network, as daemons tell it; those of the main one for a name that is not known. */
export const folderNames = (network = 'main'): readonly string[] =>
  FOLDERS[network as ChainNetwork] ?? FOLDERS.main;

/** A daemon's configuration file, read: the keys that matter, those of its network's section first. */
export interface Conf {
  readonly network: ChainNetwork;
  get(key: string): string | undefined;
}

/** Reads `key=value` lines with inline `# comments` and sections; the first value of a key counts, as for the daemons. */
export function parseConf(source: string): Conf {
  const values = new Map<string, string>();
  let section = '';
  for (const line of source.split('\n')) {
    const words = line.replace(/#.*$/, '').trim();
    const heading = /^\[(\w+)\]$/.exec(words);
    if (heading) section = `${heading[1]}.`;
    const at = words.indexOf('=');
    if (heading || at < 1) continue;
    const key = section + words.slice(0, at).trim();
    if (!values.has(key)) values.set(key, words.slice(at + 1).trim());
  }
  const network = networkOf(values);
  return { network, get: (key) => values.get(`${network}.${key}`) ?? values.get(key) };
}

function networkOf(values: ReadonlyMap<string, string>): ChainNetwork {
  const chain = values.get('chain');
  if (chain === 'regtest' || values.get('regtest') === '1') return 'regtest';
  return chain === 'test' || values.get('testnet') === '1' ? 'test' : 'main';
}

/** The folders that a configuration file's daemon may keep its files in. */
export function dataFolders(path: string, conf: Conf): readonly string[] {
  const base = conf.get('datadir') ?? dirname(homely(path));
  return folderNames(conf.network).map((folder) => join(base, folder));
}

/** Reads a daemon's configuration file on this machine. Throws OutsideError. */
export const readConf = async (path: string): Promise<Conf> => parseConf(await readText(homely(path)));

/**
 * Where a target's RPC answers by HTTP, and as whom, as its node sees it. Throws OutsideError, in words that
 * hold no secret, when the fleet does not say it or this machine cannot know it.
 */
export async function endpointOf({ node, service, profile }: Target): Promise<RpcEndpoint> {
  const { rpc } = service;
  const name = `${service.id} on ${node.id}`;
  if (rpc === undefined)
    throw refusal(`${name} has no rpc in the fleet file: add its url, its conf or its cli`);
  if ('url' in rpc) return withoutUserInfo(rpc);
  if ('cli' in rpc)
    throw refusal(`${name} is asked by ${basename(rpc.cli[0])}: which port it listens on is not said`);
  if (node.access.kind === 'local') return endpointIn(rpc.conf, await readConf(rpc.conf), profile);
  throw refusal(`${rpc.conf} of ${name} stays on its machine: nobody reads it from here`);
}

async function endpointIn(path: string, conf: Conf, profile?: string): Promise<RpcEndpoint> {
  const port = conf.get('rpcport') ?? profileOf(profile)?.rpcPorts[conf.network].toString();
  if (port === undefined) throw refusal(`${path} has no rpcport: add it there, or give the rpc as a url`);
  const url = `http://${hostOf(conf)}:${port}`;
  if (!URL.canParse(url)) throw refusal(`${path} has an rpcport or an rpcconnect that is no address`);
  const [user, password] = [conf.get('rpcuser'), conf.get('rpcpassword')];
  if (password !== undefined) return { url, user: user ?? '', password };
  return { url, ...(await cookieOf(path, conf)) };
}

function hostOf(conf: Conf): string {
  const bound = conf.get('rpcbind')?.replace(/^(\[.*\]|[^:]*):\d+$/, '$1');
  const everywhere = bound === undefined || bound === '0.0.0.0' || bound === '::' || bound === '[::]';
  const host = conf.get('rpcconnect') ?? (everywhere ? '127.0.0.1' : bound);
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** The password that a daemon without one in its file makes at each start. */
async function cookieOf(path: string, conf: Conf): Promise<Pick<RpcEndpoint, 'user' | 'password'>> {
  const name = conf.get('rpccookiefile') ?? '.cookie';
  for (const folder of dataFolders(path, conf)) {
    const cookie = await readText(name.startsWith('/') ? name : join(folder, name)).catch(() => undefined);
    const at = cookie?.indexOf(':') ?? -1;
    if (cookie && at > 0) return { user: cookie.slice(0, at), password: cookie.slice(at + 1).trim() };
  }
  const both = `${path} has no rpcpassword, and no cookie lies in the data directory`;
  throw new OutsideError('daemon', 'unauthorized', `${both}: the daemon is not started, or not by this user`);
}

const refusal = (words: string): OutsideError => new OutsideError('daemon', 'rejected', words);

/** A path below the home directory of Tocsin's own user, written out. */
export const homely = (path: string): string =>
  path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;

function withoutUserInfo(rpc: RpcEndpoint): RpcEndpoint {
  const url = URL.parse(rpc.url);
  if (!url) throw refusal('the rpc url in the fleet file is no address');
  const user = rpc.user ?? (url.username ? decodeURIComponent(url.username) : undefined);
  const password = rpc.password ?? (url.password ? decodeURIComponent(url.password) : undefined);
  url.username = '';
  url.password = '';
  return { url: url.href, user, password };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : 'this user may not read it';
    throw new OutsideError('daemon', missing ? 'not-found' : 'forbidden', `cannot read ${path}: ${why}`);
  }
}
