import type { Target, Threshold, ThresholdOverrides } from '#src/domain/node.ts';
import { profileOf } from '#src/domain/profile.ts';

/**
 * The figures from which a check warns and from which it is critical; each check says whether low or
 * high is bad. A target's own thresholds of the same name go before these, figure by figure.
 */
export const DEFAULTS = {
  /** Minutes since a daemon was first seen starting. */
  'daemon-starting': { critical: 30 },
  /** Minutes since a daemon was first seen to accept a connection and say nothing. */
  'daemon-silent': { critical: 5 },
  /** Blocks behind; bad above. */
  'in-sync': { warn: 0, critical: 10 },
  /** Connections; bad below. */
  peers: { warn: 4, critical: 1 },
  /** Minutes since the newest block; bad above. */
  'tip-age': { warn: 30, critical: 120 },
  /** Coins; bad below. */
  balance: { warn: 0.1, critical: 0.02 },
  /** Right-sized outputs; bad below. */
  'notary-utxos': { warn: 10, critical: 5 },
  /** Right-sized outputs; bad above. */
  'notary-utxos-most': { warn: 100 },
  /** MB of 10^6 bytes; bad above. */
  'wallet-size': { warn: 4, critical: 20 },
  /** Seconds; bad above. */
  'listunspent-time': { warn: 0.05, critical: 1 },
  /** Blocks below the newest from which on chains are compared: what is younger may still be turned round. */
  'fork-depth': { critical: 6 },
  /** Outputs in the wallet; bad above. */
  'utxo-count': { critical: 1_000 },
  /** Minutes since the wallet last paid for a notarisation; bad above. */
  'last-notarisation': { warn: 150, critical: 960 },
  /** Minutes since the notary last mined a block; bad above. */
  'last-mined': { warn: 240, critical: 1_440 },
  /** Hours left until the deadline of a mandatory notice; bad below. */
  version: { warn: 24, critical: 0 },
  /** Percent of the data directory's file system that is free; bad below. */
  disk: { warn: 15, critical: 5 },
} as const satisfies ThresholdOverrides;

export type ThresholdId = keyof typeof DEFAULTS;
export type Thresholds = Readonly<Record<ThresholdId, Threshold>>;

/** Where a network differs: a private chain has a block when somebody wants one. */
const BY_NETWORK: Readonly<Record<string, Partial<Thresholds>>> = {
  regtest: { 'tip-age': {} },
};

export function thresholdOf(target: Target, network: string | undefined, id: ThresholdId): Threshold {
  const byProfile = profileOf(target.profile)?.thresholds[id];
  const byNetwork = BY_NETWORK[network ?? '']?.[id];
  return { ...(byNetwork ?? byProfile ?? DEFAULTS[id]), ...target.thresholds[id] };
}
