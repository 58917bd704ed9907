import type { Cost, FindingState, ServiceHealth } from '#src/domain/finding.ts';
import { type Fleet, type FleetData, fleetOf } from '#src/domain/fleet.ts';
import type { Node, NodeId, Service, ServiceId } from '#src/domain/node.ts';
import type { Seat, SeatId } from '#src/domain/seat.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

import { health, result } from './seen.ts';

export const NOW = new Date('2026-11-21T12:00:00Z');

const REGIONS: readonly (readonly [string, number])[] = [
  ['AR', 14],
  ['DEV', 8],
  ['EU', 14],
  ['NA', 14],
  ['SH', 14],
];
const TEAMS =
  'alright blackice chmex decker fullmoon gcharang karasugoi kolo marmara node-9 ptyx strob tokel webworker01'.split(
    ' ',
  );
const COINS =
  'KMD LTC CCL CLC DOC GLEEC ILN KOIN MARTY MCL NINJA PIRATE RICK SUPERNET THC TOKEL VRSC AYA CHIPS EMC2 MIL SFUSD VOTE DP MGW PGT MSHARK REVS SQUISHY WLC21 ZILLA AXO BET BOTS CRYPTO DEX HODL JUMBLR KV'.split(
    ' ',
  );

interface Sizes {
  readonly seats: number;
  /** Of each seat; the first is iguana. */
  readonly services: number;
}

export interface Season {
  readonly fleet: Fleet;
  readonly latest: readonly (ServiceHealth | undefined)[];
}

/** A network as its patrol saw it a moment ago: what is wrong where follows from the place in the list. */
export function season({ seats: count, services: each }: Sizes): Season {
  const all = REGIONS.flatMap(([region, most]) =>
    Array.from({ length: most }, (_, at): Seat => {
      const team = TEAMS[at] ?? `team-${at}`;
      return { id: `${team}_${region}` as SeatId, region, team };
    }),
  );
  const seats = Array.from({ length: count }, (_, at): Seat => {
    const turn = Math.floor(at / all.length);
    const seat = all[(at * (count < all.length ? 7 : 1)) % all.length] as Seat;
    return turn === 0 ? seat : { ...seat, id: `${seat.id}-${turn}` as SeatId };
  });
  const coins = COINS.slice(0, each - 1).map((id) => ({
    id,
    profile: 'komodo',
    thresholds: {},
    utxoSats: 10_000,
  }));
  const service = (id: string, kind: string): Service => ({
    id: id as ServiceId,
    kind,
    ...(kind === 'utxo' && { coin: id }),
    thresholds: {},
  });
  const services = [service('iguana', 'iguana'), ...coins.map(({ id }) => service(id, 'utxo'))];
  const nodes = seats.map((seat): Node => ({
    id: `${seat.id}-main` as NodeId,
    seat: seat.id,
    access: { kind: 'local' },
    services,
  }));
  const data: FleetData = { ...smallFleet, network: 'komodo-season-8', coins, seats, nodes };
  const fleet = fleetOf(data);
  return { fleet, latest: fleet.targets().map(({ node, service: { id } }, at) => lookAt(node.id, id, at)) };
}

const CHECKS: readonly (readonly [string, Cost])[] = [
  ['daemon', 'notarisations'],
  ['sync', 'notarisations'],
  ['peers', 'soon'],
  ['listunspent', 'time'],
];

function lookAt(node: string, service: string, at: number): ServiceHealth | undefined {
  const state = stateAt(at);
  if (state === undefined) return undefined;
  // Two hours ago: no longer the present.
  const seen = at % 211 === 4 ? '2026-11-21T10:00:00.000Z' : '2026-11-21T11:59:40.000Z';
  const of = (check: string, costs: Cost, found: FindingState) => result(check, found, { costs });
  const results = CHECKS.map(([check, costs], place) =>
    of(check, costs, place === at % CHECKS.length || state === 'unknown' ? state : 'up'),
  );
  return health(results, { node, service, at: seen });
}

function stateAt(at: number): FindingState | undefined {
  if (at % 97 === 13) return undefined;
  if (at % 61 === 7) return 'down';
  if (at % 23 === 5) return 'degraded';
  return at % 83 === 17 ? 'unknown' : 'up';
}
