import type { Target, Threshold, ThresholdOverrides } from '#src/domain/node.ts';

/** From where a check warns and from where it is critical; a target's own go before these, figure by figure. */
export const DEFAULTS = {
  /** Minutes since the network map was first seen to give none. */
  'corda-network-map': { critical: 60 },
  /** Days until an update's deadline that the node has not accepted; bad below. */
  'corda-parameters': { warn: 7, critical: 1 },
  /** Seconds without a successful check of a notary while checks fail or hang; bad above. */
  'corda-notary': { warn: 0, critical: 300 },
  /** Seconds between the polls of two workers; bad below. */
  'corda-polls': { warn: 30 },
} as const satisfies ThresholdOverrides;

export type ThresholdId = keyof typeof DEFAULTS;

export const thresholdOf = (target: Target, id: ThresholdId): Threshold => ({
  ...DEFAULTS[id],
  ...target.thresholds[id],
});
