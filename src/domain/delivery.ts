import type { z } from 'zod';

import type { Message } from './message.ts';
import type { Posted } from './platform.ts';
import type { Place, Urgency } from './room.ts';

export type DeliveryId = string & z.$brand<'DeliveryId'>;

/**
 * What a message is about: `alert:<id>:<episode>`, `notice:<id>`, `request:<id>`, `note:<id>`, `bundle:<id>` (many
 * alerts in one message), `digest:<outage>` (what went elsewhere while a platform was down), `drill:<id>`,
 * `board:<notice>` (for room ops), `reminder:<notice>:<step>`, `report:<notice>` (once it has
 * ended), `withdrawal:<notice>` (it was called off), `link:<id>` and `link:<id>:<state>` (an account that is given or taken).
 * One cause has one message per recipient, kept up to date by edits.
 */
export type Cause = `${CauseKind}:${string}`;
export const CAUSE_KINDS = [
  'alert',
  'notice',
  'board',
  'request',
  'note',
  'bundle',
  'digest',
  'drill',
  'reminder',
  'report',
  'withdrawal',
  'link',
] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

/** `queued` and `sending` are on their way; the rest is final. */
export const DELIVERY_STATES = ['queued', 'sending', 'delivered', 'rerouted', 'failed', 'stale'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message to one recipient over one platform: a row of the ledger. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly cause: Cause;
  readonly to: Place;
  readonly platform: string;
  readonly state: DeliveryState;
  readonly urgency: Urgency;
  /** Why it failed, was rerouted or is stale, in words. */
  readonly reason?: string | undefined;
  /** Shown in the message: why it comes over this platform. */
  readonly note?: string | undefined;
  /** The platform that took over, when rerouted. */
  readonly next?: string | undefined;
  /** The platform it would have come over, had that not been down. */
  readonly instead?: string | undefined;
  /** The platform said no for good. */
  readonly refused?: boolean | undefined;
  /** Counts the reroutes of this message so far: the greater one is the later decision. */
  readonly hop?: number | undefined;
  readonly reroutedAt?: string | undefined;
  /** When what follows from its arrival was done. */
  readonly toldAt?: string | undefined;
  /** A room's message of which nobody was to be told directly when it began. */
  readonly alone?: boolean | undefined;
  /** The bundle that carries it: where that message stands is where this stands. */
  readonly within?: Cause | undefined;
  readonly posted?: Posted | undefined;
  /** The revision that the posted message shows; before that, the one that the first attempt was sent with. */
  readonly shown: number;
  readonly attempts: number;
  readonly queuedAt: string;
  /** When the first attempt began whose outcome is not known: it may have happened although no answer came. */
  readonly sendingAt?: string | undefined;
  readonly deliveredAt?: string | undefined;
  readonly editedAt?: string | undefined;
}

export interface Composed {
  readonly message: Message;
  readonly revision: number;
  /**
   * What it tells of is over: where it was not told in time, it is not told one by one any more. In words: it is not
   * told at all any more, and this is why.
   */
  readonly over?: boolean | string | undefined;
}

/** Writes the message of a cause as it stands now, for one recipient; undefined when there is nothing to say any more. */
export type Compose = (cause: Cause, to: Place) => Promise<Composed | undefined>;

/** A cause and whom it is for. */
export interface Sending {
  readonly cause: Cause;
  readonly to: readonly Place[];
  readonly urgency: Urgency;
  /** The cause began this moment: nothing of it is on record. */
  readonly isNew?: boolean | undefined;
}

/** Brings messages to recipients, each on the first medium that is up. */
export interface Post {
  /** `send` of many, in few round trips: what comes too fast for one recipient is told in bundles. */
  sendAll(sendings: readonly Sending[]): Promise<void>;
  /** `refresh` of many. */
  refreshAll(causes: readonly Cause[]): Promise<void>;
  /** On record when it resolves: each recipient gets the cause's message, once; over the one platform that is named. */
  send(cause: Cause, to: readonly Place[], urgency: Urgency, over?: string): Promise<void>;
  /** The cause changed: its messages, or those of some recipients, are brought up to date. */
  refresh(cause: Cause, only?: readonly Place[]): Promise<void>;
}

/** A part of what is due, the oldest first. */
export interface DueRange {
  readonly beforeMs?: number | undefined;
  readonly skip?: number | undefined;
}

/** The ledger, to look things up in. */
export interface Deliveries {
  list(filter: { readonly cause?: Cause; readonly limit?: number }): Promise<readonly Delivery[]>;
}
