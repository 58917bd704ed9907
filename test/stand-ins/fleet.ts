import { type Fleet, fleetOf, type Fleets } from '#src/domain/fleet.ts';
import type { Node, NodeId, ServiceId } from '#src/domain/node.ts';
import type { Operator, OperatorId, Role } from '#src/domain/operator.ts';
import type { RoomId } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';

const operator = (id: string, role: Role, team: string, handles: Record<string, string>): Operator => ({
  id: id as OperatorId,
  role,
  team,
  handles,
});

const node = (id: string, seat: string): Node => ({
  id: id as NodeId,
  seat: seat as SeatId,
  access: { kind: 'local' },
  services: [
    { id: 'KMD' as ServiceId, kind: 'utxo', coin: 'KMD', rpc: { url: 'http://127.0.0.1:1' }, thresholds: {} },
  ],
});

/**
 * Two teams and the coordinators: `alice` and `bob` hold red_EU, `frank` holds blue_NA and is only on
 * Matrix, `mute` of grey_SH is nowhere, `carol` and `dave` coordinate, `erin` observes.
 */
export const smallFleet: Fleet = fleetOf({
  network: 'test',
  rooms: [
    { id: 'notaries' as RoomId, addresses: { discord: 'd-notaries', matrix: '!notaries:x' } },
    { id: 'ops' as RoomId, addresses: { discord: 'd-ops', matrix: '!ops:x' } },
  ],
  routes: [{ match: { severity: 'critical' }, rooms: ['ops' as RoomId], direct: true }],
  coins: [{ id: 'KMD', profile: 'komodo', thresholds: {}, utxoSats: 10_000 }],
  operators: [
    operator('alice', 'notary', 'red', { discord: 'd-alice', matrix: '@alice:x' }),
    operator('bob', 'notary', 'red', { discord: 'd-bob', matrix: '@bob:x' }),
    operator('frank', 'notary', 'blue', { matrix: '@frank:x' }),
    operator('mute', 'notary', 'grey', {}),
    operator('carol', 'coordinator', 'staff', { discord: 'd-carol' }),
    operator('dave', 'coordinator', 'staff', { discord: 'd-dave' }),
    operator('erin', 'observer', 'staff', { discord: 'd-erin' }),
  ],
  seats: [
    { id: 'red_EU' as SeatId, region: 'EU', team: 'red' },
    { id: 'blue_NA' as SeatId, region: 'NA', team: 'blue' },
    { id: 'grey_SH' as SeatId, region: 'SH', team: 'grey' },
  ],
  nodes: [node('red-1', 'red_EU'), node('blue-1', 'blue_NA')],
  patrol: { everyMs: 30_000 },
});

/** A running fleet that never changes. */
export const fixedFleets = (fleet: Fleet = smallFleet): Fleets => ({
  current: () => fleet,
  onChange: () => undefined,
});
