import { z } from 'zod';

import { NOTICE_STATES } from '#src/domain/notice.ts';
import { partOf } from '#src/domain/progress.ts';
import { reportOf } from '#src/domain/report.ts';
import { countsOf, type RollCall } from '#src/domain/roll.ts';
import { csvOf } from '#src/http/csv.ts';
import { defineListing, limit, MOST_ROWS } from '#src/http/listing.ts';

const rowOf = ({ notice, entries, due }: RollCall) => ({
  id: notice.id,
  state: notice.state,
  subject: notice.subject,
  version: notice.version,
  commit: notice.commit,
  severity: notice.severity,
  deadline: notice.deadline,
  dueAt: due?.at?.toISOString(),
  url: notice.url,
  text: notice.text,
  audience: notice.audience,
  supersedes: notice.supersedes,
  supersededBy: notice.supersededBy,
  createdBy: notice.createdBy,
  createdAt: notice.createdAt,
  confirmedBy: notice.confirmedBy,
  sentAt: notice.sentAt,
  endedBy: notice.endedBy,
  endedAt: notice.endedAt,
  reason: notice.reason,
  counts: countsOf(entries),
  seats: entries,
});

export const notices = defineListing({
  path: '/notices',
  query: { limit: limit.default(20), status: z.enum(NOTICE_STATES).optional() },
  answer: async ({ broadcast }, { limit, status }) => {
    const list = await broadcast.list(status ? MOST_ROWS : limit);
    const wanted = list.filter(({ state }) => status === undefined || state === status).slice(0, limit);
    const calls = await Promise.all(wanted.map(({ id }) => broadcast.rollCall(id)));
    return calls.filter((call) => call !== undefined).map(rowOf);
  },
});

/** Looked back upon once it has ended. */
function reportIn(call: RollCall) {
  if (call.notice.endedAt === undefined || call.notice.sentAt === undefined) return undefined;
  const { notice: _, ...report } = reportOf(call);
  return report;
}

export const notice = defineListing({
  path: '/notices/:id',
  query: {},
  answer: async ({ broadcast }, _query, id) => {
    const call = await broadcast.rollCall(id);
    return call && { ...rowOf(call), report: reportIn(call) };
  },
});

const COLUMNS = [
  'seat',
  'region',
  'reachedBy',
  'reachedOn',
  'reachedAt',
  'acknowledgedBy',
  'acknowledgedOn',
  'acknowledgedAt',
  'answer',
  'reason',
  'provenAt',
  'contradiction',
] as const;

export const noticeAsCsv = defineListing({
  path: '/notices/:id.csv',
  type: 'text/csv; charset=utf-8',
  query: {},
  answer: async ({ broadcast }, _query, id) => {
    const call = await broadcast.rollCall(id);
    return (
      call &&
      csvOf(
        ['notice', 'stands', ...COLUMNS],
        call.entries.map((entry) => [id, partOf(entry), ...COLUMNS.map((column) => entry[column])]),
      )
    );
  },
});
