import type { Change } from './executor.ts';

/** What keeps a service's daemon on its node, as the fleet file names it; where it names nothing, a plain process. */
export type Supervision =
  | {
      readonly kind: 'systemd';
      readonly unit: string;
      /** The unit is of the manager of our user there, not of the machine's. */
      readonly user?: boolean | undefined;
      /** A variable whose words the unit puts after its program's own: what holds for one start is told by it. */
      readonly once?: string | undefined;
    }
  | {
      readonly kind: 'compose';
      readonly service: string;
      /** Where the project is, as `docker compose` takes it. */
      readonly directory?: string | undefined;
      readonly file?: string | undefined;
      readonly project?: string | undefined;
    };

/** One run of a daemon, from a start to its end. */
export interface Instance {
  /** Another one after each start, also of the same container or under the same pid. */
  readonly id: string;
  /** For people, short. */
  readonly words: string;
}

/** A daemon as its supervisor has it now. */
export interface Standing {
  /** Also while it ends; undefined = it does not run, and nothing is about to start it. */
  readonly instance?: Instance | undefined;
  /** The program that is started, by its whole path, where the supervisor tells it. */
  readonly program?: string | undefined;
  /** What an approval is bound to beside the run: what would be started. Holds no secret. */
  readonly bound: Readonly<Record<string, string>>;
  /** Whether the supervisor starts it again after it ended because it was asked to. */
  readonly returns: boolean;
  /** What a stop changes of the supervisor and a start gives back; empty where there is nothing to change. */
  readonly kept: string;
}

/** A part of a step: what changes something is done at most once under this id. */
export interface Deed {
  readonly id: string;
  readonly signal: AbortSignal;
}

export interface Stopping extends Deed {
  /** It must stay down until it is started here. */
  readonly stays: boolean;
  /** So long it is given to end. */
  readonly withinMs: number;
  /** Asks the daemon itself, by its RPC. */
  ask(): Promise<void>;
}

export interface Starting extends Deed {
  readonly change: Change;
  readonly kept: string;
}

/**
 * What starts a daemon and keeps it up. Whatever it is asked is safe to ask again; nothing here ends a daemon by force.
 * Throws OutsideError when the machine does not answer, UserError with what to do when it must not or cannot be done.
 */
export interface Supervisor {
  /** As in "systemd's komodod.service". */
  readonly words: string;
  look(): Promise<Standing>;
  isRunning(instance: string): Promise<boolean>;
  /** How it would be made to end, for a plan. */
  planStop(standing: Standing, how: Pick<Stopping, 'stays' | 'withinMs'>): Promise<string>;
  /** How it would be started, for a plan. */
  planStart(change: Change): Promise<string>;
  /** Keeps what it takes to start it again; before a stop. */
  keep?(): Promise<void>;
  stop(stopping: Stopping): Promise<void>;
  /** Gives back what a stop changed, where it is given up. */
  release?(deed: Deed, kept: string): Promise<void>;
  /** Whether it runs or is being started, as it was or with the change. */
  isThere(change: Change): Promise<boolean>;
  start(starting: Starting): Promise<void>;
  /** Takes back what was to hold for this start only, once it runs. */
  settle?(deed: Deed, change: Change): Promise<void>;
  /** The run that is there, when it is as it shall be; remembered so from then on. */
  arrived(change: Change): Promise<Instance>;
}
