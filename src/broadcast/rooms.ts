import { type Fleet, ROOM_NOTARIES, ROOM_OPS } from '#src/domain/fleet.ts';
import type { Place } from '#src/domain/room.ts';

type RoomPlace = Place & { readonly kind: 'room' };

/** Where all notaries are. */
export const NOTARIES: RoomPlace = { kind: 'room', room: ROOM_NOTARIES };

/** Where the coordinators are: with the others, where they have no room of their own. */
export const opsOf = (fleet: Fleet): RoomPlace =>
  fleet.room(ROOM_OPS) ? { kind: 'room', room: ROOM_OPS } : NOTARIES;
