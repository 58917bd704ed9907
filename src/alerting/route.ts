import type { Fleet } from '#src/domain/fleet.ts';
import type { Place } from '#src/domain/room.ts';
import { ROOM_NOTARIES } from '#src/domain/fleet.ts';
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

/** Who is told: the rooms of the first route that matches, and the seat's operators where it says so. */
export function recipientsOf(fleet: Fleet, labels: Labels): readonly Place[] {
  const known = describe(fleet, labels);
  const route = fleet.routes.find(({ match }) => matches(match, known));
  const rooms = (route?.rooms ?? [ROOM_NOTARIES]).map((room): Place => ({ kind: 'room', room }));
  const seat = route?.direct ? seatOf(fleet, labels) : undefined;
  const direct = seat ? fleet.operatorsOf(seat.id) : [];
  return [...rooms, ...direct.map(({ id }): Place => ({ kind: 'direct', operator: id }))];
}
