import type { Executor } from '#src/domain/executor.ts';
import type { CheckResult, Cost, Finding, ServiceHealth } from '#src/domain/finding.ts';
import type { Target, Threshold } from '#src/domain/node.ts';
import type { Daemon } from '../daemon.ts';
import type { Rpc } from '../rpc.ts';
import type { ThresholdId } from '../thresholds.ts';

/** What a check looks with. */
export interface Scene {
  readonly target: Target;
  readonly daemon: Daemon;
  readonly rpc: Rpc;
  readonly executor?: Executor | undefined;
  readonly earlier?: ServiceHealth | undefined;
  readonly now: Date;
  /** With the daemon's network known, when its chain was read. */
  readonly threshold: (id: ThresholdId) => Threshold;
}

export interface Seen extends Pick<CheckResult, 'contact' | 'settling'> {
  readonly finding: Finding;
  /** The figure as a person reads it in a table. */
  readonly shown: string;
  /** Proposed for what was seen. */
  readonly remedy?: string | undefined;
  readonly advice?: string | undefined;
  /** In place of the check's own, when what was seen has another name. */
  readonly alertname?: string | undefined;
}

export interface Check {
  readonly id: string;
  /** Heads a column. */
  readonly title: string;
  readonly costs: Cost;
  readonly alertname: string;
  /** Those that `Seen.alertname` may name in its place. */
  readonly otherAlertnames?: readonly string[] | undefined;
  /** What it throws, RpcError or OutsideError, makes the finding `unknown`. */
  look(scene: Scene): Promise<Seen>;
}

/** Could not look. */
export const unknown = (why: string): Seen => ({ finding: { state: 'unknown', why }, shown: '?' });
