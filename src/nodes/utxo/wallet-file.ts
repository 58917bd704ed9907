import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Process } from '#src/domain/executor.ts';
import type { RpcAccess, Target } from '#src/domain/node.ts';
import type { Chain } from './chain.ts';
import { dataFolders, folderNames, readConf } from './conf.ts';
import { readAs, WalletNames } from './payloads.ts';
import { processNow, stillRunning } from './process/identity.ts';
import type { Rpc } from './rpc.ts';
import { isMethodNotFound } from './rpc-error.ts';

interface Ways {
  readonly target: Target;
  readonly rpc: Rpc;
  readonly executor?: Executor | undefined;
  readonly daemon: { chain(): Promise<Chain> };
}

/** A wallet's file on its node. */
export interface WalletFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The files of the daemon's wallets: the one the fleet names, else what lies in the data directory that the daemon's
 * configuration, or its running process, tells of. At least one. Throws OutsideError, RpcError.
 */
export async function walletFilesOf({ target, rpc, executor, daemon }: Ways): Promise<readonly WalletFile[]> {
  const { node, service } = target;
  if (!executor) throw missing(`this version has no ${node.access.kind} way to the file`);
  if (service.walletFile !== undefined) {
    const bytes = await executor.fileBytes(node, service.walletFile);
    if (bytes === undefined) throw missing(`there is no file ${service.walletFile}`);
    return [{ path: service.walletFile, bytes }];
  }
  const { network } = await daemon.chain();
  const folders = await foldersOf(target, executor, network);
  const names = await walletNames(rpc);
  const places = folders.flatMap((folder) => [folder, join(folder, 'wallets')]);
  const paths = places.flatMap((place) => names.map((name) => join(place, name, 'wallet.dat')));
  const files = await Promise.all(
    paths.map(async (path) => ({ path, bytes: (await executor.fileBytes(node, path)) ?? -1 })),
  );
  const found = files.filter(({ bytes }) => bytes >= 0);
  if (found.length === 0) throw missing('wallet.dat was not found: name it in the fleet file as walletFile');
  return found;
}

/** Size of the largest of them. Throws OutsideError, RpcError. */
export const walletBytes = async (ways: Ways): Promise<number> =>
  Math.max(...(await walletFilesOf(ways)).map(({ bytes }) => bytes));

/** The folders that the daemon's files may lie in. Throws OutsideError. */
export async function dataFoldersOf({ target, executor, daemon }: Ways): Promise<readonly string[]> {
  const { rpc, walletFile } = target.service;
  if (!executor) throw missing(`this version has no ${target.node.access.kind} way to the file`);
  if (walletFile !== undefined && !(rpc && 'conf' in rpc)) return [dirname(walletFile)];
  return foldersOf(target, executor, (await daemon.chain()).network);
}

async function foldersOf(target: Target, executor: Executor, network?: string): Promise<readonly string[]> {
  const { rpc } = target.service;
  const isHere = target.node.access.kind === 'local';
  if (rpc && 'conf' in rpc && isHere) return dataFolders(rpc.conf, await readConf(rpc.conf));
  const told = rpc && toldFolder(rpc);
  if (told !== undefined) return folderNames(network).map((name) => join(told, name));
  if (!isHere) throw missing('where wallet.dat lies there is not known: name walletFile in the fleet file');
  const process = (await stillRunning(executor, target)) ?? (await processNow(executor, target));
  if (!process) throw missing('the process of the daemon was not found: name walletFile in the fleet file');
  return folderNames(network).map((name) => join(baseOf(process), name));
}

/** The data directory as far as the fleet tells it: a configuration file lies in it, unless it says otherwise. */
function toldFolder(rpc: RpcAccess): string | undefined {
  if ('conf' in rpc) return dirname(rpc.conf);
  if (!('cli' in rpc)) return undefined;
  const conf = optionIn(rpc.cli, 'conf');
  return optionIn(rpc.cli, 'datadir') ?? (conf?.startsWith('/') ? dirname(conf) : undefined);
}

const optionIn = (argv: readonly string[], name: string): string | undefined =>
  argv.find((word) => word.replace(/^--/, '-').startsWith(`-${name}=`))?.replace(/^[^=]*=/, '');

/** The data directory as the daemons themselves choose it: told, or their own below the home directory. */
function baseOf({ argv, cwd, env }: Process): string {
  const told = optionIn(argv, 'datadir');
  if (told !== undefined) return resolve(cwd, told);
  const own = join(env['HOME'] ?? homedir(), `.${basename(argv[0] ?? '').replace(/d$/, '')}`);
  return join(own, optionIn(argv, 'ac_name') ?? '');
}

/** Older daemons have one wallet, without a name. */
async function walletNames(rpc: Rpc): Promise<readonly string[]> {
  try {
    const names = readAs(WalletNames, await rpc.call('listwallets'), 'listwallets');
    return names.length > 0 ? names : [''];
  } catch (error) {
    if (isMethodNotFound(error)) return [''];
    throw error;
  }
}

const missing = (words: string): OutsideError => new OutsideError('daemon', 'not-found', words);
