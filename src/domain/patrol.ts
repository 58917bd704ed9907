import type { Severity, Signal } from './alert.ts';
import type { ServiceHealth } from './finding.ts';
import type { Target } from './node.ts';

/** An alert that a check has raised and not yet taken back. */
export interface Raised {
  readonly check: string;
  readonly severity: Severity;
  readonly startsAt: string;
  /** As they were raised: taken back with the same, whatever the fleet says by then. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What the patrol knows of a service. */
export interface Remembered {
  readonly latest?: ServiceHealth | undefined;
  readonly raised: readonly Raised[];
  /** Signals that may not have reached the intake: given to it again before anything else. */
  readonly unsent: readonly Signal[];
}

export interface ServiceName {
  readonly node: string;
  readonly service: string;
}

/** What the patrol must know after a restart. */
export interface PatrolMemory {
  recall(of: ServiceName): Promise<Remembered | undefined>;
  /** All of it at once, or nothing. */
  keep(of: ServiceName, remembered: Remembered): Promise<void>;
  forget(of: ServiceName): Promise<void>;
  /** Every service that is remembered, whether the fleet still has it or not. */
  list(): Promise<readonly ServiceName[]>;
  latest(targets: readonly Target[]): Promise<readonly (ServiceHealth | undefined)[]>;
}

/** Is told what each patrol saw. Cheap where nothing changed; may be told the same again. */
export interface Watcher {
  saw(target: Target, health: ServiceHealth): Promise<void>;
}
