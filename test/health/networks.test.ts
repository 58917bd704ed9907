import pino from 'pino';
import { describe, expect, test } from 'vitest';

import { limitsOf } from '#src/domain/finding.ts';
import type { Voice } from '#src/domain/voice.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

import { short } from './patrolling.ts';
import { health, mortalWorld, result } from './seen.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const LIMITS = limitsOf({ warn: 30, critical: 120 }, 'above', 60);

/** A coin on so many nodes, each with the block that the test says; the patrol looks at all of them every five minutes. */
function network(nodes: number) {
  const world = mortalWorld();
  const services = Array.from({ length: nodes }, (_, at) => targetOf({ node: `n${at}`, service: 'KMD' }));
  const fleet = fleetOf({ ...smallFleet, nodes: services.map(({ node }) => node) });
  let time = START;
  const tips = new Map(services.map(({ node }) => [node.id as string, { at: START, height: 100 }]));
  const voiceOf = (node: string): Voice => ({
    node,
    service: 'KMD',
    height: tips.get(node)?.height ?? 0,
    tipAt: new Date(tips.get(node)?.at ?? 0).toISOString(),
    syncing: false,
    marks: [],
    at: new Date(time).toISOString(),
  });
  const patrol = createPatrol({
    ...world,
    kinds: [],
    fleets: fixedFleets(fleet),
    now: () => new Date(time),
    logger: pino({ level: 'silent' }),
    voices: { hear: async () => [...tips.keys()].map(voiceOf) },
    lookAt: async ({ node }) => {
      const value = (time - (tips.get(node.id)?.at ?? 0)) / 1_000;
      const state = value > 7_200 ? 'down' : value > 1_800 ? 'degraded' : 'up';
      const tip = result('TipOld', state, {
        check: 'tip-age',
        figure: { value, unit: 'seconds', limits: LIMITS },
      });
      return health([tip], { node: node.id, service: 'KMD', at: new Date(time).toISOString() });
    },
  });
  return {
    ...world,
    /** Goes on for so long. */
    async pass(minutes: number) {
      for (let minute = 0; minute < minutes; minute += 5) {
        time += 5 * MINUTE_MS;
        for (const target of fleet.targets()) await patrol.patrolService(target);
      }
    },
    /** These have a new block. */
    block(...found: readonly number[]) {
      for (const node of found) tips.set(`n${node}`, { at: time, height: 101 });
    },
    all: services.map((_, at) => at),
  };
}

describe('a network that stands still', () => {
  test('is one alert of the coin, of no node, and grows worse with time; its end as well', async () => {
    const { pass, block, all, accepted } = network(8);
    await pass(30);
    expect(accepted).toEqual([]);
    await pass(30);
    expect(short(accepted)).toEqual(['firing NetworkStuck warning']);
    expect(accepted[0]?.labels).toEqual({ alertname: 'NetworkStuck', severity: 'warning', coin: 'KMD' });
    expect(accepted[0]?.annotations['summary']).toContain('8 nodes');
    await pass(80);
    expect(short(accepted.slice(1))).toEqual([
      'resolved NetworkStuck warning',
      'firing NetworkStuck critical',
    ]);
    block(...all);
    await pass(20);
    expect(short(accepted.slice(3))).toEqual(['resolved NetworkStuck critical']);
  });

  test('of which a few go on is the same; those who stay behind when it goes on are told of', async () => {
    const { pass, block, accepted } = network(10);
    await pass(20);
    block(0);
    await pass(40);
    expect(short(accepted)).toEqual(['firing NetworkStuck warning']);
    block(0, 1, 2, 3, 4, 5, 6, 7);
    await pass(20);
    expect(short(accepted)).toContain('resolved NetworkStuck warning');
    const own = accepted.filter(({ labels }) => labels['alertname'] === 'TipOld');
    expect(own.map(({ labels }) => labels['node'])).toEqual(['n8', 'n9']);
  });
});

test('one daemon that stays behind is its own alert', async () => {
  const { pass, block, accepted } = network(5);
  for (let turn = 0; turn < 12; turn++) {
    block(0, 1, 2, 3);
    await pass(5);
  }
  expect(short(accepted)).toEqual(['firing TipOld warning']);
  expect(accepted[0]?.labels).toMatchObject({ node: 'n4', service: 'KMD' });
});

test('of two nodes nobody can say that it is the network', async () => {
  const { pass, accepted } = network(2);
  await pass(60);
  expect(short(accepted)).toEqual(['firing TipOld warning', 'firing TipOld warning']);
});
