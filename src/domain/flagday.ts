import type {
  AnnouncedParameters,
  Difference,
  Known,
  NetworkNow,
  Polled,
  WorkerNow,
} from './notary-cluster.ts';
import type { Actor, OperatorId } from './operator.ts';
import type { Request, RequestId } from './remedy.ts';

/** Somebody wants a flag day to wait before the next worker; or it waits by itself, at its first doubt. */
export interface Pause {
  readonly by: OperatorId | 'tocsin';
  readonly at: string;
  readonly why: string;
}

/** What is kept of a flag day beside its request, which has the steps. */
export interface FlagDay {
  readonly request: RequestId;
  readonly paused?: Pause | undefined;
  /** The doubt that people were asked about last: no second time about the same. */
  readonly asked?: string | undefined;
}

/** The flag days on record, by their requests. */
export interface FlagDayRecords {
  get(request: string): Promise<FlagDay | undefined>;
  /** Compare and set, as of `Requests`. */
  update(
    request: string,
    change: (current: FlagDay | undefined) => FlagDay | undefined,
  ): Promise<FlagDay | undefined>;
}

/** Where one worker stands in a flag day. */
export interface Place {
  readonly id: string;
  readonly polled: Known<Polled>;
  /** Why it comes when it comes. */
  readonly because: string;
}

/** A worker as a flag day would find it. */
export interface Surveyed extends Place {
  readonly now: WorkerNow;
  /** Undefined = not known. */
  readonly accepted: boolean | undefined;
  /** Whether it runs with the new parameters already; undefined = not known. */
  readonly runsIt: boolean | undefined;
  /** Why `accepted` and `runsIt` are not known. */
  readonly unknown?: string | undefined;
}

/** What a flag day would be now, without asking for it. */
export interface Survey {
  readonly node: string;
  readonly service: string;
  readonly quorum: number;
  readonly supervised: boolean;
  readonly network: NetworkNow;
  /** What is to come, or has come; undefined when no update is announced and nothing is behind. */
  readonly update: AnnouncedParameters | undefined;
  /** The network has switched to it. */
  readonly come: boolean;
  readonly difference: Known<Difference>;
  /** In the order in which they would be restarted. */
  readonly workers: readonly Surveyed[];
  /** Polls that coincide, in words. */
  readonly coincide: string | undefined;
  /** Why it cannot be started now; empty when it can. */
  readonly obstacles: readonly string[];
}

/** Which cluster; the service where the node has several notaries. */
export interface OfCluster {
  readonly node: string;
  readonly service?: string | undefined;
}

/** A flag day as it stands. */
export interface FlagDayNow {
  readonly request: Request;
  readonly paused?: Pause | undefined;
}

/** The desk of flag days. */
export interface FlagDays {
  /** Throws UserError, OutsideError. */
  plan(of: OfCluster): Promise<Survey>;
  /** Asks for it; somebody else approves. One at a time for a cluster. Throws UserError. */
  start(asked: OfCluster & { readonly by: Actor; readonly cause: string }): Promise<Request>;
  /** The latest of a cluster, or the latest of all; most recent first. */
  list(of?: OfCluster): Promise<readonly FlagDayNow[]>;
  /** Before the next worker. Throws UserError. */
  pause(of: OfCluster, by: Actor, why: string): Promise<FlagDayNow>;
  resume(of: OfCluster, by: Actor): Promise<FlagDayNow>;
  /** Ends it before the next worker. Throws UserError. */
  abort(of: OfCluster, by: Actor, why: string): Promise<Request>;
}
