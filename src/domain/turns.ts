import type { ServiceName } from './patrol.ts';

/** How often a service is patrolled, and when: at `offsetMs` of each interval, counted from 1970. */
export interface Round extends ServiceName {
  readonly everyMs: number;
  readonly offsetMs: number;
}

/** A turn that is over, and in how long the service's next one is. */
export interface EndedTurn extends ServiceName {
  readonly nextInMs: number;
  /** Its look was nothing but waiting, to the end: the next one begins before others, and beside them. */
  readonly hung?: boolean | undefined;
}

/** Whose turn it is to be patrolled, over all processes. */
export interface Turns {
  /** From now on these are patrolled, and no others; those that were, keep their turn. */
  keep(rounds: readonly Round[]): Promise<void>;
  /** Their turn is now, unless somebody has taken it already. */
  hasten(services: readonly ServiceName[]): Promise<void>;
  /**
   * Ends turns, and takes some that are due, of those that hung and of the others up to a limit each: nobody else gets
   * these until they are ended, or until whoever took them must be dead. One round trip.
   */
  turn(change: {
    readonly ended: readonly EndedTurn[];
    readonly limit: number;
    readonly hungLimit: number;
  }): Promise<{
    readonly taken: readonly ServiceName[];
    /** Until the first of the others is due; undefined when there is none. */
    readonly nextInMs: number | undefined;
  }>;
}
