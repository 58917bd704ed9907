/** A simulated daemon as the page shows it. */
export interface DaemonCard {
  readonly id: string;
  readonly node: string;
  readonly seat: string;
  readonly coin: string;
  readonly process: 'running' | 'starting' | 'stopping' | 'stopped';
  readonly blocks: number;
  /** Blocks that its peers have and it has not. */
  readonly behind: number;
  readonly forked: boolean;
  readonly notaryUtxos: number;
  readonly version: string;
}

/** The simulated fleet behind the trial page. */
export interface Trial {
  readonly startedAt: Date;
  daemons(): readonly DaemonCard[];
  /** Whether any switch was used since the start. */
  wasBroken(): boolean;
  /** Breaks or mends a daemon: stop, drain, behind, fork, mend; or updates it: update. Throws UserError. */
  flip(id: string, which: string): Promise<void>;
}
