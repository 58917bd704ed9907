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

export interface Audit {
  write(entry: Omit<AuditEntry, 'at'>): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly AuditEntry[]>;
}
