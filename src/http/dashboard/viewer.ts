import { channelOf, mayRead } from '#src/domain/console.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Operator } from '#src/domain/operator.ts';

const PLATFORM = 'console';

/** A room or one's own direct messages, as they stand in the list. */
export interface PlaceLink {
  readonly channel: string;
  readonly name: string;
  readonly kind: 'room' | 'direct';
}

/** Who looks, and where. All of it stands in the page's address: two windows may be two people. */
export interface Viewer {
  readonly operator: Operator;
  readonly people: readonly Operator[];
  readonly places: readonly PlaceLink[];
  readonly place: PlaceLink;
}

/** Reads the page's address; what it does not name, or names wrongly, is the first there is. */
export function viewerOf(fleet: Fleet, query: Readonly<Record<string, unknown>>): Viewer | undefined {
  const people = fleet.operators.filter((operator) => operator.handles[PLATFORM]);
  const operator = people.find(({ id }) => id === query['as']) ?? people[0];
  if (!operator) return undefined;
  const places = placesOf(fleet, operator);
  const place = places.find(({ channel }) => channel === query['in']) ?? places.at(-1);
  return place && mayRead(operator.id, place.channel) ? { operator, people, places, place } : undefined;
}

function placesOf(fleet: Fleet, operator: Operator): readonly PlaceLink[] {
  const rooms = fleet.rooms.flatMap(({ id, addresses }): PlaceLink[] => {
    const address = addresses[PLATFORM];
    return address ? [{ channel: channelOf({ kind: 'room', id: address }), name: id, kind: 'room' }] : [];
  });
  const handle = operator.handles[PLATFORM] ?? operator.id;
  const own: PlaceLink = { channel: channelOf({ kind: 'direct', handle }), name: 'Tocsin', kind: 'direct' };
  return [own, ...rooms];
}

/** The page's address for somebody somewhere. */
export const addressOf = (as: string, place?: string): string =>
  `/?${new URLSearchParams({ as, ...(place && { in: place }) }).toString()}`;
