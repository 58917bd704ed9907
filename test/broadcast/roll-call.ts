import type { Notice, NoticeId } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { countsOf, isMissing, type RollCall, type RollEntry, type RollSummary } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';

/** When the notice of these rolls was sent. */
export const SENT = new Date('2026-11-30T08:00:00Z');
/** Some minutes after the sending. */
export const after = (minutes: number): string => new Date(SENT.getTime() + minutes * 60_000).toISOString();

export const sentNotice = (over: Partial<Notice> = {}): Notice => ({
  id: 'n1b2c3d' as NoticeId,
  state: 'sent',
  subject: 'Komodo 0.9.2-2',
  version: 'v0.9.2-2',
  severity: 'mandatory',
  deadline: { time: '2026-12-01T12:00:00Z' },
  text: 'Build the tag, restart the daemon, check that it is in sync.',
  audience: 'all',
  createdBy: 'carol',
  createdAt: after(-30),
  confirmedBy: 'dave' as OperatorId,
  sentAt: SENT.toISOString(),
  reminded: [],
  announced: true,
  revision: 2,
  ...over,
});

const REGIONS: readonly (readonly [string, number])[] = [
  ['AR', 14],
  ['DEV', 8],
  ['EU', 14],
  ['NA', 14],
  ['SH', 14],
];
const NAMES = [
  'alright',
  'blackice',
  'chmex',
  'decker',
  'fullmoon',
  'gcharang',
  'karasugoi',
  'kolo',
  'marmara',
];
const MORE = ['node-9', 'ptyx', 'strob', 'tokel', 'webworker01'];
const TEAMS = [...NAMES, ...MORE];

/** The 64 seats of a season, in every stage: what each has done follows from its place in the list. */
export function seasonRoll(over: Partial<Notice> = {}): RollCall {
  const seats = REGIONS.flatMap(([region, count]) =>
    TEAMS.slice(0, count).map((team) => ({
      seat: `${team}_${region}` as SeatId,
      region,
      by: team as OperatorId,
    })),
  );
  return { notice: sentNotice(over), entries: seats.map(entryOf) };
}

function entryOf(
  { seat, region, by }: { seat: SeatId; region: string; by: OperatorId },
  at: number,
): RollEntry {
  const base = { seat, region, escalations: [], revision: 1 };
  const turn = at % 16;
  if (turn === 7) return base;
  const on = turn % 5 === 0 ? 'matrix' : turn === 3 ? 'email' : 'discord';
  const reached = { ...base, reachedBy: by, reachedOn: on, reachedAt: after(1 + (at % 9)), revision: 2 };
  if (turn > 12)
    return turn === 14 ? { ...reached, escalations: [{ at: after(600), to: 'backup' }] } : reached;
  const acknowledged = {
    ...reached,
    acknowledgedBy: by,
    acknowledgedOn: on,
    acknowledgedAt: after(5 + at * 3),
    answer: turn < 8 ? ('done' as const) : ('on-it' as const),
    revision: 3,
  };
  if (turn === 12) return { ...acknowledged, answer: 'cannot', reason: 'no build host until Monday' };
  if (turn === 6) return { ...acknowledged, contradiction: 'said done, runs 0.8.2' };
  return turn < 6 ? { ...acknowledged, provenAt: after(20 + at * 3) } : acknowledged;
}

/** The same without its lines, as the room is told. */
export const summaryOf = ({ notice, entries, ...rest }: RollCall): RollSummary => ({
  ...rest,
  notice,
  totals: countsOf(entries),
  missing: entries.filter(isMissing).map(({ seat, region }) => ({ id: seat, region })),
});
