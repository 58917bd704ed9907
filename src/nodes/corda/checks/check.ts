import type { Executor } from '#src/domain/executor.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Target, Threshold } from '#src/domain/node.ts';
import type { Check as CheckOf } from '../../check.ts';
import type { Get } from '../http.ts';
import type { Seen as SeenMap } from '../network-map.ts';
import type { Settings, Worker } from '../settings.ts';
import type { ThresholdId } from '../thresholds.ts';
import type { WorkerSeen } from '../workers.ts';

/** What a check looks with. */
export interface Scene {
  readonly target: Target;
  readonly settings: Settings;
  /** A notary alone is its own only worker. */
  readonly workers: readonly Worker[];
  readonly get: Get;
  readonly executor?: Executor | undefined;
  readonly earlier?: ServiceHealth | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly threshold: (id: ThresholdId) => Threshold;
  /** The network map, asked for once. Throws OutsideError. */
  networkMap(): Promise<SeenMap>;
  /** Each worker, asked once. */
  seenWorkers(): Promise<readonly WorkerSeen[]>;
}

export interface Check extends CheckOf<Scene> {
  /** Whether the fleet file gives what it looks at; else it has no row. */
  isMeant(settings: Settings, workers: readonly Worker[]): boolean;
}
