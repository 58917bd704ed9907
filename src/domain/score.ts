import type { CheckResult, Cost, ServiceHealth } from './finding.ts';

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

/** One look with its losses found; a service that nobody has seen has none. */
export interface Weighed {
  readonly node: string | undefined;
  readonly checks: number;
  readonly unknown: number;
  /** Of its own 100 points. */
  readonly own: readonly Loss[];
  /** Of its node's, by what they are a finding of. */
  readonly wide: readonly (readonly [string, Loss])[];
}

const UNSEEN: Weighed = { node: undefined, checks: 1, unknown: 1, own: [], wide: [] };

/** Finds what a look costs, once for all scores that it is in. */
export function weighed(health: ServiceHealth | undefined): Weighed {
  if (!health) return UNSEEN;
  const own: Loss[] = [];
  const wide: (readonly [string, Loss])[] = [];
  let unknown = 0;
  for (const result of health.results) {
    const { state } = result.finding;
    if (state === 'unknown') unknown++;
    const loss = lossOf(health, result);
    if (!loss) continue;
    // What each service says of its node is one finding.
    if (result.of === 'node') wide.push([result.check, loss]);
    else if (loss.costs === 'node') wide.push([`${result.check} ${health.service}`, loss]);
    else own.push(loss);
  }
  return { node: health.node, checks: health.results.length, unknown, own: taken(own), wide };
}

/**
 * The score of a service, a node, a seat or a network, as one look at each of its services gives it; undefined = not seen.
 * A node's is the mean of its services' less what its node-wide checks take, a seat's the mean of its nodes'.
 */
export const scoreOf = (healths: readonly (ServiceHealth | undefined)[]): Score =>
  scoreOfWeighed(healths.map(weighed));

/** The same of looks that are weighed already. */
export function scoreOfWeighed(looks: readonly Weighed[]): Score {
  let checks = 0;
  let unknown = 0;
  const nodes = new Map<string | undefined, Weighed[]>();
  for (const look of looks) {
    checks += look.checks;
    unknown += look.unknown;
    if (look.unknown === look.checks) continue;
    const services = nodes.get(look.node);
    if (services) services.push(look);
    else nodes.set(look.node, [look]);
  }
  if (nodes.size === 0) return { points: undefined, checks, unknown, losses: [] };
  const losses = [...nodes.values()].flatMap((services) => shared(nodeLosses(services), nodes.size));
  const left = ALL - losses.reduce((sum, { points }) => sum + points, 0);
  return {
    points: Math.max(0, left),
    checks,
    unknown,
    losses: losses.toSorted((one, other) => other.points - one.points),
  };
}

const shared = (losses: readonly Loss[], among: number): readonly Loss[] =>
  among === 1 ? losses : losses.map((loss) => ({ ...loss, points: loss.points / among }));

const nodeLosses = (services: readonly Weighed[]): readonly Loss[] =>
  taken([
    ...new Map(services.flatMap(({ wide }) => wide)).values(),
    ...services.flatMap(({ own }) => shared(own, services.length)),
  ]);

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
): Loss | undefined {
  if (finding.state !== 'degraded' && finding.state !== 'down') return undefined;
  const { state, why } = finding;
  return { node, service, title, state, why, costs, points: POINTS[costs][state] };
}

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
