import { FINDING_STATES, type ServiceHealth, worst } from '#src/domain/finding.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Node, Target } from '#src/domain/node.ts';
import { z } from 'zod';

import { defineListing, limit, MOST_ROWS } from '#src/http/listing.ts';

/** Names what is shown, so that no login of a daemon ever is. */
const serviceOf = ({ service }: Target, health: ServiceHealth | undefined) => ({
  id: service.id,
  kind: service.kind,
  coin: service.coin,
  state: health?.state ?? 'unknown',
  at: health?.at,
  tookMs: health?.tookMs,
  results: (health?.results ?? []).map(({ check, title, shown, alertname, remedy, finding }) => ({
    check,
    title,
    state: finding.state,
    shown,
    why: 'why' in finding ? finding.why : undefined,
    alertname,
    remedy,
  })),
});

const rowOf = (fleet: Fleet, node: Node, services: readonly ReturnType<typeof serviceOf>[]) => ({
  id: node.id,
  seat: node.seat,
  region: fleet.seat(node.seat)?.region,
  server: node.server,
  access: node.access.kind,
  state: services.length === 0 ? 'unknown' : worst(services.map(({ state }) => state)),
  services,
});

export const nodes = defineListing({
  path: '/nodes',
  query: { limit: limit.default(MOST_ROWS), status: z.enum(FINDING_STATES).optional() },
  answer: async ({ fleets, examiner }, { limit, status }) => {
    const fleet = fleets.current();
    const targets = fleet.targets();
    const latest = await examiner.latest(targets);
    const services = Map.groupBy(
      targets.map((target, index) => ({ node: target.node.id, shown: serviceOf(target, latest[index]) })),
      ({ node }) => node,
    );
    return fleet.nodes
      .map((node) =>
        rowOf(
          fleet,
          node,
          (services.get(node.id) ?? []).map(({ shown }) => shown),
        ),
      )
      .filter(({ state }) => status === undefined || state === status)
      .slice(0, limit);
  },
});
