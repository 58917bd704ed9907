import type { Severity } from '#src/domain/alert.ts';
import type { Damping } from '#src/domain/damping.ts';
import type { CheckResult, Figure, Limit } from '#src/domain/finding.ts';
import type { Condition, Level } from '#src/domain/patrol.ts';

/** What one look says of one alert. */
export interface Sight extends Pick<
  Condition,
  'service' | 'check' | 'alertname' | 'annotations' | 'figure' | 'held'
> {
  readonly level: Level;
  /** When the look began. */
  readonly at: string;
}

export const SEVERITY: Readonly<Record<1 | 2, Severity>> = { 1: 'warning', 2: 'critical' };

/** The level it is raised at. */
export const raisedLevel = ({ raised }: Pick<Condition, 'raised'>): Level =>
  raised === undefined ? 0 : raised.severity === 'critical' ? 2 : 1;

/** The condition after one more look; undefined when nothing of it is left to remember. */
export function withSight(
  before: Condition | undefined,
  { level, at, ...sight }: Sight,
  { of }: Damping,
): Condition | undefined {
  const levels = [...(before?.levels ?? []), level].slice(-of);
  if (before?.raised === undefined && levels.every((one) => one === 0)) return undefined;
  if (level === 0 && before) return { ...before, levels };
  const wasBad = before !== undefined && (before.levels.at(-1) ?? 0) > 0;
  const raised = before?.raised;
  return { ...sight, levels, since: wasBad ? before.since : at, ...(raised && { raised }) };
}

/**
 * The level a condition should be raised at, as of the look at `at`: the highest that enough of its looks saw, for long
 * enough. One that is raised stays while any of its looks still sees it.
 */
export function dueLevel(condition: Condition, { looks, forMs }: Damping, at: string): Level {
  const { levels, since } = condition;
  const raised = raisedLevel(condition);
  const rise = levelSeen(levels, looks);
  if (raised === 0) {
    const lasts = forMs === 0 || ((levels.at(-1) ?? 0) > 0 && Date.parse(at) - Date.parse(since) >= forMs);
    return lasts ? rise : 0;
  }
  return rise < raised && levelSeen(levels, 1) >= raised ? raised : rise;
}

/** The highest level that at least so many looks saw, or worse. */
const levelSeen = (levels: readonly Level[], looks: number): Level =>
  ([2, 1] as const).find((level) => levels.filter((seen) => seen >= level).length >= looks) ?? 0;

/**
 * How bad a result is for a condition that may be raised already: a figure that is back over the limit it had passed, but
 * not by the margin, is as bad as it was. Undefined when the look cannot tell.
 */
export function levelOf(
  { finding, figure }: Pick<CheckResult, 'finding' | 'figure'>,
  condition: Condition | undefined,
  margin: number,
): Level | undefined {
  if (finding.state === 'unknown') return undefined;
  const level = finding.state === 'down' ? 2 : finding.state === 'degraded' ? 1 : 0;
  const raised = condition ? raisedLevel(condition) : 0;
  if (!condition || raised <= level) return level;
  return Math.max(level, Math.min(raised, hovering(condition, figure, margin))) as Level;
}

/** The level whose limit the figure had passed and is not yet clear of. */
function hovering({ figure: bad }: Condition, figure: Figure | undefined, margin: number): Level {
  if (bad === undefined || figure === undefined) return 0;
  const near = (figure.limits ?? []).filter(
    (limit) => isPast(bad, limit, 0) && isPast(figure.value, limit, Math.abs(limit.at) * margin),
  );
  if (near.length === 0) return 0;
  return near.some(({ severity }) => severity === 'critical') ? 2 : 1;
}

/** Beyond the limit, or before it by less than `by`. */
const isPast = (value: number, { at, bad }: Limit, by: number): boolean =>
  bad === 'above' ? value > at - by : value < at + by;
