import type { GithubMemory } from './github.ts';
import type { ManifestMemory } from './manifest.ts';
import type { StatisticsMemory } from '#src/statistics/record.ts';

/** What is known of a source from the looks at it so far, under its name. */
export interface SourceRecord {
  readonly source: string;
  /** When it is looked at next, ms since 1970. */
  readonly dueAtMs: number;
  /** Looks in a row that failed, and when that began. */
  readonly trouble?: { readonly looks: number; readonly sinceMs: number } | undefined;
  readonly github?: GithubMemory | undefined;
  readonly manifest?: ManifestMemory | undefined;
  readonly statistics?: StatisticsMemory | undefined;
}

/** The sources on record. */
export interface Records {
  getMany(names: readonly string[]): Promise<readonly (SourceRecord | undefined)[]>;
  update(
    name: string,
    change: (current: SourceRecord | undefined) => SourceRecord | undefined,
  ): Promise<SourceRecord | undefined>;
}
