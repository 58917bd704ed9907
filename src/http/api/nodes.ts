import { FINDING_STATES, type ServiceHealth, worst } from '#src/domain/finding.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { isStale } from '#src/domain/glance.ts';
import type { Node, Target } from '#src/domain/node.ts';
import { scoreOf } from '#src/domain/score.ts';
import { z } from 'zod';

import { defineListing, limit, MOST_ROWS } from '#src/http/listing.ts';

const scoreShown = (healths: readonly (ServiceHealth | undefined)[]) => {
  const { points, checks, unknown } = scoreOf(healths);
  return { score: points, checks, unknownChecks: unknown };
};

/** Names what is shown, so that no login of a daemon ever is. A look that is too old says what was, not what is. */
const serviceOf = ({ service }: Target, health: ServiceHealth | undefined, stale: boolean) => ({
  id: service.id,
  kind: service.kind,
  coin: service.coin,
  state: stale ? 'unknown' : (health?.state ?? 'unknown'),
  stale: stale || undefined,
  ...scoreShown([stale ? undefined : health]),
  at: health?.at,
  tookMs: health?.tookMs,
  results: (health?.results ?? []).map(({ check, title, shown, costs, alertname, remedy, finding }) => ({
    check,
    title,
    state: finding.state,
    shown,
    why: 'why' in finding ? finding.why : undefined,
    costs,
    alertname,
    remedy,
  })),
});

interface Looked {
  readonly target: Target;
  readonly health: ServiceHealth | undefined;
  readonly stale: boolean;
}

const rowOf = (fleet: Fleet, node: Node, looked: readonly Looked[]) => {
  const services = looked.map(({ target, health, stale }) => serviceOf(target, health, stale));
  return {
    id: node.id,
    seat: node.seat,
    region: fleet.seat(node.seat)?.region,
    server: node.server,
    access: node.access.kind,
    state: services.length === 0 ? 'unknown' : worst(services.map(({ state }) => state)),
    ...scoreShown(looked.map(({ health, stale }) => (stale ? undefined : health))),
    services,
  };
};

export const nodes = defineListing({
  path: '/nodes',
  query: { limit: limit.default(MOST_ROWS), status: z.enum(FINDING_STATES).optional() },
  answer: async ({ fleets, examiner }, { limit, status }) => {
    const fleet = fleets.current();
    const at = { everyMs: fleet.patrol.everyMs, now: new Date() };
    const targets = fleet.targets();
    const latest = await examiner.latest(targets);
    const looked = targets.map((target, index): Looked => {
      const health = latest[index];
      return { target, health, stale: health !== undefined && isStale(target, health, at) };
    });
    const byNode = Map.groupBy(looked, ({ target }) => target.node.id);
    return fleet.nodes
      .map((node) => rowOf(fleet, node, byNode.get(node.id) ?? []))
      .filter(({ state }) => status === undefined || state === status)
      .slice(0, limit);
  },
});
