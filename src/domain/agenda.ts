/** Something that has to be looked at again, and when: ms since 1970. */
export interface Planned {
  readonly id: string;
  readonly atMs: number;
}

/** When each of many things has to be looked at next: finding those that are due costs nothing for the others. */
export interface Agenda {
  /** Of two times for the same thing the earlier one stays. */
  plan(entries: readonly Planned[]): Promise<void>;
  /** Those whose time has come, the longest waiting first. */
  list(nowMs: number, limit: number): Promise<readonly Planned[]>;
  /**
   * It was looked at: next time then, or never again. Nothing happens when it was planned anew since it was listed,
   * or when another process was faster.
   */
  settle(seen: Planned, nextMs?: number): Promise<void>;
}
