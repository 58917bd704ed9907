import type { Fleet } from '#src/domain/fleet.ts';
import type { Announcement } from '#src/domain/notice.ts';
import type { Seat } from '#src/domain/seat.ts';

/** One or more, as a list. */
export const listOf = (given: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof given === 'string' ? [given] : given;

/** The seats a notice is for. Each thing named narrows it down; within one, any of the list will do. */
export function audienceOf(fleet: Fleet, audience: Announcement['audience']): readonly Seat[] {
  if (audience === 'all') return fleet.seats;
  const seats = listOf(audience.seats);
  const regions = listOf(audience.regions);
  const servers = listOf(audience.servers);
  const coins = listOf(audience.coins);
  const kinds = listOf(audience.kinds);
  const nodesOf = Map.groupBy(fleet.nodes, (node) => node.seat);
  return fleet.seats.filter((seat) => {
    const nodes = nodesOf.get(seat.id) ?? [];
    const services = nodes.flatMap((node) => node.services);
    return (
      (!seats || seats.includes(seat.id)) &&
      (!regions || regions.includes(seat.region ?? '')) &&
      (!servers || nodes.some((node) => servers.includes(node.server ?? ''))) &&
      (!coins || services.some((service) => coins.includes(service.coin ?? ''))) &&
      (!kinds || services.some((service) => kinds.includes(service.kind)))
    );
  });
}

/** What an audience names that the fleet does not know. */
export function strangersIn(fleet: Fleet, audience: Announcement['audience']): readonly string[] {
  if (audience === 'all') return [];
  const regions = new Set(fleet.seats.map((seat) => seat.region));
  return [
    ...(listOf(audience.seats) ?? []).filter((id) => !fleet.seat(id)).map((id) => `seat ${id}`),
    ...(listOf(audience.coins) ?? []).filter((id) => !fleet.coin(id)).map((id) => `coin ${id}`),
    ...(listOf(audience.regions) ?? []).filter((id) => !regions.has(id)).map((id) => `region ${id}`),
  ];
}
