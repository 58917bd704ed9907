import type { ServiceName } from './patrol.ts';

/** A block of a daemon's chain. */
export interface Mark {
  readonly height: number;
  readonly hash: string;
}

/** What one daemon said of its chain when it was last looked at. */
export interface Voice extends ServiceName {
  /** Its newest block, that one's hash, and when it was found, ISO 8601, where it tells. */
  readonly height: number;
  readonly best?: string | undefined;
  readonly tipAt?: string | undefined;
  /** It is still loading the chain: no witness of what is there now. */
  readonly syncing: boolean;
  /** Blocks of its chain at heights of `markHeights`, newest first. */
  readonly marks: readonly Mark[];
  /** When it was looked at, ISO 8601. */
  readonly at: string;
}

/** What the daemons of a coin say of their chain: for forks, and for networks that stand still for everyone. */
export interface Voices {
  /** Replaces what the same daemon said before. One round trip. */
  tell(coin: string, voice: Voice): Promise<void>;
  /**
   * What was said of a coin in the last day, each with its age; whoever reads decides how old is too old. One round
   * trip at most: heard again within seconds, it may be the same. Daemons that left the fleet may be among them.
   */
  hear(coin: string): Promise<readonly Voice[]>;
}

/** So many marks in each distance, the next distance being as many times wider. */
const STEP = 8;

/**
 * The heights, newest first, at which daemons compare their chains: every one of the newest eight, then the multiples
 * of 8, of 64, of 512 …, eight of each. Daemons whose newest block is within a distance of each other have marks in common
 * no older than eight times that distance.
 */
export function markHeights(newest: number): readonly number[] {
  const heights = new Set<number>();
  for (let step = 1; step <= Math.max(newest, 1); step *= STEP) {
    const first = Math.floor(newest / step) * step;
    for (let at = first; at >= 0 && at > first - STEP * step; at -= step) heights.add(at);
  }
  return [...heights].toSorted((a, b) => b - a);
}
