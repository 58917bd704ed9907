import type { Target, Threshold, ThresholdOverrides } from '#src/domain/node.ts';

/** From where a check warns and from where it is critical; a target's own go before these, figure by figure. */
export const DEFAULTS = {
  /** Minutes since iguana was first seen to take a connection and say nothing. */
  'iguana-silent': { critical: 5 },
  /** Minutes since iguana was first seen to hear too few notaries. */
  'iguana-alone': { critical: 10 },
  /** Notaries that hear this one; bad below. */
  'iguana-heard-by': { critical: 1 },
} as const satisfies ThresholdOverrides;

export type ThresholdId = keyof typeof DEFAULTS;

export const thresholdOf = (target: Target, id: ThresholdId): Threshold => ({
  ...DEFAULTS[id],
  ...target.thresholds[id],
});
