/** What a look at a source has found. It counts as seen once `memory` is kept. */
export interface Look<Memory, News> {
  readonly memory: Memory;
  /** Oldest first. */
  readonly news: readonly News[];
}
