/** Sole use of a thing for a time, over all processes; ends by itself when its holder dies. */
export interface Lease {
  /** False when it was lost: whoever holds it must stop. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

export interface Leases {
  /** Undefined when somebody else holds it. */
  take(name: string, ttlMs: number): Promise<Lease | undefined>;
}
