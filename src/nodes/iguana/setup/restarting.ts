import type { Carrying } from '#src/domain/remedy.ts';

import type { Restart } from '../settings.ts';
import type { Waits } from './process.ts';
import type { Site } from './site.ts';
import type { Beside } from './wallets.ts';

export interface RestartWaits extends Waits {
  /** Longest wait for a coin that was added to be ready for its dPoW. */
  readonly readyMs: number;
  /** How long a new notarisation is watched for. */
  readonly watchMs: number;
  readonly watchEveryMs: number;
}

export const WAITS: RestartWaits = {
  everyMs: 1_000,
  goneMs: 120_000,
  answersMs: 120_000,
  programMs: 60_000,
  readyMs: 120_000,
  watchMs: 20 * 60_000,
  watchEveryMs: 15_000,
};

/** An iguana that is being restarted. */
export interface Restarting {
  readonly carrying: Carrying;
  readonly site: Site;
  readonly restart: Restart;
  readonly pubkey: string;
  readonly beside: readonly Beside[];
  readonly waits: RestartWaits;
}

/** The rest is taken also when the run is to be cancelled: an iguana that is down notarises nothing. */
export const ANYWAY = { anyway: true } as const;
