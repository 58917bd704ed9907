import { BlockHash } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import type { Parting } from './verdict.ts';

/** The first block that two chains do not share, as each has it. */
export interface Split {
  readonly height: number;
  readonly ours: string;
  readonly theirs: string;
}

/** Heights asked for at once. */
const AT_ONCE = 15;

/**
 * Finds where two chains part by asking both daemons, some heights at a time: one round trip to each for 16 blocks, six for
 * 16 million. Undefined when one of them does not tell, or was turned round meanwhile. Throws RpcError, OutsideError.
 */
export async function findSplit(
  own: Rpc,
  fellow: Rpc,
  { same, differs }: Parting,
): Promise<Split | undefined> {
  let [low, high] = [same, differs];
  for (;;) {
    const heights = between(low, high);
    const [ours, theirs] = await Promise.all([hashesAt(own, heights), hashesAt(fellow, heights)]);
    const at = heights.findIndex((_, index) => ours[index] !== theirs[index]);
    const height = heights[at];
    const [our, their] = [ours[at], theirs[at]];
    if (height === undefined || our === undefined || their === undefined) return undefined;
    if (height === (heights[at - 1] ?? low) + 1) return { height, ours: our, theirs: their };
    [low, high] = [heights[at - 1] ?? low, height];
  }
}

/** Heights above `low` up to and with `high`, evenly. */
export function between(low: number, high: number): readonly number[] {
  const count = Math.min(AT_ONCE, high - low);
  return Array.from({ length: count }, (_, index) => low + Math.floor(((high - low) * (index + 1)) / count));
}

async function hashesAt(rpc: Rpc, heights: readonly number[]): Promise<readonly (string | undefined)[]> {
  const answers = await rpc.batch(heights.map((height) => ({ method: 'getblockhash', params: [height] })));
  return answers.map((answer) =>
    'result' in answer ? BlockHash.safeParse(answer.result).data?.toLowerCase() : undefined,
  );
}
