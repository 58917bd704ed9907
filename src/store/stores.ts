import type { Redis } from 'ioredis';

import type { Alert } from '#src/domain/alert.ts';
import type { Note } from '#src/domain/note.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { Overrides } from '#src/domain/oncall.ts';

import { createAgenda } from './agenda.ts';
import { createAudit } from './audit.ts';
import { createBundles } from './bundles.ts';
import { documents } from './documents.ts';
import { createFlagDays } from './flagdays.ts';
import { createFollowed } from './followed.ts';
import { createHistories } from './history.ts';
import { createLeases } from './leases.ts';
import { createLedger } from './ledger.ts';
import { createLinks } from './links.ts';
import { createOnce } from './once.ts';
import { createOutages } from './outages.ts';
import { createPace } from './pace.ts';
import { createPatrolMemory } from './patrol-memory.ts';
import { createRequests } from './requests.ts';
import { createRunLogs } from './run-logs.ts';
import { createRoll } from './roll.ts';
import { createSessions } from './sessions.ts';
import { createSilences } from './silences.ts';
import { createTouched } from './touched.ts';
import { createTurns } from './turns.ts';
import { createVoices } from './voices.ts';

/** How many of each are kept; the least recently changed go first. */
export const KEEP = { alerts: 20_000, notices: 1_000, notes: 2_000, overrides: 2_000 } as const;

/** What fires, or was not told yet, is never forgotten: the ingress refuses more before that. */
const isOver = ({ status, announced, revision }: Alert): boolean =>
  status === 'resolved' && announced >= revision;

/** Everything that is on record, over one connection. */
export const createStores = (redis: Redis, now: () => Date) => ({
  alerts: documents<Alert>(redis, 'alerts', { keep: KEEP.alerts, mayGo: isOver }),
  notices: documents<Notice>(redis, 'notices', {
    keep: KEEP.notices,
    tally: () => ({}),
    listed: ({ id, state }) => (state === 'sent' ? id : undefined),
  }),
  reminders: createAgenda(redis, 'reminders'),
  touchedRolls: createTouched(redis, 'rolls', now),
  rollOf: (notice: string) => createRoll(redis, notice),
  notes: documents<Note>(redis, 'notes', { keep: KEEP.notes }),
  silences: createSilences(redis, now),
  ledger: createLedger(redis),
  bundles: createBundles(redis),
  outages: createOutages(redis, now),
  audit: createAudit(redis, now),
  overrides: documents<Overrides>(redis, 'oncall', { keep: KEEP.overrides }),
  escalations: createAgenda(redis, 'escalations'),
  requests: createRequests(redis),
  flagDays: createFlagDays(redis),
  links: createLinks(redis),
  runLogs: createRunLogs(redis),
  patrolMemory: createPatrolMemory(redis),
  histories: createHistories(redis, now),
  turns: createTurns(redis),
  voices: createVoices(redis, now),
  leases: createLeases(redis),
  pace: createPace(redis),
  once: createOnce(redis),
  followed: createFollowed(redis),
  sessions: createSessions(redis),
});

export type Stores = ReturnType<typeof createStores>;
