import type { Coin as FleetCoin } from '#src/domain/fleet.ts';

import type { Coin } from './wallet.ts';

/** A coin of the trial, as its daemons and as the fleet file know it. */
interface TrialCoin {
  readonly coin: Coin;
  readonly profile: string;
  readonly height: number;
  /** For good: the trial's blocks come so quickly that any end would be reached. */
  readonly dpow?: FleetCoin['dpow'];
}

/** The coins of the trial. */
export const COINS: readonly TrialCoin[] = [
  {
    coin: { name: 'KMD', version: 60, form: 'sapling', utxoSats: 10_000n },
    profile: 'komodo',
    height: 4_700_000,
    dpow: {},
  },
  {
    coin: { name: 'LTC', version: 48, form: 'plain', utxoSats: 10_000n },
    profile: 'litecoin',
    height: 2_950_000,
  },
];

export const fleetCoins = (): readonly FleetCoin[] =>
  COINS.map(({ coin, profile, dpow }) => ({
    id: coin.name,
    profile,
    dpow,
    thresholds: {},
    utxoSats: Number(coin.utxoSats),
  }));
