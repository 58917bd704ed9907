import type { Severity, Signal } from './alert.ts';
import type { Dampings } from './damping.ts';
import type { ServiceHealth } from './finding.ts';
import type { NodeId, Target } from './node.ts';

/** How the fleet is patrolled: a rule of the network, in the fleet file. */
export interface PatrolRules {
  /** How often a service is looked at that says nothing else itself. */
  readonly everyMs: number;
  /** How long the figures are kept. */
  readonly keepMs?: number | undefined;
  /** So long after a start, figures raise nothing. */
  readonly graceMs?: number | undefined;
  /** How alerts are damped, where that is not as their kinds have it. */
  readonly damping?: Dampings | undefined;
}

/** What a look thinks of one alert: well, worth a warning, critical. */
export type Level = 0 | 1 | 2;

/** An alert that was raised and not yet taken back. */
export interface Raised {
  readonly severity: Severity;
  readonly startsAt: string;
  /** As they were raised: taken back with the same, whatever the fleet says by then. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What the latest looks said of one alert; remembered while one of them saw it, or while it is raised. */
export interface Condition {
  /** Left out = of the node, or of the coin's network, as a whole. */
  readonly service?: string | undefined;
  readonly check: string;
  readonly alertname: string;
  /** Of the looks that could tell, oldest first. */
  readonly levels: readonly Level[];
  /** Since the look at which the latest that is not well began. */
  readonly since: string;
  /** The figure of the latest look that saw it. */
  readonly figure?: number | undefined;
  /** What people are told, in the words of the latest look that saw it. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Why it is not for this alert to be raised, as far as that look could tell. */
  readonly held?: 'refused' | 'unreachable' | 'network' | undefined;
  readonly raised?: Raised | undefined;
}

/** How the latest look at a service came through to it. */
export interface Contact {
  /** When that look began. */
  readonly at: string;
  /** `unknown` = it cannot be told whether the machine was reached. */
  readonly state: 'reached' | 'refused' | 'unreachable' | 'unknown';
  /** So since this look. */
  readonly since: string;
  /** How badly the way to the machine is closed. */
  readonly closed: Level;
  /** What it found of its node that is not well, by check. */
  readonly wide?: Readonly<Record<string, { readonly alertname: string; readonly level: Level }>> | undefined;
  /** Figures count from then on. */
  readonly settledAt?: string | undefined;
  /** It has been starting, or catching up, since. */
  readonly settlingSince?: string | undefined;
}

/** What the patrol knows of a node, or of a coin's network. */
export interface Remembered {
  /** Another with each change. */
  readonly revision: number;
  /** By service. */
  readonly contacts: Readonly<Record<string, Contact>>;
  readonly conditions: readonly Condition[];
  /** Signals that may not have reached the intake: given to it again, until it is written down that it took them. */
  readonly unsent: readonly Signal[];
}

/** Whose alerts are decided together. */
export type Scope = { readonly node: NodeId } | { readonly coin: string };

export interface ServiceName {
  readonly node: string;
  readonly service: string;
}

/** What the patrol must know after a restart. */
export interface PatrolMemory {
  recall(scope: Scope): Promise<Remembered | undefined>;
  /**
   * Replaces `before` by `after` (undefined: forgets it) and keeps what was seen, in one step; nothing at all where another
   * was faster. `stands`: what is remembered by then.
   */
  keep(
    scope: Scope,
    before: Remembered | undefined,
    after: Omit<Remembered, 'revision'> | undefined,
    seen?: readonly ServiceHealth[],
  ): Promise<{ readonly isKept: boolean; readonly stands: Remembered | undefined }>;
  /** Everything that is remembered, whether the fleet still has it or not. */
  scopes(): Promise<readonly Scope[]>;
  latest(targets: readonly Target[]): Promise<readonly (ServiceHealth | undefined)[]>;
  /** What was seen last of services that the fleet has no more. */
  forget(services: readonly ServiceName[]): Promise<void>;
  /** All services of which something was seen. */
  services(): Promise<readonly ServiceName[]>;
}

/** Is told what each patrol saw. Cheap where nothing changed; may be told the same again. */
export interface Watcher {
  saw(target: Target, health: ServiceHealth): Promise<void>;
}
