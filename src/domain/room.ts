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
  /** A critical alert that nobody acknowledges is told to further people after so long, and again. */
  readonly escalateAfterMs?: number | undefined;
}

/** The recipient of a message. */
export type Place = (
  | { readonly kind: 'room'; readonly room: RoomId }
  | { readonly kind: 'direct'; readonly operator: OperatorId }
) & {
  /**
   * The platforms this message may take, in this order; nothing said = every way, in the configured order. Copies of a
   * message that go different ways are recipients of their own.
   */
  readonly via?: readonly string[] | undefined;
};

/** How urgent a message is: what is more urgent overtakes the rest. */
export type Urgency = Severity | 'mandatory';

/** Whom or where it goes to, whichever way. */
export const recipientName = (place: Place): string =>
  place.kind === 'room' ? `room:${place.room}` : `operator:${place.operator}`;

/** The recipient with the way it goes: `operator:alice`, `operator:alice@matrix`. */
export const placeName = (place: Place): string =>
  place.via?.[0] === undefined ? recipientName(place) : `${recipientName(place)}@${place.via[0]}`;
