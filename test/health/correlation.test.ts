import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { CheckResult } from '#src/domain/finding.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';
import { AT_ONCE, fleetWith, patrolling, short } from './patrolling.ts';
import { result } from './seen.ts';

const answers = result('DaemonDown', 'up');
const refused = result('DaemonDown', 'down', { contact: 'refused' });
const silent = result('DaemonDown', 'unknown', { contact: 'unreachable' });
const blind = result('DaemonDown', 'unknown');
const way = (state: 'up' | 'degraded' | 'down', alertname = 'NodeUnreachable'): CheckResult =>
  result('way', state, { of: 'node', alertname });

function on(services: number) {
  const fleets = fixedFleets(fleetWith({ n: services, other: 1 }));
  const world = patrolling({ fleets, damping: { DaemonDown: AT_ONCE } });
  const at = (index: number, ...results: readonly CheckResult[]) => world.seesOf(`n S${index}`, ...results);
  return {
    ...world,
    at,
    /** All of the node, one after the other. */
    all: async (...results: readonly CheckResult[]) => {
      const given = [];
      for (let index = 0; index < services; index++) given.push(...(await at(index, ...results)));
      return given;
    },
  };
}

describe('a machine that gives no sign', () => {
  test('is one alert of the node, not one of each service; its end as well', async () => {
    const { all, accepted, at } = on(40);
    await all(answers);
    await all(silent);
    await at(0, silent);
    expect(short(accepted)).toEqual(['firing NodeUnreachable critical']);
    expect(accepted[0]?.labels).toEqual({
      alertname: 'NodeUnreachable',
      severity: 'critical',
      node: 'n',
      seat: 'red_EU',
      region: 'EU',
    });
    expect(accepted[0]?.annotations['summary']).toBe(
      'n cannot be reached: no sign of any of its 40 services',
    );
    await all(silent);
    expect(accepted).toHaveLength(1);
    await all(answers);
    expect(short(accepted.slice(1))).toEqual(['resolved NodeUnreachable critical']);
  });

  test('is known by the first look at each: the others are looked at at once', async () => {
    const { all, at, hastened } = on(3);
    await all(answers);
    await at(1, silent);
    expect(hastened).toEqual([
      { node: 'n', service: 'S0' },
      { node: 'n', service: 'S2' },
    ]);
    await at(0, silent);
    await at(2, silent);
    expect(short(await at(2, silent))).toEqual(['firing NodeUnreachable critical']);
  });

  test('with a single service is looked at once more before it is an alert', async () => {
    const { at, hastened } = on(1);
    expect(await at(0, silent)).toEqual([]);
    expect(hastened).toEqual([{ node: 'n', service: 'S0' }]);
    expect(short(await at(0, silent))).toEqual(['firing NodeUnreachable critical']);
    await at(0, silent);
    expect(hastened).toHaveLength(1);
  });

  test('is not concluded while a service was not looked at yet, nor from services that tell nothing', async () => {
    const { at, accepted } = on(3);
    for (let look = 0; look < 3; look++) {
      await at(0, silent);
      await at(1, silent);
    }
    expect(accepted).toEqual([]);
    await at(2, blind);
    expect(short(await at(1, silent))).toEqual(['firing NodeUnreachable critical']);
  });

  test('what was raised before stays; what is unknown ends nothing', async () => {
    const { at, all, accepted } = on(2);
    await all(answers);
    await at(0, refused);
    await all(silent);
    await all(silent);
    expect(short(accepted)).toEqual(['firing DaemonDown critical', 'firing NodeUnreachable critical']);
    await all(answers);
    expect(short(accepted.slice(2)).toSorted()).toEqual([
      'resolved DaemonDown critical',
      'resolved NodeUnreachable critical',
    ]);
  });
});

describe('one port that gives no sign, of a machine that is there', () => {
  test('is that service’s own alert, a warning: whether it runs is not known', async () => {
    const { at, all, accepted } = on(3);
    await all(answers);
    await at(0, silent);
    await at(0, silent);
    await at(1, answers);
    expect(accepted).toEqual([]);
    const [alert] = await at(0, silent);
    expect(alert?.labels).toMatchObject({
      alertname: 'DaemonUnreachable',
      severity: 'warning',
      service: 'S0',
    });
    for (let look = 0; look < 3; look++) await at(0, answers);
    expect(short(accepted)).toEqual([
      'firing DaemonUnreachable warning',
      'resolved DaemonUnreachable warning',
    ]);
  });
});

describe('daemons that refuse', () => {
  test('one alone is down as soon as another one answers, or it refuses again', async () => {
    const { at, all, hastened } = on(4);
    await all(answers);
    expect(await at(0, refused)).toEqual([]);
    expect(hastened.map(({ service }) => service)).toEqual(['S1', 'S2', 'S3']);
    const [alert] = await at(1, answers);
    expect(alert?.labels).toMatchObject({ alertname: 'DaemonDown', service: 'S0' });
    await all(answers);
    await at(2, refused);
    expect(short(await at(2, refused))).toEqual(['firing DaemonDown critical']);
  });

  test('one or two of a node are down at the first look', async () => {
    const { at } = on(2);
    expect(short(await at(0, refused))).toEqual(['firing DaemonDown critical']);
    expect(short(await at(1, refused))).toEqual(['firing DaemonDown critical']);
  });

  test('all of them at once are one alert, until few are left, which are then told of', async () => {
    const { at, all, accepted } = on(5);
    await all(answers);
    await all(refused);
    expect(short(accepted)).toEqual(['firing NodeDaemonsDown critical']);
    expect(accepted[0]?.labels).not.toHaveProperty('service');
    await all(refused);
    await at(0, answers);
    await at(1, answers);
    expect(accepted).toHaveLength(1);
    expect(short(await at(2, answers))).toEqual([
      'resolved NodeDaemonsDown critical',
      'firing DaemonDown critical',
      'firing DaemonDown critical',
    ]);
    await at(3, answers);
    expect(short(await at(4, answers))).toEqual(['resolved DaemonDown critical']);
  });

  test('that cannot be seen any more have not come back', async () => {
    const { all, accepted } = on(3);
    await all(refused);
    await all(silent);
    await all(silent);
    expect(short(accepted)).toEqual(['firing NodeDaemonsDown critical', 'firing NodeUnreachable critical']);
  });
});

describe('the way to a machine', () => {
  test('that leads to another one is one alert of the node, at the first look', async () => {
    const { all, accepted } = on(3);
    await all(blind, way('down', 'HostKeyChanged'));
    await all(blind, way('down', 'HostKeyChanged'));
    expect(short(accepted)).toEqual(['firing HostKeyChanged critical']);
    expect(accepted[0]?.labels).not.toHaveProperty('service');
    await all(answers, way('up'));
    expect(short(accepted)).toEqual(['firing HostKeyChanged critical', 'resolved HostKeyChanged critical']);
  });

  test('that is closed is the node’s when nothing answers past it, and else a warning', async () => {
    const { all, accepted } = on(3);
    await all(answers, way('down'));
    expect(short(accepted)).toEqual(['firing NodeUnreachable warning']);
    await all(blind, way('down'));
    await all(blind, way('down'));
    expect(short(accepted)).toEqual([
      'firing NodeUnreachable warning',
      'resolved NodeUnreachable warning',
      'firing NodeUnreachable critical',
    ]);
  });
});

test('what services find of their node is raised once, as long as one of them finds it', async () => {
  const low = result('DiskLow', 'degraded', { of: 'node' });
  const fine = result('DiskLow', 'up', { of: 'node' });
  const { at, accepted } = on(3);
  for (let round = 0; round < 4; round++) {
    await at(0, answers, fine);
    await at(1, answers, low);
    await at(2, answers, fine);
  }
  expect(short(accepted)).toEqual(['firing DiskLow warning']);
  for (let round = 0; round < 3; round++) await at(1, answers, fine);
  expect(short(accepted)).toEqual(['firing DiskLow warning', 'resolved DiskLow warning']);
});

test('whatever the services of a node do, killed or not, no alert is raised twice without an end between', async () => {
  const seen = fc.constantFrom(answers, refused, refused, silent, silent, blind);
  const step = fc.record({
    service: fc.nat({ max: 3 }),
    seen,
    way: fc.constantFrom('up', 'down'),
    death: fc.nat({ max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { at, accepted, dieAt, live, restart, all } = on(4);
      for (const { service, seen: one, way: open, death } of steps) {
        dieAt(death);
        await at(service, one, way(open as 'up')).catch((error: unknown) => {
          if ((error as Error).message !== 'killed') throw error;
          restart();
        });
      }
      live();
      for (let look = 0; look < 3; look++) await all(answers, way('up'));
      const firing = new Map<string, string>();
      const told = new Set<string>();
      for (const signal of accepted) {
        // The same signal once more is no other: killed in between, it is given again.
        if (told.has(JSON.stringify(signal))) continue;
        told.add(JSON.stringify(signal));
        const key = JSON.stringify(signal.labels);
        expect([key, firing.has(key)]).toEqual([key, signal.status === 'resolved']);
        if (signal.status === 'firing') firing.set(key, signal.startsAt ?? '');
        else firing.delete(key);
      }
      expect([...firing]).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
