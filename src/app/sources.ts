import type { NoticeIntake } from '#src/domain/notice.ts';
import type { Publications } from '#src/domain/publication.ts';
import type { Statistics } from '#src/domain/statistics.ts';
import { createGithubApi } from '#src/sources/github-api.ts';
import { createPoller, type Poller } from '#src/sources/poller.ts';
import { createPublications } from '#src/sources/publications.ts';
import type { SourceRecord } from '#src/sources/record.ts';
import { createStatistics } from '#src/statistics/statistics.ts';
import { documents } from '#src/store/documents.ts';

import type { Base } from './base.ts';
import type { FleetSource } from './fleet.ts';

const MOST_SOURCES = 1_000;

/** What drafts notices by itself: releases that are reported here, and what is looked for elsewhere; and public statistics. */
export function openSources(
  { config, logger, now, redis }: Base,
  { fleets }: FleetSource,
  desks: { readonly notices: NoticeIntake; readonly tell: Parameters<typeof createPoller>[0]['tell'] },
): { readonly publications: Publications; readonly poller: Poller; readonly statistics: Statistics } {
  const records = documents<SourceRecord>(redis.connect('steady'), 'sources', { keep: MOST_SOURCES });
  const publications = createPublications({ notices: desks.notices, fleets, records });
  const github = createGithubApi(config.github, Date.now);
  return {
    publications,
    statistics: createStatistics({ fleets, records, now }),
    poller: createPoller({ ...desks, fleets, records, github, publications, logger, now }),
  };
}
