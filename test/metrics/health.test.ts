import { expect, test } from 'vitest';

import type { ServiceHealth } from '#src/domain/finding.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { NodeId, ServiceId, Target } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { createHealthMetrics, HEALTH_FAMILIES } from '#src/metrics/health.ts';
import { health, result } from '#test/health/seen.ts';
import { lifeOf } from '#test/health/days.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

const NOW = new Date('2026-01-01T00:00:30.000Z');

interface Given {
  readonly fleet?: Parameters<typeof fleetOf>[0];
  latest(target: Target): ServiceHealth | undefined;
}

function scraped({ fleet = smallFleet, latest }: Given) {
  const calls: number[] = [];
  const scrape = createHealthMetrics({
    fleets: fixedFleets(fleetOf(fleet)),
    latest: async (targets) => {
      calls.push(targets.length);
      return targets.map(latest);
    },
    now: () => NOW,
  });
  return { scrape, calls };
}

const linesOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line && !line.startsWith('#'));

const peers = result('peers', 'degraded', { figure: { value: 3, unit: 'count' } });
const tip = result('tip-age', 'up', { figure: { value: 42.5, unit: 'seconds' } });
const fork = result('fork', 'unknown');

test('a service: its state, its look, its checks and their figures, under stable names', async () => {
  const { scrape } = scraped({
    latest: ({ node }) => (node.id === 'red-1' ? health([peers, tip, fork]) : undefined),
  });
  expect(linesOf(await scrape())).toEqual([
    'tocsin_service_state{node="red-1",service="KMD",coin="KMD",seat="red_EU",region="EU",kind="utxo"} 2',
    'tocsin_service_state{node="blue-1",service="KMD",coin="KMD",seat="blue_NA",region="NA",kind="utxo"} 1',
    'tocsin_look_age_seconds{node="red-1",service="KMD"} 30',
    'tocsin_look_duration_seconds{node="red-1",service="KMD"} 0.001',
    'tocsin_check_state{node="red-1",service="KMD",coin="KMD",seat="red_EU",check="peers"} 2',
    'tocsin_check_state{node="red-1",service="KMD",coin="KMD",seat="red_EU",check="tip-age"} 0',
    'tocsin_check_state{node="red-1",service="KMD",coin="KMD",seat="red_EU",check="fork"} 1',
    'tocsin_check_items{node="red-1",service="KMD",coin="KMD",seat="red_EU",check="peers"} 3',
    'tocsin_check_seconds{node="red-1",service="KMD",coin="KMD",seat="red_EU",check="tip-age"} 42.5',
  ]);
});

test('each family is introduced once, before its lines, and all of them are declared', async () => {
  const life = lifeOf({ node: 'red-1', service: 'KMD', seed: 1, begins: new Date('2025-12-31T00:00:00Z') });
  const { scrape } = scraped({ latest: () => life(NOW) });
  const text = await scrape();
  const introduced = Array.from(text.matchAll(/^# TYPE (\w+) gauge$/gm), ([, name]) => name);
  expect(introduced).toEqual(HEALTH_FAMILIES.map(({ name }) => name));
  let current = '';
  for (const line of text.trimEnd().split('\n')) {
    current = /^# HELP (\w+) /.exec(line)?.[1] ?? current;
    if (line.startsWith('#')) continue;
    const [, name = '', labels = ''] = /^(\w+)\{(.*)\} -?[\d.e+-]+$/.exec(line) ?? [];
    expect(name).toBe(current);
    const family = HEALTH_FAMILIES.find((one) => one.name === name)!;
    const named = Array.from(labels.matchAll(/(\w+)="/g), ([, label]) => label);
    expect(family.labels).toEqual(expect.arrayContaining(named));
  }
});

test('what people wrote cannot break a line', async () => {
  const { scrape } = scraped({ latest: () => health([{ ...fork, check: 'a"b\\c\nd' }]) });
  expect(linesOf(await scrape())).toContain(
    'tocsin_check_state{node="red-1",service="KMD",coin="KMD",seat="red_EU",check="a\\"b\\\\c\\nd"} 1',
  );
});

test('a figure that is none is left out', async () => {
  const figure = { value: Number.NaN, unit: 'count' } as const;
  const { scrape } = scraped({ latest: () => health([result('peers', 'unknown', { figure })]) });
  expect(await scrape()).not.toMatch(/tocsin_check_items|NaN/);
});

test('while it cannot be read there is nothing, rather than what was', async () => {
  let fails = false;
  const { scrape } = scraped({
    latest: () => {
      if (fails) throw new Error('Redis is away');
      return health([tip]);
    },
  });
  expect(await scrape()).not.toBe('');
  fails = true;
  expect(await scrape()).toBe('');
  fails = false;
  expect(await scrape()).not.toBe('');
});

test('scrapes at the same time share one reading, and large fleets are read in parts', async () => {
  const service = smallFleet.nodes[0]!.services[0]!;
  const nodes = Array.from({ length: 300 }, (_, index) => ({
    ...smallFleet.nodes[0]!,
    id: `n-${index}` as NodeId,
    seat: 'red_EU' as SeatId,
    services: [{ ...service, id: 'KMD' as ServiceId }],
  }));
  const { scrape, calls } = scraped({ fleet: { ...smallFleet, nodes }, latest: () => health([tip]) });
  const [one, two] = await Promise.all([scrape(), scrape()]);
  expect(one).toBe(two);
  expect(calls).toEqual([64, 64, 64, 64, 44]);
});

test('a look that is new is said anew, one that is not is not put together again', async () => {
  let seen = health([peers]);
  const { scrape } = scraped({ latest: () => seen });
  expect(await scrape()).toContain('tocsin_check_items');
  // The same look with other results: nothing that happens, but it shows that it was not asked again.
  seen = { ...seen, results: [] };
  expect(await scrape()).toContain('tocsin_check_items');
  seen = { ...seen, at: '2026-01-01T00:00:29.000Z' };
  const text = await scrape();
  expect(text).not.toContain('tocsin_check_items');
  expect(text).toContain('tocsin_look_age_seconds{node="red-1",service="KMD"} 1\n');
});
