/** Sole use of a thing for a time, over all processes; ends by itself when its holder dies. */
export interface Lease {
  /** Grows with every lease that is given: who comes late is known by a smaller number. */
  readonly fence: number;
  /** False when it was lost: whoever holds it must stop. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** Who holds a lease now. */
export interface Holder {
  readonly fence: number;
  /** What it left to be recognised by. */
  readonly note: string;
}

export interface Leases {
  /** Undefined when somebody else holds it. */
  take(name: string, ttlMs: number, note?: string): Promise<Lease | undefined>;
  holder(name: string): Promise<Holder | undefined>;
  /** Ends the lease of a holder that is known to be dead; another's stays. */
  bury(name: string, fence: number): Promise<void>;
}
