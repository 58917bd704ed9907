import { z } from 'zod';

import type { Notice } from './notice.ts';

/** A release as GitHub tells of it, in a webhook and in its list. https://docs.github.com/en/rest/releases/releases */
export const GithubRelease = z.object({
  tag_name: z.string().min(1),
  name: z.string().nullish(),
  body: z.string().nullish(),
  html_url: z.url({ protocol: /^https?$/ }),
  draft: z.boolean().default(false),
  prerelease: z.boolean().default(false),
});
export type GithubRelease = z.infer<typeof GithubRelease>;

/** https://docs.github.com/en/rest/repos/repos#get-a-repository */
export const GithubRepository = z.object({
  id: z.int().positive(),
  full_name: z.string().min(1).max(200),
});

/** A release that was published on GitHub, as a webhook or the list of releases tells of it. */
export interface Publication {
  /** The id stays when the repository is renamed or moved. */
  readonly repository: { readonly id: number; readonly fullName: string };
  readonly tag: string;
  readonly name?: string | undefined;
  readonly body?: string | undefined;
  readonly url?: string | undefined;
  readonly prerelease: boolean;
}

export const publicationOf = (
  release: GithubRelease,
  repository: Publication['repository'],
): Publication => ({
  repository,
  tag: release.tag_name,
  name: release.name ?? undefined,
  body: release.body ?? undefined,
  url: release.html_url,
  prerelease: release.prerelease,
});

/** Takes releases, whichever way they came. */
export interface Publications {
  /** Drafts a notice; the same release twice is one draft. Throws OutsideError, UserError. */
  take(publication: Publication): Promise<Notice>;
}
