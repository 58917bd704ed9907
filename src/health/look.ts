import type { Dampings } from '#src/domain/damping.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { CheckResult, ServiceHealth } from '#src/domain/finding.ts';
import type { Mandates } from '#src/domain/mandate.ts';
import type { Target } from '#src/domain/node.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import type { Voices } from '#src/domain/voice.ts';

/** What a look may use beside the target. */
export interface Reach {
  /** The way into the node's machine; undefined where this Tocsin has none. */
  readonly executor?: Executor | undefined;
  /** What the last patrol saw. */
  readonly earlier?: ServiceHealth | undefined;
  /** What the daemons of a coin say of their chain. */
  readonly voices?: Voices | undefined;
  /** Another service of the fleet, and the way into its machine; undefined where there is none. */
  readonly fellow?: ((of: ServiceName) => Fellow | undefined) | undefined;
  /** What notices that are open ask of services. */
  readonly mandates?: Mandates | undefined;
  readonly now: Date;
}

export interface Fellow {
  readonly target: Target;
  readonly executor?: Executor | undefined;
}

/** Looks at the services of one kind. */
export interface Looker {
  /** The `kind` of the services it can look at. */
  readonly id: string;
  /** How the alerts of its checks are damped, where that is not as for most. */
  readonly damping?: Dampings | undefined;
  /**
   * One result per check. Ends soon after the signal aborts, with `unknown` for what it had no time
   * for; a daemon that fails, hangs or talks nonsense is a finding, never a rejection.
   */
  look(target: Target, reach: Reach, signal: AbortSignal): Promise<readonly CheckResult[]>;
}
