import type { Fleet } from '#src/domain/fleet.ts';
import { hasRole } from '#src/domain/operator.ts';
import type { Request } from '#src/domain/remedy.ts';
import type { Place } from '#src/domain/room.ts';

/**
 * Who sees a request: its room, on each chat platform at once, so that it can be decided on one while the other is down; and
 * the others of the seat, who may approve, each on the first that is up.
 */
export function recipientsOf(
  fleet: Fleet,
  { room, node, requestedBy }: Pick<Request, 'room' | 'node' | 'requestedBy'>,
  chats: readonly string[],
): readonly Place[] {
  const seat = fleet.node(node)?.seat;
  const others = seat
    ? fleet.operatorsOf(seat).filter((one) => one.id !== requestedBy && hasRole(one.role, 'notary'))
    : [];
  const there = chats.filter((chat) => fleet.room(room)?.addresses[chat] !== undefined);
  const rooms = there.length > 1 ? there.map((chat): Place => ({ kind: 'room', room, via: [chat] })) : [];
  return [
    ...(rooms.length > 0 ? rooms : [{ kind: 'room', room } as const]),
    ...others.map(({ id }): Place => ({ kind: 'direct', operator: id })),
  ];
}
