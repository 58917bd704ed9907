import type { Cause, Delivery, DeliveryId } from '#src/domain/delivery.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Address, Condition } from '#src/domain/platform.ts';
import { type Place, placeName, type Urgency } from '#src/domain/room.ts';

/** The id of a delivery: also the key under which the platform is asked to send once. */
export const deliveryId = (cause: Cause, to: Place, platform: string): DeliveryId =>
  keyOf('delivery', cause, placeName(to), platform) as DeliveryId;

/** Where on a platform a recipient is; undefined when it has no place there. */
export function addressOf(fleet: Fleet, to: Place, platform: string): Address | undefined {
  if (to.kind === 'room') {
    const id = fleet.room(to.room)?.addresses[platform];
    return id === undefined ? undefined : { kind: 'room', id };
  }
  const handle = fleet.operator(to.operator)?.handles[platform];
  return handle === undefined ? undefined : { kind: 'direct', handle };
}

/** The platforms a message to a recipient may take, in the order they are tried. */
export const mediaOf = (fleet: Fleet, to: Place, platforms: readonly string[]): readonly string[] =>
  (to.via?.filter((platform) => platforms.includes(platform)) ?? platforms).filter(
    (platform) => addressOf(fleet, to, platform) !== undefined,
  );

const NAMES: Readonly<Record<string, string>> = {
  discord: 'Discord',
  matrix: 'Matrix',
  email: 'mail',
  telegram: 'Telegram',
  console: 'the trial page',
};

/** A platform as a reader knows it. */
export const nameOf = (platform: string): string => NAMES[platform] ?? platform;

export const downWords = (platform: string, why: string): string => `${nameOf(platform)} is down (${why})`;

/** Said in a message that does not come the first way. */
export const detourNote = (platform: string, why: string): string =>
  `Over ${nameOf(platform)}, because ${why}`;

export const isDrill = (cause: Cause): boolean => cause.startsWith('drill:');

/** Whether a delivery may go its way now. A drill takes the recipient's first platform as down, for itself alone. */
export function conditionFor(
  { cause, to, platform }: Pick<Delivery, 'cause' | 'to' | 'platform'>,
  ask: () => Condition,
  fleet: Fleet,
  platforms: readonly string[],
): Condition {
  const ways = isDrill(cause) ? mediaOf(fleet, to, platforms) : [];
  return ways.length > 1 && ways[0] === platform
    ? { up: false, why: 'in this drill', since: new Date() }
    : ask();
}

/** Platform of a delivery that could go nowhere. */
export const NO_PLATFORM = 'none';

export interface Opening {
  readonly cause: Cause;
  readonly to: Place;
  readonly urgency: Urgency;
  readonly at: Date;
  readonly platform: string | undefined;
  readonly note?: string | undefined;
  /** The platform it does not come over, because that is down. */
  readonly instead?: string | undefined;
  readonly alone?: boolean | undefined;
}

/** A delivery that begins; one without a platform has failed already, and says why. */
export const openDelivery = ({
  cause,
  to,
  urgency,
  at,
  platform,
  note,
  instead,
  alone,
}: Opening): Delivery => ({
  id: deliveryId(cause, to, platform ?? NO_PLATFORM),
  cause,
  to,
  platform: platform ?? NO_PLATFORM,
  state: platform === undefined ? 'failed' : 'queued',
  urgency,
  ...(platform === undefined && { reason: 'has no account or room on a connected platform' }),
  ...(note !== undefined && { note }),
  ...(instead !== undefined && { instead }),
  ...(alone && { alone }),
  shown: 0,
  attempts: 0,
  queuedAt: at.toISOString(),
});

interface Bundled {
  readonly cause: Cause;
  readonly to: Place;
  readonly urgency: Urgency;
  readonly at: Date;
  readonly within: Cause;
}

/** Platform of a delivery that is told inside a bundle. */
const IN_BUNDLE = 'bundle';

/** Whatever deliveries of a cause a recipient may have: one on each way it may take, or its place in a bundle. */
export const deliveryIds = (cause: Cause, to: Place, platforms: readonly string[]): readonly DeliveryId[] =>
  [...(to.via ?? platforms), IN_BUNDLE].map((platform) => deliveryId(cause, to, platform));

/** The record of what is told inside a bundle: no message of its own. */
export const bundledDelivery = ({ cause, to, urgency, at, within }: Bundled): Delivery => ({
  ...openDelivery({ cause, to, urgency, at, platform: IN_BUNDLE }),
  within,
  reason: `told in ${within}`,
});
