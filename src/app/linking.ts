import type { Post } from '#src/domain/delivery.ts';
import type { Message } from '#src/domain/message.ts';
import { createAbsence, type Looked } from '#src/linking/absence.ts';
import { createFileChanges, type RosterRecord } from '#src/linking/file-changes.ts';
import { createLinking } from '#src/linking/linking.ts';
import { createPeople } from '#src/linking/people.ts';
import { createTelling } from '#src/linking/tell.ts';
import { documents } from '#src/store/documents.ts';

import type { Base } from './base.ts';
import type { FleetSource } from './fleet.ts';
import type { Media } from './media.ts';

interface LinkingParts {
  readonly media: Media;
  readonly post: Post;
  /** Says something in room ops, once per key. */
  readonly note: (key: readonly string[], message: Message) => Promise<void>;
}

/** What gives accounts and takes them, and watches what the fleet file does so. */
export function openLinking(
  { redis, stores, now, warn }: Base,
  { fleets, trial, writtenAt }: FleetSource,
  { media, post, note }: LinkingParts,
) {
  const { links, audit, leases } = stores;
  const all = [...media.all].map(([id, { platform }]) => ({ id, hears: platform.can.hear }));
  const platforms = all.map(({ id }) => id);
  const heard = all.filter(({ hears }) => hears).map(({ id }) => id);
  const telling = createTelling({ links, fleets, platforms, post, audit, note, now });
  const linking = createLinking({ links, fleets, platforms: heard, audit, telling, now, warn });
  const connection = redis.connect('steady');
  const rosters = documents<RosterRecord>(connection, 'roster', { keep: 1 });
  // The trial's people stay the same.
  const changes = trial
    ? { follow: async () => undefined, sweep: async () => undefined }
    : createFileChanges({ records: rosters, audit, note });
  const looks = documents<Looked>(connection, 'looks', { keep: 1 });
  const absence = createAbsence({ records: looks, links, writtenAt, audit, note, now });
  const people = createPeople({ file: () => fleets.file(), changes, absence, linking, leases });
  return { linking, composeLink: telling.compose, people };
}
