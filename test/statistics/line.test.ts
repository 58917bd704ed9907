import { describe, expect, test } from 'vitest';

import type { StatisticsReading } from '#src/domain/statistics.ts';
import { ownOf, statisticsLine } from '#src/statistics/line.ts';
import { health, result } from '#test/health/seen.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const reading = (minutes: number | undefined, more: Partial<StatisticsReading> = {}): StatisticsReading => ({
  site: 'stats.kmd.io',
  readAt: ago(12),
  isOld: false,
  said: {
    lastNotarisation: minutes === undefined ? undefined : { coin: 'KMD', at: ago(minutes).toISOString() },
    score: 842.31337,
    rank: 1,
  },
  ...more,
});
/** What a node knows: its own last notarisation of a coin. */
const own = (coin: string, minutes: number, askedMinutes = 1) =>
  ownOf([
    undefined,
    health([], { service: 'LTC' }),
    health(
      [
        result('last-notarisation', 'up', {
          finding: {
            state: 'up',
            facts: { at: ago(minutes).toISOString(), askedAt: ago(askedMinutes).toISOString() },
          },
        }),
      ],
      { service: coin },
    ),
  ]);
const none = ownOf([]);

describe('what a site says of a seat', () => {
  test('is told with its age', () => {
    expect(statisticsLine(reading(14), none, NOW)).toBe(
      'stats.kmd.io, 12 min ago: last notarisation 14 min ago (KMD), score 842.31, rank 1 of its region',
    );
    expect(statisticsLine(reading(undefined), none, NOW)).toContain('last notarisation unknown, score');
  });

  test.each([
    ['was never read', { readAt: undefined, said: undefined }, 'stats.kmd.io: unknown, it was not read yet'],
    [
      'cannot be read',
      { readAt: undefined, said: undefined, failingSince: ago(90) },
      'stats.kmd.io: unknown, it cannot be read since 2026-01-01 10:30 UTC',
    ],
    [
      'was read too long ago',
      { readAt: ago(300), isOld: true, failingSince: ago(290) },
      'stats.kmd.io, 5 h ago: unknown, that is too long ago; it cannot be read since 2026-01-01 07:10 UTC',
    ],
    [
      'does not know the seat',
      { said: undefined },
      'stats.kmd.io, 12 min ago: unknown, it does not tell of this seat',
    ],
  ] as const)('is unknown where it %s', (_, more, line) => {
    expect(statisticsLine(reading(14, more), none, NOW)).toBe(line);
  });
});

describe('where the seat’s own node knows better', () => {
  test('a notarisation that the site has missed for hours', () => {
    expect(statisticsLine(reading(24 * 60), own('CLC', 20), NOW)).toBe(
      "stats.kmd.io, 12 min ago: not believed, it says the last notarisation was 1 d ago (KMD), the seat's own node made one 20 min ago (CLC)",
    );
  });

  test('a notarisation that the node never made', () => {
    expect(statisticsLine(reading(14), own('KMD', 600, 1), NOW)).toContain(
      "not believed, it says the last notarisation was 14 min ago (KMD), the seat's own node knows of none since 10 h ago",
    );
  });

  test.each([
    ['the same', own('KMD', 14)],
    ['a site that is a little behind', own('KMD', 2)],
    ['another coin that rested', own('CLC', 600)],
    ['a node that was asked before it happened', own('KMD', 600, 20)],
  ])('%s is no contradiction', (_, known) => {
    expect(statisticsLine(reading(14), known, NOW)).toContain(': last notarisation 14 min ago');
  });
});
