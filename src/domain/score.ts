import type { CheckResult, Cost, Finding, ServiceHealth } from './finding.ts';

/** Of a service's 100 points (of its node's, for `node`), those that a check takes while it is not well. */
export const POINTS: Readonly<Record<Cost, { readonly degraded: number; readonly down: number }>> = {
  node: { degraded: 40, down: 100 },
  notarisations: { degraded: 40, down: 100 },
  soon: { degraded: 15, down: 40 },
  time: { degraded: 5, down: 15 },
};

const ALL = 100;

/** What a check takes from the score, and why. */
export interface Loss {
  readonly node: string;
  readonly service: string;
  readonly title: string;
  readonly state: 'degraded' | 'down';
  readonly why: string;
  readonly costs: Cost;
  /** Of the score it stands in; nothing where dearer ones have taken all there was. */
  readonly points: number;
}

/** How healthy something is, from its checks. What is not known is neither healthy nor sick: it says how sure the score is. */
export interface Score {
  /** 0 to 100; undefined while nothing is known. */
  readonly points: number | undefined;
  /** Checks that the score stands on, and those that could not look; a service that nobody has seen counts as one of these. */
  readonly checks: number;
  readonly unknown: number;
  /** Worst first. They add up to what is missing to 100. */
  readonly losses: readonly Loss[];
}

/**
 * The score of a service, a node, a seat or a network, as one look at each of its services gives it; undefined = not seen.
 * A node's is the mean of its services' less what its node-wide checks take, a seat's the mean of its nodes'.
 */
export function scoreOf(healths: readonly (ServiceHealth | undefined)[]): Score {
  const seen = healths.filter((health) => health !== undefined);
  const results = seen.flatMap((health) => health.results);
  const unknown = results.filter(isUnknown).length + (healths.length - seen.length);
  const checks = results.length + (healths.length - seen.length);
  const known = seen.filter((health) => !health.results.every(isUnknown));
  if (known.length === 0) return { points: undefined, checks, unknown, losses: [] };
  const nodes = [...Map.groupBy(known, ({ node }) => node).values()];
  const losses = nodes
    .flatMap((services) => shared(nodeLosses(services), nodes.length))
    .toSorted((one, other) => other.points - one.points);
  return { points: Math.max(0, ALL - sumOf(losses)), checks, unknown, losses };
}

const isUnknown = ({ finding }: Pick<CheckResult, 'finding'>): boolean => finding.state === 'unknown';

const sumOf = (losses: readonly Loss[]): number => losses.reduce((sum, { points }) => sum + points, 0);

const shared = (losses: readonly Loss[], among: number): readonly Loss[] =>
  losses.map((loss) => ({ ...loss, points: loss.points / among }));

function nodeLosses(services: readonly ServiceHealth[]): readonly Loss[] {
  const own = services.map((health) =>
    health.results.filter((result) => !isWide(result)).flatMap((result) => lossOf(health, result)),
  );
  // What each service says of its node is one finding.
  const wide = new Map(
    services.flatMap((health) =>
      health.results
        .filter(isWide)
        .map((result) => [result.of === 'node' ? result.check : result, lossOf(health, result)] as const),
    ),
  );
  return taken([
    ...[...wide.values()].flat(),
    ...own.flatMap((some) => shared(taken(some), services.length)),
  ]);
}

const isWide = ({ costs, of }: CheckResult): boolean => costs === 'node' || of === 'node';

/** The dearest take first; no more is taken than there is. */
function taken(losses: readonly Loss[]): readonly Loss[] {
  let left = ALL;
  return losses
    .toSorted((one, other) => other.points - one.points)
    .map((loss) => {
      const points = Math.min(left, loss.points);
      left -= points;
      return { ...loss, points };
    });
}

function lossOf(
  { node, service }: ServiceHealth,
  { title, finding, costs = 'soon' }: CheckResult,
): readonly Loss[] {
  if (!isLoss(finding)) return [];
  const { state, why } = finding;
  return [{ node, service, title, state, why, costs, points: POINTS[costs][state] }];
}

const isLoss = (finding: Finding): finding is Extract<Finding, { state: 'degraded' | 'down' }> =>
  finding.state === 'degraded' || finding.state === 'down';

/** Whole points; 100 only where nothing is missing. */
export const pointsWords = ({ points }: Pick<Score, 'points'>): string =>
  points === undefined ? '–' : `${Math.floor(points + 1e-9)}`;

/** `82 of 100, 3 of 14 checks unknown`. */
export function scoreWords(score: Score): string {
  const { points, checks, unknown } = score;
  if (points === undefined)
    return checks === 0
      ? 'no score: there is nothing to look at'
      : `no score: none of ${count(checks)} known`;
  const sure = unknown === 0 ? '' : `, ${unknown} of ${count(checks)} unknown`;
  return `${pointsWords(score)} of ${ALL}${sure}`;
}

const count = (checks: number): string => `${checks} check${checks === 1 ? '' : 's'}`;
