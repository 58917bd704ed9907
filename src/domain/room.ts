import type { z } from 'zod';

import type { Severity } from './alert.ts';
import type { OperatorId } from './operator.ts';

export type RoomId = string & z.$brand<'RoomId'>;

/** A room of the network; the same room may exist on several platforms. */
export interface Room {
  readonly id: RoomId;
  /** Platform id → the room there. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** First match wins. */
export interface Route {
  readonly match: Readonly<Record<string, string>>;
  readonly rooms: readonly RoomId[];
  /** Also write to the operators of the seat the alert names. */
  readonly direct: boolean;
}

/** The recipient of a message, independent of the platform. */
export type Place =
  | { readonly kind: 'room'; readonly room: RoomId }
  | { readonly kind: 'direct'; readonly operator: OperatorId };

/** How urgent a message is: what is more urgent overtakes the rest. */
export type Urgency = Severity | 'mandatory';

export const placeName = (place: Place): string =>
  place.kind === 'room' ? `room:${place.room}` : `operator:${place.operator}`;
