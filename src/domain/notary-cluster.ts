import { UserError } from './errors.ts';
import type { Target } from './node.ts';

/** Parameters that the network's operator has announced, for a flag day not before the deadline. */
export interface AnnouncedParameters {
  /** 64 hex digits, lower case. */
  readonly hash: string;
  readonly description: string;
  /** ISO 8601; undefined when whoever told of it did not say. */
  readonly deadline?: string | undefined;
  /** `the network map`, or the notice that tells of it. */
  readonly from: string;
}

/** What the network map says now. */
export interface NetworkNow {
  /** The hash of the parameters that are in force. */
  readonly current: string;
  readonly update?: AnnouncedParameters | undefined;
  /** How long a node waits between two polls; undefined when the map does not say. */
  readonly pollSeconds?: number | undefined;
}

/** What one set of parameters changes of another. */
export interface Difference {
  /** Each in words: its name, what it was, what it becomes. */
  readonly changes: readonly string[];
  /** Nothing but the list of notaries changes: nodes that accepted it take it without a restart. */
  readonly hotLoadable: boolean;
}

/** One worker of a notary cluster, as it was seen; what is left out is not known. A type, not an interface: it is kept as JSON. */
export type WorkerNow = {
  readonly id: string;
  readonly state: 'up' | 'starting' | 'down' | 'unknown';
  /** Why it is not up. */
  readonly why?: string;
  /** ISO 8601. */
  readonly startedAt?: string;
};

/** When a worker polled the network map last, and how that is known. */
export type Polled = {
  readonly at: string;
  readonly by: 'log' | 'start';
};

/** The parameters of a worker, by their hashes. */
export type Held = {
  readonly inForce: string;
  readonly accepted: string;
};

/** How often the notary was checked, by the name of what was checked. */
export interface Counts {
  readonly target: string;
  readonly success: number;
  readonly fail: number;
  readonly inflight: number;
}

/** Something that may not be known, with the words why not. */
export type Known<T> = { readonly known: T } | { readonly why: string };

/** A program that was run on a node for a worker. */
export type RanFor = {
  readonly exitCode: number;
  /** The end of what it said. */
  readonly said: string;
};

/** A Corda notary, alone or a cluster, as a flag day needs it. Each look is bounded in time and throws OutsideError. */
export interface NotaryCluster {
  /** Ids of its workers; a notary alone has one. */
  readonly workers: readonly string[];
  /** So many have to work. */
  readonly quorum: number;
  /** Something else starts workers that end: they are not restarted, their polls must not coincide. */
  readonly supervised: boolean;
  /** Checks of the notary under way, at most, for a worker that does well. */
  readonly mostInFlight: number;
  /** So long a worker may take from its restart until it serves. */
  readonly servesWithinMs: number;
  /** The polls of two workers should be so far apart. */
  readonly apartSeconds: number;
  /** What the fleet file does not give, in words, by its key. */
  readonly missing: Readonly<Partial<Record<'networkMap' | 'jolokia' | 'restart', string>>>;
  /** The words that restart a worker, for people to see. */
  restartWords(worker: string): string;
  network(): Promise<NetworkNow>;
  /** Undefined when one of the two is not to be had any more. */
  difference(from: string, to: string): Promise<Difference | undefined>;
  /** At all of them. Never rejects for a worker's sake. */
  look(): Promise<readonly WorkerNow[]>;
  /** At one; unknown when it is not in the cluster. Never rejects for its sake. */
  lookAt(worker: string): Promise<WorkerNow>;
  /** Of a worker that was looked at. */
  polled(worker: WorkerNow, pollSeconds: number): Promise<Known<Polled>>;
  held(worker: string): Promise<Known<Held>>;
  /** That the node's own list, where it has one, lets the programs through that restart them. Throws UserError, OutsideError. */
  requireAllowed(workers: readonly string[]): Promise<void>;
  /** Of the notary health check, of this worker where it is checked by itself; undefined when none is configured. */
  counts(worker: string): Promise<readonly Counts[] | undefined>;
  /** Restarts it once under the id: whoever asks again is given what came of it then. */
  restart(worker: string, id: string): Promise<RanFor>;
  /** With what the worker ended last; undefined when that cannot be asked. */
  exitCode(worker: string): Promise<number | undefined>;
}

/** The cluster of a service; undefined when the service is no Corda notary. */
export type NotaryClusters = (target: Target, signal: AbortSignal) => NotaryCluster | undefined;

/** The hash of network parameters in some words; undefined when there are none. Throws UserError. */
export function parametersHash(words: string | undefined): string | undefined {
  if (words === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(words)) return words.toLowerCase();
  throw new UserError('A hash of parameters is 64 hex digits.');
}
