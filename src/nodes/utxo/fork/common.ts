import type { Voice } from '#src/domain/voice.ts';

import { BlockHash } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';

/** Longer ago is no testimony. */
const FRESH_MS = 10 * 60_000;
/** So many heights are asked for at most. */
const MOST = 12;

/** A daemon's blocks beside those that others of its coin told of. */
export interface Comparison {
  /** Who has the same block at the newest height in common, by name. */
  readonly same: readonly string[];
  readonly other: readonly string[];
  /** The newest height that was compared. */
  readonly height: number;
}

interface Compared {
  readonly rpc: Rpc;
  /** Blocks of the daemon itself; newer ones of others are not compared. */
  readonly blocks: number;
  /** Its node, which is no witness of itself. */
  readonly node: string;
  readonly now: Date;
}

/** Asks a daemon for the blocks that others told of. Throws RpcError, OutsideError. */
export async function compareWith(
  voices: readonly Voice[],
  { rpc, blocks, node, now }: Compared,
): Promise<Comparison> {
  const oldest = now.getTime() - FRESH_MS;
  const witnesses = voices
    .filter((voice) => voice.node !== node && !voice.syncing && Date.parse(voice.at) >= oldest)
    .flatMap((voice) => {
      const mark = voice.marks.find(({ height }) => height <= blocks);
      return mark ? [{ name: `${voice.service} on ${voice.node}`, ...mark }] : [];
    });
  const heights = [...new Set(witnesses.map(({ height }) => height))]
    .toSorted((a, b) => b - a)
    .slice(0, MOST);
  const answers =
    heights.length > 0
      ? await rpc.batch(heights.map((height) => ({ method: 'getblockhash', params: [height] })))
      : [];
  const own = new Map(
    heights.flatMap((height, index) => {
      const answer = answers[index];
      const hash = answer && 'result' in answer ? BlockHash.safeParse(answer.result).data : undefined;
      return hash === undefined ? [] : [[height, hash.toLowerCase()] as const];
    }),
  );
  const heard = witnesses.filter(({ height }) => own.has(height));
  const namesOf = (isSame: boolean): readonly string[] =>
    heard
      .filter(({ height, hash }) => (own.get(height) === hash.toLowerCase()) === isSame)
      .map(({ name }) => name);
  return {
    same: namesOf(true),
    other: namesOf(false),
    height: Math.max(0, ...heard.map(({ height }) => height)),
  };
}
