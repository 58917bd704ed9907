import type { z } from 'zod';

import { readRelease } from '#src/domain/release.ts';
import { BlockchainInfo, BlockHeader, Info, NetworkInfo, readAs } from './payloads.ts';
import { resultOf, type Rpc, type RpcAnswer } from './rpc.ts';
import { isMethodNotFound, isReset } from './rpc-error.ts';

/** How far a daemon is, and with whom. */
export interface Chain {
  readonly blocks: number;
  /** The best height its peers or headers tell of; undefined when it does not know. */
  readonly tip: number | undefined;
  readonly connections: number;
  /** Time of the newest block, seconds since 1970. */
  readonly tipTime: number | undefined;
  /** main, test, regtest …; undefined for daemons that do not say. */
  readonly network: string | undefined;
  readonly downloading: boolean;
  /** The most telling of its names: its own, else its `subversion`, else its number. */
  readonly version: string | undefined;
  /** Where it tells what it was built from. */
  readonly commit: string | undefined;
  /** The notary's key, of a daemon that was started with one. */
  readonly pubkey: string | undefined;
}

type Info = z.infer<typeof Info>;
type BlockchainInfo = z.infer<typeof BlockchainInfo>;
type NetworkInfo = z.infer<typeof NetworkInfo>;

/** Asks all families at once: komodo's tell by `getinfo`, newer ones by the other two. Throws RpcError, OutsideError. */
export async function readChain(rpc: Rpc): Promise<Chain> {
  const [infoAnswer, chainAnswer, networkAnswer] = await firstBatch(rpc);
  const info = readWhereKnown(Info, infoAnswer, 'getinfo');
  const chain = readWhereKnown(BlockchainInfo, chainAnswer, 'getblockchaininfo');
  if (info) return ofInfo(info, chain, networkAnswer);
  const block = readAs(BlockchainInfo, resultOf(chainAnswer), 'getblockchaininfo');
  const network = readAs(NetworkInfo, resultOf(networkAnswer), 'getnetworkinfo');
  const header = await rpc.call('getblockheader', [block.bestblockhash]);
  return ofNewer(block, network, readAs(BlockHeader, header, 'getblockheader').time);
}

const FIRST = [{ method: 'getinfo' }, { method: 'getblockchaininfo' }, { method: 'getnetworkinfo' }];

async function firstBatch(rpc: Rpc): Promise<readonly RpcAnswer[]> {
  try {
    return await rpc.batch(FIRST);
  } catch (error) {
    // A kept connection that was closed meanwhile tells nothing; a new one tells whether the daemon is there.
    if (isReset(error)) return await rpc.batch(FIRST);
    throw error;
  }
}

function ofInfo(info: Info, chain: BlockchainInfo | undefined, networkAnswer: RpcAnswer | undefined): Chain {
  const known = Math.max(info.longestchain ?? 0, chain?.headers ?? 0);
  return {
    blocks: info.blocks,
    tip: known > 0 ? known : undefined,
    connections: info.connections,
    tipTime: info.tiptime || undefined,
    network: chain?.chain,
    downloading: chain?.initialblockdownload ?? false,
    version: info.KMDversion ?? info.VRSCversion ?? subversionIn(networkAnswer) ?? info.version?.toString(),
    commit: readRelease(info.build ?? '').commit,
    pubkey: info.pubkey || undefined,
  };
}

const ofNewer = (block: BlockchainInfo, network: NetworkInfo, tipTime: number): Chain => ({
  blocks: block.blocks,
  tip: block.headers > 0 ? block.headers : undefined,
  connections: network.connections,
  tipTime,
  network: block.chain,
  downloading: block.initialblockdownload ?? false,
  version: bare(network.subversion) ?? network.version?.toString(),
  commit: undefined,
  pubkey: undefined,
});

const bare = (subversion: string | undefined): string | undefined =>
  subversion?.replaceAll('/', '') || undefined;

/** Of no importance beside `getinfo`: what cannot be read there is left out. */
function subversionIn(answer: RpcAnswer | undefined): string | undefined {
  const read = answer && 'result' in answer ? NetworkInfo.safeParse(answer.result) : undefined;
  return bare(read?.data?.subversion);
}

function readWhereKnown<T>(
  schema: z.ZodType<T>,
  answer: RpcAnswer | undefined,
  method: string,
): T | undefined {
  if (answer && 'error' in answer && isMethodNotFound(answer.error)) return undefined;
  return readAs(schema, resultOf(answer), method);
}
