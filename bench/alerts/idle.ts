import { setTimeout as wait } from 'node:timers/promises';

import type { Peer } from './peers.ts';
import type { Sink } from './sink.ts';

export interface Pair {
  readonly peer: Peer;
  readonly sink: Sink;
}

/** Between alerts: each peer gets fewer than two a second, which is still one by one and no burst. */
const PAUSE_MS = 260;
const WITHIN_MS = 10_000;
/** Not counted: what a program loads and compiles with its first messages. */
const WARM_UP = 10;

/** Alert → sink in milliseconds, one by one, each given to every peer in turn; in the order of the pairs. */
export async function idleLatencies(pairs: readonly Pair[], count: number): Promise<readonly number[][]> {
  const taken: number[][] = pairs.map(() => []);
  for (let index = 0; index < count + WARM_UP; index++) {
    const name = `a${String(index).padStart(5, '0')}`;
    for (const [at, pair] of pairs.entries()) {
      const ms = await once(pair, name);
      if (index >= WARM_UP) taken[at]?.push(ms);
      await wait(PAUSE_MS);
    }
  }
  return taken;
}

async function once({ peer, sink }: Pair, name: string): Promise<number> {
  const { discord, channelId } = sink;
  let at = 0;
  const isThere = (): boolean => {
    const last = discord.messages(channelId).at(-1);
    if (!last || !JSON.stringify(last.embeds).includes(name)) return false;
    at = performance.now();
    return true;
  };
  const began = performance.now();
  const arrival = discord.until(isThere, WITHIN_MS, `${name} from ${peer.name}`);
  const [accepted] = await Promise.all([
    peer.give([{ name, group: `Idle-${name}`, severity: 'critical' }]),
    arrival,
  ]);
  if (!accepted) throw new Error(`${peer.name} did not accept ${name}`);
  return at - began;
}
