import type { Target, Threshold, ThresholdOverrides } from '#src/domain/node.ts';

/** The figures from which a check warns and from which it is critical. A target's own go before these, figure by figure. */
export const DEFAULTS = {
  /** Minutes since a pod was ready last; a daemon that loads its block index is not ready for some. */
  'pod-not-ready': { critical: 10 },
  /** Restarts of containers within the last hour; bad above. */
  'pod-restarts': { warn: 1, critical: 4 },
  /** Minutes since a rollout began that is not complete. */
  rollout: { warn: 10, critical: 30 },
} as const satisfies ThresholdOverrides;

export type ThresholdId = keyof typeof DEFAULTS;

export const thresholdOf = (target: Target, id: ThresholdId): Threshold => ({
  ...DEFAULTS[id],
  ...target.thresholds[id],
});
