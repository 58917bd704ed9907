import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';

/** The wallet of a daemon that an iguana notarises with, as far as iguana's restart concerns it. Throws OutsideError, UserError. */
export interface NotaryWallet {
  /** Right-sized outputs of the key that wait for their confirmation: a split in flight. */
  pending(pubkey: string): Promise<number>;
  /** Unlocks the outputs of the key that are locked, and no other's; resolves with their number. */
  unlock(pubkey: string): Promise<number>;
  /** When it last paid for a notarisation, in milliseconds since 1970; undefined when its newest transactions show none. */
  lastNotarisation(): Promise<number | undefined>;
}

interface Reached {
  readonly executor?: Executor | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reaches the wallet of a daemon; undefined where the target is none. Throws OutsideError. */
export type NotaryWallets = (target: Target, reached: Reached) => Promise<NotaryWallet | undefined>;
