import {
  type Facts,
  type Figure,
  type Finding,
  type Limit,
  limitsOf,
  type Unit,
} from '#src/domain/finding.ts';
import type { Threshold } from '#src/domain/node.ts';

interface Measured {
  /** In the unit of the threshold. */
  readonly value: number;
  readonly threshold: Threshold;
  /** Which side is bad: figures below a threshold, or above it. */
  readonly bad: Limit['bad'];
  readonly facts: Facts;
  /** Says what is wrong, given the limit that was passed. */
  readonly why: (limit: number) => string;
  /** Of the figure; `scale` of them make one of the threshold's. */
  readonly unit: Unit;
  readonly scale?: number | undefined;
}

/** The finding for a figure: exactly on a threshold is still fine. */
export function grade(measured: Measured): { readonly finding: Finding; readonly figure: Figure } {
  const { value, threshold, bad, unit, scale = 1 } = measured;
  const figure = { value: value * scale, unit, limits: limitsOf(threshold, bad, scale) };
  return { finding: findingOf(measured), figure };
}

function findingOf({ value, threshold, bad, facts, why }: Measured): Finding {
  const passed = (limit: number | undefined): limit is number =>
    limit !== undefined && (bad === 'below' ? value < limit : value > limit);
  const { warn, critical } = threshold;
  if (passed(critical)) return { state: 'down', why: why(critical), facts };
  if (passed(warn)) return { state: 'degraded', why: why(warn), facts };
  return { state: 'up', facts };
}
