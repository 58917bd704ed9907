import { describe, expect, test } from 'vitest';

import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import { glanceOf, isFine, isStale, sickestFirst } from '#src/domain/glance.ts';
import { NOW, season } from '#test/health/season.ts';
import { health, result } from '#test/health/seen.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1_000).toISOString();
const all = (fleet: Fleet) => ({ seats: fleet.seats, targets: fleet.targets() });

describe('a look', () => {
  const [target] = smallFleet.targets();
  test.each([
    [30_000, 90, false],
    [30_000, 91, true],
    [300_000, 899, false],
    [300_000, 901, true],
    [1_000, 29, false],
    [1_000, 31, true],
  ])('with an interval of %i ms is stale after %i s: %s', (everyMs, seconds, stale) => {
    expect(isStale(target!, { at: ago(seconds) }, { everyMs, now: NOW })).toBe(stale);
  });

  test('goes by the interval of its own service', () => {
    const own = { ...target!, service: { ...target!.service, everyMs: 3_600_000 } };
    expect(isStale(own, { at: ago(3 * 3_600) }, { everyMs: 30_000, now: NOW })).toBe(false);
  });
});

describe('a glance', () => {
  test('counts every service once, in its region and in all', () => {
    const { fleet, latest } = season({ seats: 64, services: 40 });
    const glance = glanceOf(fleet, NOW, { ...all(fleet), latest });
    const sum = Object.values(glance.counts).reduce((one, other) => one + other);
    expect(sum).toBe(2_560);
    expect(glance.regions.map(({ region }) => region)).toEqual(['AR', 'DEV', 'EU', 'NA', 'SH']);
    for (const state of ['up', 'degraded', 'down', 'unknown'] as const) {
      const parts = glance.regions.map(({ counts }) => counts[state]);
      expect(parts.reduce((one, other) => one + other)).toBe(glance.counts[state]);
      expect(glance.counts[state]).toBeGreaterThan(0);
    }
    expect(glance.services.slice(0, 3)).toEqual(['iguana', 'KMD', 'LTC']);
  });

  test('a look that is too old, and a service that nobody saw, are unknown', () => {
    const latest = [health([result('a', 'up')], { at: ago(600) }), undefined];
    const glance = glanceOf(smallFleet, NOW, { ...all(smallFleet), latest });
    expect(glance).toMatchObject({ stale: 1, counts: { up: 0, unknown: 2 }, score: { points: undefined } });
  });

  test('a seat without a service is there, and is nothing', () => {
    const latest = [health([result('a', 'up')], { at: ago(1) }), undefined];
    const glance = glanceOf(smallFleet, NOW, { ...all(smallFleet), latest });
    const seats = glance.regions.flatMap((region) => region.seats);
    const grey = seats.find(({ seat }) => seat.id === 'grey_SH');
    expect(grey?.cells.size).toBe(0);
    expect(sickestFirst(seats).map(({ seat }) => seat.id)).toEqual(['blue_NA', 'red_EU', 'grey_SH']);
    expect(seats.filter(isFine).map(({ seat }) => seat.id)).toEqual(['red_EU', 'grey_SH']);
  });

  test('of two nodes that run the same, the worse is shown', () => {
    const one = smallFleet.node('red-1')!;
    const fleet = fleetOf({ ...smallFleet, nodes: [one, { ...one, id: 'red-2' as typeof one.id }] });
    const latest = [
      health([result('a', 'up')], { at: ago(1) }),
      health([result('a', 'down')], { node: 'red-2', at: ago(1) }),
    ];
    const glance = glanceOf(fleet, NOW, { ...all(fleet), latest });
    const red = glance.regions.flatMap(({ seats }) => seats).find(({ seat }) => seat.id === 'red_EU');
    expect(red).toMatchObject({ counts: { up: 1, down: 1 }, score: { points: 80 } });
    expect(red?.cells.get('KMD')).toMatchObject({ state: 'down', score: { points: 80 } });
  });
});
