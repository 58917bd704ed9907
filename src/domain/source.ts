/** Where notices come from that nobody announces: looked at regularly, by the process that leads. */
export type Source = GithubSource | ManifestSource;

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

/** Names a source in records, logs and messages. */
export const sourceName = (source: Source): string =>
  source.kind === 'github' ? `github:${source.repository}` : `manifest:${source.from}`;
