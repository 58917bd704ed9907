/** Something that was asked, decided or done; written before and after, never changed. */
export interface AuditEntry {
  readonly at: string;
  /** Operator id, or `tocsin` for what it does by itself, or `stranger`. */
  readonly who: string;
  /** The account it came from. */
  readonly account?: string | undefined;
  /** `remedy.requested`, `remedy.approved`, `command.refused` … */
  readonly what: string;
  readonly about?: string | undefined;
  readonly detail?: Readonly<Record<string, string>> | undefined;
}

/** An entry's place in the chain: its number, counted from 1, and the SHA-256 of its line. */
export interface Link {
  readonly number: number;
  readonly hash: string;
}

/** What came of reading the whole chain. */
export interface Verdict {
  /** Entries that are kept and chained. */
  readonly entries: number;
  /** The last one: who notes it down can tell later that nothing up to it was rewritten. */
  readonly head?: Link | undefined;
  /** What is wrong, each in words with the number of the entry; the first ones only. */
  readonly faults: readonly string[];
}

export interface Audit {
  write(entry: Omit<AuditEntry, 'at'>): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly AuditEntry[]>;
  /** The lines as they are chained, oldest first: the SHA-256 of each stands in the next as `prev`. */
  lines(): AsyncIterable<string>;
  /** Reads all of it; `noted` is an earlier head that must still be in it. */
  verify(noted?: Link): Promise<Verdict>;
}
