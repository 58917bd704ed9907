import { createHash } from 'node:crypto';

export const BLOCK_EVERY_MS = 5_000;

/** A simulated block chain: a function of the time alone, so that all its daemons agree without talking. */
export interface Chain {
  heightAt(now: number): number;
  /** Seconds since 1970. */
  timeOf(height: number): number;
  hashOf(height: number, branch?: string): string;
  /** The height that a hash of any branch belongs to. */
  heightOf(hash: string): number | undefined;
}

export function createChain(
  coin: string,
  beginning: { readonly at: number; readonly height: number },
): Chain {
  const hashOf = (height: number, branch = ''): string => {
    const digest = createHash('sha256').update(`${coin} ${branch} ${height}`).digest('hex');
    // Led by zeros like any block hash; the height in it makes the way back a look instead of a search.
    return `00000000${height.toString(16).padStart(8, '0')}${digest.slice(16)}`;
  };
  return {
    hashOf,
    heightAt: (now) => beginning.height + Math.floor((now - beginning.at) / BLOCK_EVERY_MS),
    timeOf: (height) => Math.floor((beginning.at + (height - beginning.height) * BLOCK_EVERY_MS) / 1000),
    heightOf: (hash) =>
      /^0{8}[0-9a-f]{56}$/u.test(hash) ? Number.parseInt(hash.slice(8, 16), 16) : undefined,
  };
}
