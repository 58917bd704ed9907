import { z } from 'zod';

import { IguanaError } from '../rpc.ts';
import type { Check, Scene } from './check.ts';

/**
 * The coins that were added to this iguana. No call lists them; but one that does not exist is refused with other words
 * when its coin is not there, and touches nothing.
 */
export const iguanaCoins: Check = {
  id: 'iguana-coins',
  title: 'coins',
  costs: 'notarisations',
  alertname: 'IguanaCoinMissing',
  async look(scene) {
    const all = scene.settings.coins;
    const missing: string[] = [];
    for (const coin of all) if (!(await isThere(scene, coin))) missing.push(coin);
    const count = all.length - missing.length;
    const figure = { value: count, unit: 'count' } as const;
    const shown = `${count} of ${all.length}`;
    const facts = { coins: count, ...(missing.length > 0 && { missing: missing.join(' ') }) };
    if (missing.length === 0) return { finding: { state: 'up', facts }, shown, figure };
    const state = count === 0 ? 'down' : 'degraded';
    const why = `${missing.slice(0, 10).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not added to iguana`;
    const advice =
      'Is its daemon up? Then add it (iguana/addcoin, the coins/ scripts), and start its dPoW again.';
    return { finding: { state, why, facts }, shown, figure, advice };
  },
};

const NO_COIN = 'needs coin that is active';
const NO_CALL = 'unsupported call';

async function isThere({ iguana }: Scene, coin: string): Promise<boolean> {
  try {
    return await iguana.call(z.never(), ['bitcoinrpc', 'nosuchcall'], { coin });
  } catch (error) {
    if (!(error instanceof IguanaError)) throw error;
    if (error.message.includes(NO_COIN)) return false;
    if (error.message.includes(NO_CALL)) return true;
    throw error;
  }
}
