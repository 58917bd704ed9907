import { type FleetData, ROOM_NOTARIES, ROOM_OPS } from '#src/domain/fleet.ts';
import type { Node, NodeId, Service, ServiceId } from '#src/domain/node.ts';
import type { Operator, OperatorId, Role } from '#src/domain/operator.ts';
import type { Seat, SeatId } from '#src/domain/seat.ts';

import { fleetCoins } from './coins.ts';
import type { SimulatedDaemon } from './daemon.ts';

const PATROL_EVERY_MS = 5_000;

const seat = (team: string, region: string): Seat => ({ id: `${team}_${region}` as SeatId, team, region });

const operator = (id: string, role: Role, team: string): Operator => ({
  id: id as OperatorId,
  role,
  team,
  handles: { console: id },
});

const SEATS = [
  seat('alright', 'DEV'),
  seat('alright', 'EU'),
  seat('harbor', 'AR'),
  seat('harbor', 'NA'),
  seat('kestrel', 'SH'),
  seat('kestrel', 'EU'),
  seat('lumen', 'NA'),
  seat('lumen', 'SH'),
];

const OPERATORS = [
  operator('alice', 'notary', 'alright'),
  operator('bob', 'notary', 'alright'),
  operator('carol', 'coordinator', 'kestrel'),
  operator('dave', 'coordinator', 'lumen'),
  operator('erin', 'observer', 'harbor'),
  operator('frank', 'notary', 'harbor'),
];

/** Which simulated daemon stands where. */
export interface Site {
  readonly node: string;
  readonly seat: string;
  readonly coin: string;
}

const site = (seatId: string, ...coins: readonly string[]): readonly Site[] => {
  const node = `${seatId.toLowerCase().replace('_', '-')}-main`;
  return coins.map((coin) => ({ node, seat: seatId, coin }));
};

/** The daemons of the trial. */
export const SITES: readonly Site[] = [
  ...site('alright_DEV', 'KMD', 'LTC'),
  ...site('alright_EU', 'KMD'),
  ...site('harbor_AR', 'KMD', 'LTC'),
  ...site('harbor_NA', 'KMD'),
  ...site('kestrel_SH', 'KMD', 'LTC'),
  ...site('lumen_NA', 'KMD'),
];

/** The sample fleet over daemons that run. */
export function trialFleet(daemons: readonly (readonly [Site, SimulatedDaemon])[]): FleetData {
  const nodes = [...Map.groupBy(daemons, ([{ node }]) => node)].map(([id, own]): Node => ({
    id: id as NodeId,
    seat: (own[0]?.[0].seat ?? '') as SeatId,
    server: 'main',
    access: { kind: 'local' },
    services: own.map(([where, daemon]) => service(where, daemon)),
  }));
  return {
    network: 'trial',
    rooms: [ROOM_NOTARIES, ROOM_OPS].map((id) => ({ id, addresses: { console: id } })),
    routes: [
      { match: { severity: 'critical' }, rooms: [ROOM_OPS], direct: true },
      // Requests stand where the alerts are; the notaries' room is for what all of them must read.
      { match: {}, rooms: [ROOM_OPS], direct: false },
    ],
    coins: fleetCoins(),
    operators: OPERATORS,
    seats: SEATS,
    nodes,
    patrol: { everyMs: PATROL_EVERY_MS },
  };
}

const service = ({ node, coin }: Site, { port, user, password, pubkey }: SimulatedDaemon): Service => ({
  id: coin as ServiceId,
  kind: 'utxo',
  coin,
  rpc: { url: `http://127.0.0.1:${port}`, user, password },
  pubkey,
  walletFile: `/simulated/${node}/${coin}/wallet.dat`,
  thresholds: {},
});
