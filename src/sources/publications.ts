import type { Fleets } from '#src/domain/fleet.ts';
import { Announcement, type NoticeIntake } from '#src/domain/notice.ts';
import type { Publication, Publications } from '#src/domain/publication.ts';
import { suggestionsIn } from '#src/domain/release-text.ts';
import { type GithubSource, sourceName } from '#src/domain/source.ts';

import type { Records } from './record.ts';

interface PublicationNeeds {
  readonly notices: NoticeIntake;
  readonly fleets: Fleets;
  readonly records: Pick<Records, 'getMany'>;
}

const MOST_TEXT = 20_000;
const MOST_URL = 2_000;

/** Makes drafts of releases: the repository's id and the tag say which release it is, whichever way it came. */
export function createPublications({ notices, fleets, records }: PublicationNeeds): Publications {
  /** Whom releases of a repository are for, as the fleet file says, also when the repository has moved since. */
  const coinsOf = async ({ repository }: Publication): Promise<readonly string[]> => {
    const sources = fleets
      .current()
      .sources.filter((source): source is GithubSource => source.kind === 'github');
    const looked = await records.getMany(sources.map(sourceName));
    const about = sources.filter((source, at) => {
      const known = looked[at]?.github?.repository;
      if (known) return known.id === repository.id;
      return source.repository.toLowerCase() === repository.fullName.toLowerCase();
    });
    return [...new Set(about.flatMap(({ coins }) => coins))];
  };

  return {
    async take(publication) {
      const { repository, tag, prerelease } = publication;
      const key = `release:${repository.id}:${tag}${prerelease ? ':prerelease' : ''}`;
      const announcement = announcementOf(publication, await coinsOf(publication));
      return await notices.draft(announcement, `github:${repository.fullName}`, key);
    },
  };
}

/** Whether it is mandatory, and until when, a coordinator says. */
function announcementOf(publication: Publication, coins: readonly string[]): Announcement {
  const { repository, tag, name, body = '', url } = publication;
  const title = name && name !== tag ? `${name}\n` : '';
  const suggested = suggestionsIn(body, publication);
  return Announcement.parse({
    subject: `${repository.fullName} ${tag}`.slice(0, 200),
    version: tag.trim().slice(0, 100) || undefined,
    severity: 'recommended',
    ...(url !== undefined && url.length <= MOST_URL && { url }),
    text: `${title}${body}`.slice(0, MOST_TEXT),
    ...(coins.length > 0 && { audience: { coins: [...coins] } }),
    ...(suggested.length > 0 && { suggested }),
  });
}
