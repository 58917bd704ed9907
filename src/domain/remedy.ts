import type { z } from 'zod';

import type { Executor, Executors } from './executor.ts';
import type { Fleet } from './fleet.ts';
import type { Mandates } from './mandate.ts';
import type { Parameter } from './menu.ts';
import type { NodeId, ServiceId, Target } from './node.ts';
import type { Actor, OperatorId } from './operator.ts';
import type { ServiceName } from './patrol.ts';
import type { RoomId } from './room.ts';
import type { Voices } from './voice.ts';

export const RISKS = ['low', 'medium', 'high'] as const;
export type Risk = (typeof RISKS)[number];

export type RequestId = string & z.$brand<'RequestId'>;
export type Arguments = Readonly<Record<string, string>>;
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What a remedy would do, for a person to approve. Holds no secret. */
export interface Plan {
  /** Each step in words. */
  readonly steps: readonly string[];
  /** What was seen and what the approval is bound to: when it changes, the approval is void. */
  readonly bound: Readonly<Record<string, string>>;
  /** Figures for the reader that may change without voiding an approval. */
  readonly seen?: Readonly<Record<string, string>> | undefined;
}

/** A record kept before and after each step, so that a restart goes on where it was and repeats nothing. */
export interface Journal {
  /**
   * Runs the step once: a step already done gives its recorded result. `interrupted` says that it was
   * begun before and may have happened: look first. When the run is to be cancelled, a new step is not begun and this
   * throws, but for a step that is taken `anyway`: where stopping before it would leave things worse than going on.
   */
  step<T extends Json>(
    name: string,
    act: (interrupted: boolean) => Promise<T>,
    how?: { readonly anyway?: boolean },
  ): Promise<T>;
}

export interface Carrying {
  /** The request that is carried out: what is done once is named after it. */
  readonly request: RequestId;
  readonly target: Target;
  readonly args: Arguments;
  /** What was seen when it was planned: what the approval is bound to. */
  readonly bound: Plan['bound'];
  readonly journal: Journal;
  readonly executors: Executors;
  readonly knowledge?: Knowledge | undefined;
  /** Says where it is, in words, on the request's message. */
  progress(words: string): Promise<void>;
  /** Keeps what a step said or found in the run's log, for whoever reads it later; bounded, secrets are taken out. */
  log(words: string): Promise<void>;
  readonly signal: AbortSignal;
}

/** What is known beside the target itself: what others of its coin say, what notices ask for. */
export interface Knowledge {
  readonly voices?: Voices | undefined;
  readonly mandates?: Mandates | undefined;
  /** Another service of the fleet, and the way into its machine; undefined where there is none. */
  readonly fellow?:
    | ((of: ServiceName) => { readonly target: Target; readonly executor?: Executor | undefined } | undefined)
    | undefined;
}

/** A cure that Tocsin can carry out on a node, once it is approved. */
export interface Remedy {
  readonly id: string;
  readonly summary: string;
  readonly risk: Risk;
  /** Node kinds it applies to. */
  readonly kinds: readonly string[];
  readonly parameters: readonly Parameter[];
  /** It takes its node out of signing for a while: the guard decides when it may. */
  readonly takesDown?: boolean | undefined;
  /** Values of parameters that are not given. */
  readonly defaults?: Arguments | undefined;
  /** Longest time of a run, where an hour is too short: it waits for something that comes when it comes. */
  readonly boundMs?: number | undefined;
  /** Longest time of making a plan, where it looks at more than others do. */
  readonly planMs?: number | undefined;
  /** Why it cannot work on this node, in words that say what a person does there by hand; looks at nothing. */
  notHere?(target: Target, executor: Executor | undefined): string | undefined;
  /** Looks at the target and checks the preconditions. Throws UserError when it should not be done, OutsideError when it cannot look. */
  plan(target: Target, args: Arguments, executors: Executors, knowledge?: Knowledge): Promise<Plan>;
  /** Carries out; returns what is true now, verified. Throws when it did not succeed. */
  carryOut(carrying: Carrying): Promise<string>;
}

export const REQUEST_STATES = [
  'requested',
  'approved',
  'denied',
  'expired',
  'running',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** Somebody wants a run stopped: between two steps. */
export interface Cancelling {
  readonly by: OperatorId;
  readonly at: string;
  readonly reason: string;
}

export interface StepRecord {
  readonly name: string;
  readonly startedAt: string;
  readonly doneAt?: string | undefined;
  readonly result?: Json | undefined;
}

/** A request to run a remedy, from the asking to the report. */
export interface Request {
  readonly id: RequestId;
  readonly remedy: string;
  readonly risk: Risk;
  readonly node: NodeId;
  readonly service: ServiceId;
  readonly arguments: Arguments;
  readonly plan: Plan;
  /** Of remedy, node, service, arguments, plan and target: what an approval approves. */
  readonly digest: string;
  readonly state: RequestState;
  readonly requestedBy: OperatorId;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly approvedBy: readonly OperatorId[];
  /** The accounts that those who asked and decided did it from, by operator. */
  readonly accounts?: Readonly<Record<string, string>> | undefined;
  /** From then on the one who asked may approve it alone, by the emergency rule. */
  readonly aloneFrom?: string | undefined;
  /** It was approved so. */
  readonly emergency?: boolean | undefined;
  readonly decidedAt?: string | undefined;
  /** Why it is approved and cannot begin yet. */
  readonly waiting?: string | undefined;
  readonly startedAt?: string | undefined;
  /** Counts the processes that took up the run: only the latest may write to it. */
  readonly run?: number | undefined;
  readonly deniedBy?: OperatorId | undefined;
  readonly cancelling?: Cancelling | undefined;
  readonly reason?: string | undefined;
  readonly steps: readonly StepRecord[];
  readonly progress?: string | undefined;
  readonly result?: string | undefined;
  readonly endedAt?: string | undefined;
  /** Where its message stands. */
  readonly room: RoomId;
  readonly revision: number;
}

/** Of so many requests, most recently changed first, those that are open are among: what is looked for there. */
export const LATEST = 500;

/** Nothing will come of it any more. */
export const isOver = ({ state }: Pick<Request, 'state'>): boolean =>
  state !== 'requested' && state !== 'approved' && state !== 'running';

/** The requests on record. */
export interface Requests {
  get(id: string): Promise<Request | undefined>;
  /** Most recently changed first. */
  list(limit: number): Promise<readonly Request[]>;
  /**
   * Compare and set: `change` may be called again when another writer was faster; undefined (or the same
   * object) changes nothing. Resolves with the request as it then stands.
   */
  update(
    id: string,
    change: (current: Request | undefined) => Request | undefined,
  ): Promise<Request | undefined>;
}

/** Requests, decisions, runs. */
export interface Remediation {
  readonly remedies: readonly Remedy[];
  /** Most recently changed first. */
  list(limit?: number): Promise<readonly Request[]>;
  get(id: string): Promise<Request | undefined>;
  /**
   * `cause` makes the same event asking twice one request. Where the same is asked for already and still open, that is given
   * back. Throws UserError.
   */
  request(asked: {
    readonly remedy: string;
    readonly node: string;
    readonly service?: string | undefined;
    readonly args: Arguments;
    readonly by: Actor;
    readonly cause: string;
    /** Why, in words that are shown with it. */
    readonly because?: string | undefined;
  }): Promise<Request>;
  /** What a remedy would do now, without asking for it. Throws UserError, OutsideError. */
  plan(asked: {
    readonly remedy: string;
    readonly node: string;
    readonly service?: string | undefined;
    readonly args: Arguments;
    readonly by: Actor;
  }): Promise<Planned>;
  /** `digest`, when given, must be that of the request: what was seen is what is approved. Throws UserError. */
  approve(id: string, by: Actor, digest?: string): Promise<Request>;
  deny(id: string, by: Actor, reason: string): Promise<Request>;
  /** Before it begins it is cancelled; a run is stopped between two steps. Throws UserError. */
  cancel(id: string, by: Actor, reason: string): Promise<Request>;
  /** What the run of a request said, oldest first; none before it begins. */
  log(id: string): Promise<readonly LogLine[]>;
}

/** What would be done, seen by nobody as a request. */
export interface Planned {
  readonly remedy: Remedy;
  readonly target: Target;
  readonly args: Arguments;
  readonly plan: Plan;
}

/** A line of a run's log. */
export interface LogLine {
  readonly at: string;
  readonly words: string;
}

/** The logs of runs, bounded in lines and bytes; the oldest lines of a run fall out. */
export interface RunLogs {
  add(id: string, lines: readonly LogLine[]): Promise<void>;
  /** Oldest first. */
  read(id: string): Promise<readonly LogLine[]>;
}

/** What a remedy of a node kind is chosen by. */
export const remediesFor = (remedies: readonly Remedy[], fleet: Fleet, node: string): readonly Remedy[] => {
  const kinds = new Set(fleet.node(node)?.services.map((service) => service.kind));
  return remedies.filter((remedy) => remedy.kinds.some((kind) => kinds.has(kind)));
};
