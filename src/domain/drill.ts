import type { Operator } from './operator.ts';
import type { RoomId } from './room.ts';

/** How a failover on purpose went, in ms since it was asked for. */
export interface DrillReport {
  /** Name of the platform that was taken as down for this one message. */
  readonly from: string;
  /** Name of the platform that brought it. */
  readonly over: string;
  /** Until it was on record as due. */
  readonly recordedMs: number;
  /** Until it was decided to go another way. */
  readonly reroutedMs: number;
  /** Until the other platform had taken it. */
  readonly deliveredMs: number;
}

/** Performs failovers on purpose. */
export interface Drills {
  /** One labelled message to a room by its next medium; audited. Throws UserError when there is none, or it did not arrive. */
  run(room: RoomId, by: Operator, cause: string): Promise<DrillReport>;
}
