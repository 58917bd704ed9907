import { setTimeout as pause } from 'node:timers/promises';

import { Done } from '../payloads.ts';
import { type Iguana, IguanaError } from '../rpc.ts';
import type { Restart, Settings } from '../settings.ts';

/** The coin whose dPoW the others stand on. */
const FIRST = 'KMD';

/** KMD before the others, which keep their order. */
export const inOrder = (coins: readonly string[]): readonly string[] => [
  ...coins.filter((coin) => coin === FIRST),
  ...coins.filter((coin) => coin !== FIRST),
];

/** What iguana did not take, by coin, in its words. */
export type Refused = Readonly<Record<string, string>>;

/** Adds the coins that the fleet file describes; one that is there already stays. Without the first of them it throws IguanaError. */
export async function addCoins(iguana: Iguana, { addcoin }: Restart, signal: AbortSignal): Promise<Refused> {
  return each(inOrder(Object.keys(addcoin)), signal, (coin) =>
    iguana.call(Done, ['iguana', 'addcoin'], { ...addcoin[coin], newcoin: coin }),
  );
}

const RUNS_ALREADY = 'same coin again';
const NOT_READY = /inactive coin|without|not there/;

interface Starting extends Pick<Settings, 'coins'> {
  readonly freq: Restart['freq'];
  readonly pubkey: string;
  readonly signal: AbortSignal;
  /** A coin that was added takes a while to be active. */
  readonly readyMs: number;
  readonly everyMs: number;
}

/** Starts the dPoW of each coin, once: one that runs is left running. Without that of the first it throws IguanaError. */
export function startDpow(
  iguana: Iguana,
  { coins, freq, pubkey, signal, readyMs, everyMs }: Starting,
): Promise<Refused> {
  const until = performance.now() + readyMs;
  const start = async (symbol: string): Promise<void> => {
    const args = { symbol, pubkey, ...(freq[symbol] !== undefined && { freq: freq[symbol] }) };
    for (;;) {
      try {
        await iguana.call(Done, ['iguana', 'dpow'], args);
        return;
      } catch (error) {
        if (!(error instanceof IguanaError)) throw error;
        if (error.words.includes(RUNS_ALREADY)) return;
        if (!NOT_READY.test(error.words) || performance.now() >= until) throw error;
        await pause(everyMs, undefined, { signal });
      }
    }
  };
  return each(inOrder(coins), signal, start);
}

/** One after the other; what fails after the first is gathered. */
async function each(
  coins: readonly string[],
  signal: AbortSignal,
  act: (coin: string) => Promise<unknown>,
): Promise<Refused> {
  const refused: Record<string, string> = {};
  for (const [index, coin] of coins.entries()) {
    signal.throwIfAborted();
    try {
      await act(coin);
    } catch (error) {
      if (index === 0 || !(error instanceof IguanaError)) throw error;
      refused[coin] = error.words.slice(0, 100);
    }
  }
  return refused;
}
