import type { Executor } from '#src/domain/executor.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Mandate } from '#src/domain/mandate.ts';
import type { Target, Threshold } from '#src/domain/node.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import type { Voice } from '#src/domain/voice.ts';
import type { Check as AnyCheck } from '../../check.ts';
import type { Chain } from '../chain.ts';
import type { Daemon } from '../daemon.ts';
import type { Rpc } from '../rpc.ts';
import type { ThresholdId } from '../thresholds.ts';

export { factsBefore, type Seen, sinceOf, unknown } from '../../check.ts';

/** No time that a chain tells is further ahead of the clock: the daemons' own rule for blocks. */
export const MOST_AHEAD_MS = 2 * 3_600_000;

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
  /** What the daemons of the coin said of their chain; undefined where that is not known. */
  readonly voices?: readonly Voice[] | undefined;
  /** The way to another daemon of the fleet; undefined where there is none. */
  readonly fellow: (of: ServiceName) => Promise<Rpc | undefined>;
  /** What notices that are open ask of this service; undefined where that is not known. */
  readonly mandates?: readonly Mandate[] | undefined;
}

/** What decides whether there is anything to check. */
export interface Subject {
  readonly target: Target;
  readonly chain: Chain;
}

/** What it throws, RpcError or OutsideError, makes the finding `unknown`. */
export interface Check extends AnyCheck<Scene> {
  /** Whether this daemon has such a thing at all: a check that does not apply is not shown. Left out = every daemon has it. */
  applies?(subject: Subject): boolean;
}
