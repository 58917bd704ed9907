import { createHash } from 'node:crypto';

const BLOCK_EVERY_MS = 5_000;

/** Where a chain begins: this height at this time (milliseconds since 1970). */
export interface Beginning {
  readonly at: number;
  readonly height: number;
  readonly everyMs?: number | undefined;
}

/** A simulated block chain: a function of the time alone, so that all its daemons agree without talking. */
export interface Chain {
  heightAt(now: number): number;
  /** Seconds since 1970. */
  timeOf(height: number): number;
  hashOf(height: number, branch?: string): string;
  /** The height that a hash of any branch belongs to. */
  heightOf(hash: string): number | undefined;
}

export function createChain(coin: string, { at, height: first, everyMs = BLOCK_EVERY_MS }: Beginning): Chain {
  const hashOf = (height: number, branch = ''): string => {
    const digest = createHash('sha256').update(`${coin} ${branch} ${height}`).digest('hex');
    // Led by zeros like any block hash; the height in it makes the way back a look instead of a search.
    return `00000000${height.toString(16).padStart(8, '0')}${digest.slice(16)}`;
  };
  return {
    hashOf,
    heightAt: (now) => first + Math.floor((now - at) / everyMs),
    timeOf: (height) => Math.floor((at + (height - first) * everyMs) / 1000),
    heightOf: (hash) =>
      /^0{8}[0-9a-f]{56}$/u.test(hash) ? Number.parseInt(hash.slice(8, 16), 16) : undefined,
  };
}
