import { pino } from 'pino';

import { fleetOf, type FleetData } from '#src/domain/fleet.ts';
import type { Message } from '#src/domain/message.ts';
import type { Announcement, Notice, NoticeIntake } from '#src/domain/notice.ts';
import type { Source } from '#src/domain/source.ts';
import { createGithubApi } from '#src/sources/github-api.ts';
import { createPoller, type Poller } from '#src/sources/poller.ts';
import { createPublications } from '#src/sources/publications.ts';
import type { Records, SourceRecord } from '#src/sources/record.ts';
import { documents } from '#src/store/documents.ts';
import type { TestRedis } from '#test/real/keyspace.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

export interface Drafted {
  readonly announcement: Announcement;
  readonly from: string;
  readonly key: string | undefined;
}

/** A poller with a clock of its own; what it drafts and tells is taken down. */
export interface OpenPoller {
  readonly poller: Poller;
  readonly publications: ReturnType<typeof createPublications>;
  readonly records: Records;
  /** Every call, also those that would be the same draft again. */
  readonly drafted: Drafted[];
  readonly told: Message[];
  readonly clock: { at: number };
  sources: readonly Source[];
  notices: NoticeIntake;
}

export function openPoller(
  redis: TestRedis,
  { apiUrl, token, fleet = {} }: { apiUrl: string; token?: string; fleet?: Partial<FleetData> },
  clock = { at: Date.parse('2026-01-01T00:00:00Z') },
): OpenPoller {
  const now = (): Date => new Date(clock.at);
  const records = documents<SourceRecord>(redis.connection, 'sources', { keep: 100 });
  const drafted: Drafted[] = [];
  const told = new Map<string, Message>();
  const open: OpenPoller = {
    poller: undefined as unknown as Poller,
    publications: undefined as unknown as OpenPoller['publications'],
    records,
    drafted,
    get told() {
      return [...told.values()];
    },
    clock,
    sources: [],
    notices: {
      draft: (announcement, from, key) => {
        drafted.push({ announcement, from, key });
        return Promise.resolve({ ...announcement, id: 'n1', state: 'draft' } as unknown as Notice);
      },
    },
  };
  const fleets = {
    current: () => fleetOf({ ...smallFleet, ...fleet, sources: open.sources }),
    onChange: () => undefined,
  };
  const notices: NoticeIntake = { draft: (...given) => open.notices.draft(...given) };
  const publications = createPublications({ notices, fleets, records });
  const poller = createPoller({
    fleets,
    records,
    publications,
    notices,
    github: createGithubApi({ apiUrl, token }, () => clock.at),
    tell: (key, message) => Promise.resolve(void told.set(JSON.stringify(key), message)),
    logger: pino({ level: 'silent' }),
    now,
    random: () => 0.5,
  });
  return Object.assign(open, { poller, publications });
}
