/** How long a remedy that sends a transaction waits for it. */
export interface Patience {
  readonly everyMs: number;
  /** Longest wait for the confirmation. */
  readonly confirmMs: number;
  /** A transaction that waits is sent again so often: a daemon that restarted may have dropped it. */
  readonly resendMs: number;
  /** Longest time without any answer of the daemon: it restarts, its machine does, or the way there is mended. */
  readonly silentMs: number;
}

export const PATIENCE: Patience = {
  everyMs: 2_000,
  confirmMs: 30 * 60_000,
  resendMs: 60_000,
  silentMs: 10 * 60_000,
};
