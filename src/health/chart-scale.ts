import type { Limit } from '#src/domain/finding.ts';
import { spanOf } from '#src/domain/history.ts';
import type { Chart, Frame } from './chart.ts';

/** The values at both ends of the axis, the limits that are drawn, and those that are too far away to be. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly drawn: readonly Limit[];
  readonly beyond: readonly Limit[];
  yOf(value: number): number;
}

/** Figures that keep well away from a limit are not pressed flat to show it: it is said instead. */
const isNear = ({ at, bad }: Limit, low: number, high: number): boolean =>
  bad === 'above' ? high >= at / 4 : low <= at * 4;

/** Undefined where nothing was measured. */
export function scaleOf({ lines, limits }: Pick<Chart, 'lines' | 'limits'>, plot: Frame): Scale | undefined {
  const span = spanOf(lines.flatMap(({ buckets }) => buckets));
  if (!span) return undefined;
  const drawn = limits.filter((limit) => isNear(limit, span.min, span.max));
  const values = [span.min, span.max, ...drawn.map(({ at }) => at)];
  const most = Math.max(...values);
  const least = Math.min(...values);
  // From zero, unless the figure moves within a small part of what it is.
  const low = least >= 0 && least < most * 0.6 ? 0 : least;
  const high = most > low ? most : low + Math.max(1, Math.abs(low));
  const room = plot.height - 8;
  return {
    low,
    high,
    drawn,
    beyond: limits.filter((limit) => !drawn.includes(limit)),
    yOf: (value) => plot.y + 4 + room * (1 - (value - low) / (high - low)),
  };
}
