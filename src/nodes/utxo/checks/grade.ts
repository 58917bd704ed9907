import type { Facts, Finding } from '#src/domain/finding.ts';
import type { Threshold } from '#src/domain/node.ts';

interface Figure {
  readonly value: number;
  readonly threshold: Threshold;
  /** Which side is bad: figures below a threshold, or above it. */
  readonly bad: 'below' | 'above';
  readonly facts: Facts;
  /** Says what is wrong, given the limit that was passed. */
  readonly why: (limit: number) => string;
}

/** The finding for a figure: exactly on a threshold is still fine. */
export function grade({ value, threshold, bad, facts, why }: Figure): Finding {
  const passed = (limit: number | undefined): limit is number =>
    limit !== undefined && (bad === 'below' ? value < limit : value > limit);
  const { warn, critical } = threshold;
  if (passed(critical)) return { state: 'down', why: why(critical), facts };
  if (passed(warn)) return { state: 'degraded', why: why(warn), facts };
  return { state: 'up', facts };
}
