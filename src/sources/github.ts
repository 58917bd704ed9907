import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import { GithubRelease, GithubRepository, type Publication, publicationOf } from '#src/domain/publication.ts';
import type { GithubSource } from '#src/domain/source.ts';

import type { GithubApi } from './github-api.ts';
import type { Look } from './look.ts';

/** What is known of a repository's releases. */
export interface GithubMemory {
  readonly repository: Publication['repository'];
  readonly etag?: string | undefined;
  /** Ids of the releases that are no news, the latest last; with `:p` while it is a pre-release. */
  readonly seen: readonly string[];
}

const Listed = GithubRelease.extend({ id: z.int().positive(), published_at: z.string().nullish() });
const Releases = z.array(Listed);

const PER_PAGE = 30;
const MOST_SEEN = 300;

/** Looks for releases that are new since the last look; on the first one none is: what stands there is known already. */
export async function lookAtReleases(
  api: GithubApi,
  source: GithubSource,
  before: GithubMemory | undefined,
  signal?: AbortSignal,
): Promise<Look<GithubMemory, Publication>> {
  const known = before?.repository ?? (await repositoryAt(source.repository));
  const path = `/repos/${known.fullName}/releases?per_page=${PER_PAGE}`;
  const { body, etag, moved } = await api.get(path, { etag: before?.etag, signal });
  const repository = moved ? await same(known) : known;
  if (body === undefined) return { memory: { repository, etag, seen: before?.seen ?? [] }, news: [] };
  const published = read(Releases, body, path).filter(
    ({ draft, published_at }) => !draft && published_at !== null,
  );
  const seen = new Set(before?.seen);
  const fresh = before ? published.filter((release) => !seen.has(nameOf(release))) : [];
  const wanted = fresh.filter(({ prerelease }) => source.prereleases || !prerelease).toReversed();
  // A name that was given up can be taken by anybody: before news is believed, it is made sure whose it is.
  const owner = wanted.length > 0 && !moved ? await same(repository) : repository;
  const names = [...(before?.seen ?? []), ...published.map(nameOf).toReversed()];
  return {
    memory: { repository: owner, etag, seen: [...new Set(names)].slice(-MOST_SEEN) },
    news: wanted.map((release) => publicationOf(release, owner)),
  };

  async function repositoryAt(name: string): Promise<Publication['repository']> {
    const path = `/repos/${name}`;
    const { id, full_name: fullName } = read(GithubRepository, (await api.get(path, { signal })).body, path);
    return { id, fullName };
  }

  /** The repository as it is called now. Throws OutsideError when another one has its name. */
  async function same(one: Publication['repository']): Promise<Publication['repository']> {
    const now = await repositoryAt(one.fullName);
    if (now.id === one.id) return now;
    throw new OutsideError(
      'GitHub',
      'rejected',
      `${one.fullName} is another repository now (id ${now.id}, before ${one.id}): its releases are not taken. ` +
        'If that is right, take the source out of the fleet file, and put it back after a minute.',
    );
  }
}

const nameOf = ({ id, prerelease }: z.infer<typeof Listed>): string => `${id}${prerelease ? ':p' : ''}`;

function read<Schema extends z.ZodType>(schema: Schema, body: unknown, path: string): z.infer<Schema> {
  const found = schema.safeParse(body);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  const where = [path, ...(issue?.path ?? [])].join(' ');
  throw new OutsideError(
    'GitHub',
    'unreadable',
    `GitHub's answer is not what it should be (${where}: ${issue?.message}).`,
  );
}
