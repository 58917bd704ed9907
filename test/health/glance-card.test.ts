import { describe, expect, test } from 'vitest';

import { glanceOf } from '#src/domain/glance.ts';
import type { Message } from '#src/domain/message.ts';
import { tableLines } from '#src/chat/discord/table.ts';
import { glanceCard, glanceJson } from '#src/health/glance-card.ts';
import { NOW, season } from './season.ts';
import { health, result } from './seen.ts';

const glance = (seats: number, services: number) => {
  const { fleet, latest } = season({ seats, services });
  return glanceOf(fleet, NOW, { seats: fleet.seats, targets: fleet.targets(), latest });
};
const tablesOf = ({ blocks }: Message) => blocks.filter((block) => block.kind === 'table');
const wordsOf = ({ blocks }: Message): string =>
  blocks.flatMap((block) => (block.kind === 'text' ? block.text : [])).join('\n');

describe('the fleet in tables', () => {
  test('has a row per region, and of 64 seats those that need somebody, the worst first', () => {
    const card = glanceCard(glance(64, 40), undefined);
    const [regions, seats] = tablesOf(card);
    expect(regions?.head).toEqual(['region', '✔', '▲', '✖', '?', 'score']);
    expect(regions?.rows.map(([region]) => region)).toEqual(['AR', 'DEV', 'EU', 'NA', 'SH']);
    expect(seats?.rows).toHaveLength(20);
    const down = seats?.rows.map((row) => Number(row[3]?.replace('·', '0'))) ?? [];
    expect(down).toEqual(down.toSorted((a, b) => b - a));
    expect(wordsOf(card)).toContain('2344 healthy, 107 degraded, 40 down, 69 unknown');
    expect(wordsOf(card)).toContain('… and 44 more seats that are not all fine.');
    expect(card.tone).toBe('critical');
  });

  test.each([
    [8, 2],
    [64, 40],
    [640, 40],
  ])('%i seats × %i services: no line is wider than a phone shows', (seats, services) => {
    for (const { head, rows } of tablesOf(glanceCard(glance(seats, services), undefined)))
      for (const line of tableLines(head, rows)) expect(line.length).toBeLessThanOrEqual(40);
  });

  test('few seats are all shown', () => {
    expect(tablesOf(glanceCard(glance(8, 2), undefined)).at(-1)?.rows).toHaveLength(8);
  });

  test('that is fine says so, and so does one without seats', () => {
    const { fleet } = season({ seats: 64, services: 2 });
    const targets = fleet.targets();
    const latest = targets.map(({ node, service }) =>
      health([result('a', 'up')], { node: node.id, service: service.id, at: NOW.toISOString() }),
    );
    const fine = glanceCard(glanceOf(fleet, NOW, { seats: fleet.seats, targets, latest }), undefined);
    expect(wordsOf(fine)).toContain('Score: 100 of 100\nEvery seat is fine.');
    expect(fine.tone).toBe('good');
    expect(wordsOf(glanceCard(glance(0, 1), undefined))).toContain('There is no seat.');
  });
});

test('a script gets each seat with its score, and what of it is not healthy', () => {
  const parsed = JSON.parse(glanceJson(glance(8, 2))) as { seats: readonly unknown[] };
  expect(parsed).toMatchObject({
    at: '2026-11-21T12:00:00.000Z',
    counts: { up: 12, degraded: 1, down: 1, unknown: 2 },
  });
  expect(parsed.seats).toContainEqual({
    seat: 'kolo_DEV',
    region: 'DEV',
    score: 92.5,
    checks: 8,
    unknownChecks: 0,
    counts: { up: 1, unknown: 0, degraded: 0, down: 1 },
    services: { KMD: 'down' },
  });
});
