/** At most `count` in any `perMs`, of what goes under this name. */
export interface Limit {
  readonly name: string;
  readonly count: number;
  readonly perMs: number;
}

/** So many at once, after a pause; then one in this time. */
export interface TurnPace {
  readonly burst: number;
  readonly everyMs: number;
}

export interface Reserved {
  readonly granted: boolean;
  readonly waitMs: number;
  /** Whether the call that was to begin has begun. */
  readonly begun?: boolean | undefined;
}

/** One pace for all processes. */
export interface Pace {
  /**
   * Reserves a place under all limits, to be used in `waitMs`; not granted, and nothing reserved, when that would
   * be longer than `patienceMs`. `first`: a call to `begin` in the same step when there is nothing to wait for.
   */
  reserve(
    limits: readonly Limit[],
    patienceMs: number,
    first?: { readonly limit: Limit; readonly call: string },
  ): Promise<Reserved>;
  /**
   * Begins a call where at most `count` may reach the other side in any `perMs`, whatever time they take on
   * their way: a place is free again `perMs` after its call ended. ms to wait before asking again; 0 = begun.
   */
  begin(limit: Limit, call: string): Promise<number>;
  end(limit: Limit, call: string): Promise<void>;
  /** Nothing goes under this name for so long: it was asked for. */
  hold(name: string, forMs: number): Promise<void>;
  /** Gives everybody in a line a turn of their own: ms until then, 0 = now, and it is used up. */
  turn(line: string, who: string, pace: TurnPace): Promise<number>;
  /** No turns for so long, and no burst after it. */
  holdTurns(line: string, forMs: number, pace: TurnPace): Promise<void>;
  /** A system that said how long to wait: one at a time at the pace that follows from it, until a while after the last asked. */
  slow(name: string, retryAfterMs: number): Promise<void>;
  /** ms to wait under all paces learned so; 0 = now, and it is used up. */
  slowed(...names: readonly string[]): Promise<number>;
}
