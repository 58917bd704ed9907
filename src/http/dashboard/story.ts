import type { Alerting } from '#src/domain/alert.ts';
import type { Broadcast, Notice } from '#src/domain/notice.ts';
import { type Counts, countsOf } from '#src/domain/roll.ts';
import type { Remediation } from '#src/domain/remedy.ts';

import type { Trial } from './trial.ts';

/** What the story is read from. */
export interface StorySources {
  readonly alerting: Pick<Alerting, 'list'>;
  readonly remediation: Pick<Remediation, 'list'>;
  readonly broadcast: Pick<Broadcast, 'list' | 'rollCall'>;
  readonly trial: Pick<Trial, 'startedAt' | 'wasBroken'>;
}

export const CHAPTERS = [
  'break',
  'alert',
  'acknowledge',
  'request',
  'approve',
  'resolve',
  'announce',
  'confirm',
  'answer',
  'prove',
] as const;
export type Chapter = (typeof CHAPTERS)[number];

/** How far the two minutes have come, as the records tell: nothing is ticked off that did not happen. */
export interface Story {
  readonly done: ReadonlySet<Chapter>;
  /** Who asked for the remedy: somebody else must approve. */
  readonly requestedBy?: string | undefined;
  readonly announcedBy?: string | undefined;
  /** The notice that was sent last. */
  readonly sent?: Notice['id'] | undefined;
  readonly counts?: Counts | undefined;
}

const MOST_READ = 50;

/** Reads the story since the trial started. */
export async function readStory({ alerting, remediation, broadcast, trial }: StorySources): Promise<Story> {
  const [allAlerts, allRequests, allNotices] = await Promise.all([
    alerting.list({ limit: MOST_READ }),
    remediation.list(MOST_READ),
    broadcast.list(MOST_READ),
  ]);
  const begun = (at: string) => Date.parse(at) >= trial.startedAt.getTime();
  const alerts = allAlerts.filter(({ startsAt }) => begun(startsAt));
  const requests = allRequests.filter(({ requestedAt }) => begun(requestedAt));
  const notices = allNotices.filter(({ createdAt }) => begun(createdAt));
  const sent = notices.find(({ sentAt }) => sentAt);
  const roll = sent && (await broadcast.rollCall(sent.id));
  const counts = roll && countsOf(roll.entries);
  const happened: Readonly<Record<Chapter, boolean>> = {
    break: trial.wasBroken(),
    alert: alerts.length > 0,
    acknowledge: alerts.some(({ acknowledgedBy }) => acknowledgedBy),
    request: requests.length > 0,
    approve: requests.some(({ approvedBy }) => approvedBy.length > 0),
    resolve:
      requests.some(({ state }) => state === 'succeeded') &&
      alerts.some(({ status }) => status === 'resolved'),
    announce: notices.length > 0,
    confirm: sent !== undefined,
    answer: (counts?.acknowledged ?? 0) > 0,
    prove: (counts?.proven ?? 0) > 0,
  };
  return {
    done: new Set(CHAPTERS.filter((chapter) => happened[chapter])),
    requestedBy: requests.find(({ state }) => state === 'requested')?.requestedBy,
    announcedBy: notices.find(({ state }) => state === 'draft')?.createdBy,
    sent: sent?.id,
    counts,
  };
}
