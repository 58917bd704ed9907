/** What is looked at regularly, by the process that leads: where notices come from that nobody announces, and public statistics. */
export type Source = GithubSource | ManifestSource | StatisticsSource;

/** The releases of a repository that sends no webhook. */
export interface GithubSource {
  readonly kind: 'github';
  /** `owner/name`, as the fleet file says it: the repository may have moved since. */
  readonly repository: string;
  /** Whom a release is for; none = all seats. */
  readonly coins: readonly string[];
  readonly prereleases: boolean;
  readonly everyMs: number;
}

/** A list of which coin must run which version: a JSON object, coin → commit or tag. */
export interface ManifestSource {
  readonly kind: 'manifest';
  /** A web address, or a whole path. */
  readonly from: string;
  readonly everyMs: number;
}

/** A public site that tells of seats: optional, and never more than a hint. */
export interface StatisticsSource {
  readonly kind: 'statistics';
  /** The id of one of the sites that are known. */
  readonly site: string;
  readonly url: string;
  /** As the site names it. */
  readonly season: string;
  readonly everyMs: number;
}

/** Names a source in records, logs and messages. */
export function sourceName(source: Source): string {
  if (source.kind === 'github') return `github:${source.repository}`;
  if (source.kind === 'manifest') return `manifest:${source.from}`;
  return `statistics:${source.site}:${source.url}:${source.season}`;
}
