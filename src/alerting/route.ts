import { type Fleet, ROOM_NOTARIES } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Place, Route } from '#src/domain/room.ts';
import type { Seat } from '#src/domain/seat.ts';
import { matches } from '#src/domain/silence.ts';

type Labels = Readonly<Record<string, string>>;

/** The seat an alert is about: named outright, or the one its node belongs to. */
export const seatOf = (fleet: Fleet, labels: Labels): Seat | undefined =>
  fleet.seat(labels['seat'] ?? '') ?? fleet.seat(fleet.node(labels['node'] ?? '')?.seat ?? '');

/** Labels with what the fleet knows of them: a node's seat, a seat's region. */
export function describe(fleet: Fleet, labels: Labels): Labels {
  const seat = seatOf(fleet, labels);
  return { ...(seat && { seat: seat.id }), ...(seat?.region && { region: seat.region }), ...labels };
}

/** The first that matches; it says who is told. */
export function routeOf(fleet: Fleet, labels: Labels): Route | undefined {
  const known = describe(fleet, labels);
  return fleet.routes.find(({ match }) => matches(match, known));
}

/** The rooms that are told. */
export const roomsOf = (fleet: Fleet, labels: Labels): readonly Place[] =>
  (routeOf(fleet, labels)?.rooms ?? [ROOM_NOTARIES]).map((room): Place => ({ kind: 'room', room }));

/** The seat whose operators are written to as well, where the route says so. */
export const directSeatOf = (fleet: Fleet, labels: Labels): Seat | undefined =>
  routeOf(fleet, labels)?.direct ? seatOf(fleet, labels) : undefined;

export const directTo = (operators: readonly OperatorId[]): readonly Place[] =>
  operators.map((operator): Place => ({ kind: 'direct', operator }));
