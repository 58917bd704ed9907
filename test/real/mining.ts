import { expect } from 'vitest';

import type { RunningLitecoind } from './litecoind.ts';

/** Waits for the work, and mines meanwhile whenever something waits in the miner's mempool. */
export async function whileMining<T>(miner: RunningLitecoind, work: Promise<T>): Promise<T> {
  let over = false;
  const ended = work.finally(() => (over = true));
  ended.catch(() => undefined);
  await expect
    .poll(
      async () => {
        if (over) return true;
        if ((await miner.rpc<string[]>('getrawmempool')).length > 0) await miner.mine(1);
        return false;
      },
      { timeout: 120_000, interval: 100 },
    )
    .toBe(true);
  return ended;
}
