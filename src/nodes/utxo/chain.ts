import type { z } from 'zod';

import { readRelease } from '#src/domain/release.ts';
import { markHeights, type Mark } from '#src/domain/voice.ts';
import { BlockchainInfo, BlockHash, BlockHeader, Info, NetworkInfo, readAs } from './payloads.ts';
import { resultOf, type Rpc, type RpcAnswer, type RpcCall } from './rpc.ts';
import { isMethodNotFound, isReset } from './rpc-error.ts';

/** How far a daemon is, and with whom. */
export interface Chain {
  readonly blocks: number;
  /** Hash of its newest block, where it tells. */
  readonly best: string | undefined;
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
  /** Its own name, of daemons that run several chains. */
  readonly name: string | undefined;
  /** komodo's, which tell of notaries. */
  readonly tellsOfNotaries: boolean;
  /** The notary's key, of a daemon that was started with one. */
  readonly pubkey: string | undefined;
  readonly notaryId: number | undefined;
  /** Height of the block that it mined last. */
  readonly lastMined: number | undefined;
  /** Blocks to compare with other daemons, newest first. */
  readonly marks: readonly Mark[];
}

/** Which blocks are compared with other daemons. */
export interface Marking {
  /** So far below the newest block they begin. */
  readonly depth: number;
  /** As they were at the last look: asked for again only when the newest of them is another block now. */
  readonly known: readonly Mark[];
  /** The newest block of the last look, and its time: while it stays the newest, all of that stays so. */
  readonly best?: string | undefined;
  readonly tipTime?: number | undefined;
}

/** Still loading what is there already: it cannot tell how the chain is now. */
export const isSyncing = ({ blocks, tip, downloading, network }: Chain): boolean =>
  (downloading && network !== 'regtest') || (tip ?? blocks) - blocks > FAR_BEHIND;
const FAR_BEHIND = 10;

type Info = z.infer<typeof Info>;
type BlockchainInfo = z.infer<typeof BlockchainInfo>;
type NetworkInfo = z.infer<typeof NetworkInfo>;

/** Asks all families at once: komodo's tell by `getinfo`, newer ones by the other two. Throws RpcError, OutsideError. */
export async function readChain(rpc: Rpc, marking?: Marking): Promise<Chain> {
  const [infoAnswer, chainAnswer, networkAnswer] = await firstBatch(rpc);
  const info = readWhereKnown(Info, infoAnswer, 'getinfo');
  const chain = readWhereKnown(BlockchainInfo, chainAnswer, 'getblockchaininfo');
  if (info) {
    // Some of komodo's kin do not tell the time of their newest block.
    const best = chain?.bestblockhash;
    const isTold = info.tiptime !== undefined && info.tiptime > 0;
    const { marks, time } = await readOn(rpc, info.blocks, { marking, best, isTold });
    return { ...ofInfo(info, chain, networkAnswer), tipTime: info.tiptime || time, marks };
  }
  const block = readAs(BlockchainInfo, resultOf(chainAnswer), 'getblockchaininfo');
  const network = readAs(NetworkInfo, resultOf(networkAnswer), 'getnetworkinfo');
  const { marks, time } = await readOn(rpc, block.blocks, { marking, best: block.bestblockhash });
  return { ...ofNewer(block, network), tipTime: time, marks };
}

interface Wanted {
  readonly marking?: Marking | undefined;
  /** The newest block. */
  readonly best?: string | undefined;
  /** Its time was told already. */
  readonly isTold?: boolean | undefined;
}

/** More blocks than these are asked for at later looks: over a daemon's own program each costs a process. */
const MOST_ASKED = 12;

/** What is asked once the height is known, in one round trip. */
async function readOn(
  rpc: Rpc,
  blocks: number,
  { marking, best, isTold = false }: Wanted,
): Promise<{ readonly marks: readonly Mark[]; readonly time: number | undefined }> {
  const heights = marking && blocks >= marking.depth ? markHeights(blocks - marking.depth) : [];
  const known = new Map(marking?.known.map(({ height, hash }) => [height, hash]));
  const isSame = best !== undefined && best === marking?.best && heights.every((height) => known.has(height));
  if (isSame && (isTold || marking?.tipTime !== undefined)) {
    const marks = heights.map((height) => ({ height, hash: known.get(height) ?? '' }));
    return { marks, time: marking?.tipTime };
  }
  const tip = isTold ? undefined : best;
  const newest = heights.find((height) => known.has(height));
  const asked = heights.filter((height) => height === newest || !known.has(height)).slice(0, MOST_ASKED);
  const header: readonly RpcCall[] = tip === undefined ? [] : [{ method: 'getblockheader', params: [tip] }];
  const answers = await rpc.batch([...header, ...asked.map(hashCall)]);
  const time =
    tip === undefined ? undefined : readAs(BlockHeader, resultOf(answers[0]), 'getblockheader').time;
  const read = marksOf(asked, answers.slice(header.length));
  // A block has one parent: where one is the same, so are all below it.
  const holds = read.some(({ height, hash }) => height === newest && hash === known.get(height));
  const kept = holds ? heights.filter((height) => known.has(height) && !asked.includes(height)) : [];
  const marks = [...read, ...kept.map((height) => ({ height, hash: known.get(height) ?? '' }))];
  return { marks: marks.toSorted((a, b) => b.height - a.height), time };
}

const hashCall = (height: number): RpcCall => ({ method: 'getblockhash', params: [height] });

/** Those that the daemon told; a height may have gone meanwhile. */
const marksOf = (heights: readonly number[], answers: readonly RpcAnswer[]): readonly Mark[] =>
  heights.flatMap((height, index) => {
    const answer = answers[index];
    const hash = answer && 'result' in answer ? BlockHash.safeParse(answer.result).data : undefined;
    return hash === undefined ? [] : [{ height, hash: hash.toLowerCase() }];
  });

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

type Unmarked = Omit<Chain, 'marks' | 'tipTime'>;

function ofInfo(
  info: Info,
  chain: BlockchainInfo | undefined,
  networkAnswer: RpcAnswer | undefined,
): Unmarked {
  const known = Math.max(info.longestchain ?? 0, chain?.headers ?? 0);
  return {
    blocks: info.blocks,
    best: chain?.bestblockhash,
    tip: known > 0 ? known : undefined,
    connections: info.connections,
    network: chain?.chain,
    downloading: chain?.initialblockdownload ?? false,
    version: info.KMDversion ?? info.VRSCversion ?? subversionIn(networkAnswer) ?? info.version?.toString(),
    commit: readRelease(info.build ?? '').commit,
    name: info.name || undefined,
    tellsOfNotaries: info.KMDversion !== undefined,
    pubkey: info.pubkey || undefined,
    notaryId: info.notaryid,
    lastMined: info.lastmined || undefined,
  };
}

const ofNewer = (block: BlockchainInfo, network: NetworkInfo): Unmarked => ({
  blocks: block.blocks,
  best: block.bestblockhash,
  tip: block.headers > 0 ? block.headers : undefined,
  connections: network.connections,
  network: block.chain,
  downloading: block.initialblockdownload ?? false,
  version: bare(network.subversion) ?? network.version?.toString(),
  commit: undefined,
  name: undefined,
  tellsOfNotaries: false,
  pubkey: undefined,
  notaryId: undefined,
  lastMined: undefined,
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
