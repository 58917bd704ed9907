import type { Executor } from '#src/domain/executor.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Target, Threshold } from '#src/domain/node.ts';
import type { Check as CheckOf } from '../../check.ts';
import type { Iguana } from '../rpc.ts';
import type { Running } from '../running.ts';
import type { Settings } from '../settings.ts';
import type { ThresholdId } from '../thresholds.ts';

/** What a check looks with. */
export interface Scene {
  readonly target: Target;
  readonly settings: Settings;
  readonly iguana: Iguana;
  readonly executor?: Executor | undefined;
  readonly earlier?: ServiceHealth | undefined;
  readonly now: Date;
  readonly threshold: (id: ThresholdId) => Threshold;
  /** Since when this iguana has been seen; looked up once. */
  running(): Promise<Running>;
}

export type Check = CheckOf<Scene>;
