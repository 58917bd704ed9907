import { describe, expect, test } from 'vitest';

import { statusCard } from '#src/broadcast/board.ts';
import { boardCard, directCard, roomCard } from '#src/broadcast/card.ts';
import { callOutCard, coordinatorsCard, reminderCard } from '#src/broadcast/reminder-card.ts';
import { reportCard } from '#src/broadcast/report.ts';
import type { Message } from '#src/domain/message.ts';
import type { NoticeId } from '#src/domain/notice.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { reportOf } from '#src/domain/report.ts';
import { isMissing, type RollCall, type RollEntry } from '#src/domain/roll.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

import { isWhole, renderingsOf } from './renderings.ts';
import { after, seasonRoll, summaryOf } from './roll-call.ts';

const NOW = new Date(after(12 * 60));
const season = seasonRoll();
const untouched: RollCall = {
  ...season,
  entries: season.entries.map(({ seat, region }) => ({ seat, region, escalations: [], revision: 1 })),
};
const nearlyDone: RollCall = {
  ...season,
  entries: season.entries.map((entry, at) => ({
    ...entry,
    ...(at > 5 && { acknowledgedBy: 'tokel' as OperatorId, acknowledgedAt: after(9), provenAt: after(90) }),
    ...(at === 6 && { provenAt: undefined }),
  })),
};
const closed = seasonRoll({
  state: 'closed',
  endedAt: after(30 * 60),
  endedBy: 'carol' as OperatorId,
  reason: 'late',
});
const own = season.entries.filter(({ seat }) => seat.startsWith('tokel_'));
const due = {
  at: new Date('2026-12-01T10:00:00Z'),
  by: 'height',
  words: '2026-12-01 12:00 UTC or KMD height 4771595 (about 2026-12-01 10:00 UTC, an estimate)',
} as const;
const drafted = summaryOf({
  ...untouched,
  notice: {
    ...untouched.notice,
    state: 'draft',
    sentAt: undefined,
    confirmedBy: undefined,
    createdBy: 'github',
    url: 'https://github.com/GLEECBTC/komodo-daemon/releases/tag/v0.9.2-2',
    suggested: ['it says "mandatory"', 'it names block height 4771595 (KMD)'],
  },
});
const alice = 'alice' as OperatorId;

const pressed = season.entries.filter(isMissing);
const reminding = { notice: season.notice, due, now: new Date('2026-12-01T04:00:00Z') };
/** A team of one operator for each seat, so that all can be called. */
const teams = fleetOf({
  ...smallFleet,
  seats: season.entries.map(({ seat }) => ({ id: seat, team: seat })),
  operators: season.entries.map(({ seat }, at) => ({
    id: seat.split('_')[0] as OperatorId,
    role: at === 0 ? 'coordinator' : 'notary',
    team: seat,
    handles: {
      discord: String(100_000_000_000_000_000n + BigInt(at)),
      matrix: `@${seat.toLowerCase()}:example.org`,
    },
  })),
});

const CARDS: Readonly<Record<string, Message>> = {
  'room-sent': roomCard(summaryOf(untouched), new Date(after(0))),
  'room-under-way': roomCard({ ...summaryOf(season), due }, NOW),
  'room-nearly-done': roomCard(summaryOf(nearlyDone), NOW),
  'room-superseded': roomCard(
    summaryOf(seasonRoll({ state: 'superseded', supersededBy: 'n4e5f6g' as NoticeId })),
    NOW,
  ),
  'direct-open': directCard({ notice: season.notice, due }, own, alice),
  'direct-closed': directCard(closed, own, alice),
  'board-draft': boardCard(drafted, ['node-9_SH'], NOW),
  'board-sent': boardCard(summaryOf(season), [], NOW),
  'reminder-direct': reminderCard({ ...reminding, step: '6h' }, own, alice),
  'reminder-room': callOutCard({ ...reminding, step: 'room' }, pressed, teams),
  'reminder-coordinators': coordinatorsCard({ ...reminding, step: 'coordinators' }, pressed, teams),
  status: statusCard(season, season.entries, NOW),
  report: reportCard(reportOf(closed)),
};

describe.each(Object.entries(CARDS))('%s', (name, card) => {
  test.each(Object.entries(renderingsOf(card)))('as %s', async (form, rendering) => {
    await expect(rendering).toMatchFileSnapshot(`snapshots/${name}.${form}`);
  });

  test('stands whole in one message, whose lines a phone does not break within tables', () => {
    expect(isWhole(card)).toBe(true);
    const tables = /```\n([^]*?)\n```/g;
    const lines = Array.from(
      renderingsOf(card)['discord.json'].replaceAll('\\n', '\n').matchAll(tables),
      ([, code = '']) => code.split('\n'),
    ).flat();
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  });
});

const textOf = (message: Message): string => renderingsOf(message)['discord.txt'];

describe('the card of the room', () => {
  test('counts who is missing by region, and names them when they are few', () => {
    expect(textOf(CARDS['room-sent']!)).toContain('Missing: AR 14 · DEV 8 · EU 14 · NA 14 · SH 14');
    expect(textOf(CARDS['room-under-way']!)).toContain('Missing in AR: 2 – kolo_AR, webworker01_AR');
  });

  test('says how much time is left until what comes first, and for how long it is overdue', () => {
    expect(textOf(CARDS['room-under-way']!)).toContain('an estimate) · 14 h left');
    expect(textOf(roomCard(summaryOf(season), new Date(after(30 * 60))))).toContain('overdue by 2 h');
  });

  test('costs the same for any number of seats: it names as many as it is given', () => {
    const roll = summaryOf(season);
    const missingIn = { EU: 9_000 };
    const totals = { ...roll.totals, seats: 10_000, missing: 9_000, missingIn };
    expect(textOf(roomCard({ ...roll, totals }, NOW))).toContain('Missing: EU 9000');
    expect(textOf(boardCard({ ...roll, totals, missing: roll.missing.slice(0, 3) }, [], NOW))).toContain(
      'Missing: EU 9000',
    );
  });

  test('has no buttons after the end', () => {
    expect(textOf(CARDS['room-superseded']!)).not.toContain('[');
    expect(textOf(CARDS['room-superseded']!)).toContain('n4e5f6g');
  });
});

test('what was read out of a text stands on the draft alone', () => {
  expect(textOf(CARDS['board-draft']!)).toContain('• it says "mandatory"');
  const { notice } = drafted;
  const sent = { ...drafted, notice: { ...notice, state: 'sent' as const } };
  for (const card of [roomCard(sent, NOW), directCard({ notice }, own, alice), boardCard(sent, [], NOW)])
    expect(textOf(card)).not.toContain('mandatory"');
});

describe('the status', () => {
  test('has a row for each seat that was asked for, and the numbers of all', () => {
    const shown = season.entries.filter(({ contradiction }) => contradiction);
    const words = textOf(statusCard(season, shown, NOW));
    expect(words).toMatch(/karasugoi_AR +D✔✖ +done karasugoi/);
    expect(words).toContain('✖ karasugoi_AR: said done, runs 0.8.2');
    expect(words).toContain('missing 16');
    expect(words).not.toContain('tokel_AR');
  });

  test('names a bounded number of rows', () => {
    const entries = Array.from({ length: 5_000 }, (_, at) => ({
      ...season.entries[7]!,
      seat: `s${at}`,
    })) as RollEntry[];
    const { blocks } = statusCard({ ...season, entries }, entries, NOW);
    expect(blocks.flatMap((block) => (block.kind === 'table' ? block.rows : []))).toHaveLength(200);
    expect(JSON.stringify(blocks)).toContain('and 4800 more seats');
  });
});
