import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { limitsOf } from '#src/domain/finding.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { AT_ONCE, patrolling, short } from './patrolling.ts';
import { result } from './seen.ts';

const up = result('Peers', 'up');
const few = result('Peers', 'degraded');
const none = result('Peers', 'down');
const blind = result('Peers', 'unknown');

describe('damping', () => {
  test('one look alone wakes nobody; two of three do; it is over once none of three sees it', async () => {
    const { sees } = patrolling();
    for (const seen of [few, up, up, few]) expect(await sees(seen)).toEqual([]);
    await sees(up);
    expect(short(await sees(few))).toEqual(['firing Peers warning']);
    for (const seen of [up, up]) expect(await sees(seen)).toEqual([]);
    expect(short(await sees(up))).toEqual(['resolved Peers warning']);
  });

  test('what wavers from look to look is one alert', async () => {
    const { sees, accepted } = patrolling();
    for (let look = 0; look < 20; look++) await sees(look % 2 === 0 ? few : up);
    expect(short(accepted)).toEqual(['firing Peers warning']);
  });

  test('what cannot be seen neither counts nor ends', async () => {
    const { sees, accepted } = patrolling();
    for (const seen of [few, blind, blind, few]) await sees(seen);
    expect(short(accepted)).toEqual(['firing Peers warning']);
    for (let look = 0; look < 5; look++) await sees(blind);
    expect(accepted).toHaveLength(1);
  });

  test('it becomes critical with as many looks, and a warning again once none of them is', async () => {
    const { sees, accepted } = patrolling();
    for (const seen of [few, few, none]) await sees(seen);
    expect(accepted).toHaveLength(1);
    await sees(none);
    for (const seen of [few, few]) await sees(seen);
    expect(short(accepted.slice(1))).toEqual(['resolved Peers warning', 'firing Peers critical']);
    await sees(few);
    expect(short(accepted.slice(3))).toEqual(['resolved Peers critical', 'firing Peers warning']);
  });

  test('with a time it must have been so at every look since', async () => {
    const { sees, accepted } = patrolling({ damping: { Peers: { ...AT_ONCE, forMs: 60_000 } } });
    for (const seen of [few, few, up, few, few]) await sees(seen);
    expect(accepted).toEqual([]);
    const [alert] = await sees(few);
    // It says since when.
    expect(Date.parse(alert?.startsAt ?? '') - Date.parse(alert?.annotations['since'] ?? '')).toBe(60_000);
  });

  test('what the fleet file says goes before what the kind has', async () => {
    const fleets = fixedFleets(
      fleetOf({ ...smallFleet, patrol: { everyMs: 30_000, damping: { Peers: { looks: 1 } } } }),
    );
    const { sees } = patrolling({ fleets, damping: { Peers: { looks: 3, of: 4 } } });
    expect(short(await sees(few))).toEqual(['firing Peers warning']);
  });

  test('looks that are far apart say nothing together', async () => {
    const { sees, wait, accepted } = patrolling();
    await sees(few);
    wait(3_600_000);
    await sees(few);
    expect(accepted).toEqual([]);
    await sees(few);
    expect(accepted).toHaveLength(1);
  });
});

describe('a figure', () => {
  const peers = (value: number, more = {}) => {
    const limits = limitsOf({ warn: 4, critical: 1 }, 'below');
    const state = value < 1 ? 'down' : value < 4 ? 'degraded' : 'up';
    return result('Peers', state, { figure: { value, unit: 'count', limits }, ...more });
  };
  const damping = { Peers: { ...AT_ONCE, margin: 0.25 } };

  test('is well again only past its limit by the margin', async () => {
    const { sees, accepted } = patrolling({ damping });
    await sees(peers(3));
    for (const value of [4, 3, 4]) expect(await sees(peers(value))).toEqual([]);
    expect(short(await sees(peers(5)))).toEqual(['resolved Peers warning']);
    expect(await sees(peers(4))).toEqual([]);
    expect(accepted).toHaveLength(2);
  });

  test('that was above one limit does not wait for another one below', async () => {
    const { sees } = patrolling({ damping: { Utxos: { ...AT_ONCE, margin: 0.25 } } });
    const limits = [...limitsOf({ warn: 10 }, 'below'), ...limitsOf({ warn: 100 }, 'above')];
    const utxos = (value: number) =>
      result('Utxos', value < 10 ? 'degraded' : 'up', { figure: { value, unit: 'count', limits } });
    await sees(utxos(5));
    expect(short(await sees(utxos(95)))).toEqual(['resolved Utxos warning']);
  });

  test('whatever it does around its limit by less than the margin is one alert', async () => {
    const near = fc.array(fc.double({ min: 3.1, max: 4.9, noNaN: true }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(near, async (values) => {
        const { sees, accepted } = patrolling({ damping });
        for (const value of values) await sees(peers(value));
        expect(accepted.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });

  test('does not count while the service starts, nor for some minutes after; what is raised stays', async () => {
    const { sees, wait, accepted } = patrolling({ damping });
    const starting = result('Start', 'degraded', { settling: true });
    for (let look = 0; look < 5; look++) await sees(starting, peers(0));
    await sees(result('Start', 'up'), peers(0));
    expect(short(accepted)).toEqual(['firing Start warning']);
    wait(300_000);
    expect(short(await sees(result('Start', 'up'), peers(0)))).toContain('firing Peers critical');
    await sees(starting, peers(0));
    expect(short(accepted)).not.toContain('resolved Peers critical');
  });

  test('does not count right after a daemon that refused came back', async () => {
    const { sees, wait, accepted } = patrolling({ damping: { ...damping, Daemon: AT_ONCE } });
    await sees(result('Daemon', 'down', { contact: 'refused' }));
    await sees(result('Daemon', 'up'), peers(0));
    expect(short(accepted)).toEqual(['firing Daemon critical', 'resolved Daemon critical']);
    wait(300_000);
    expect(short(await sees(result('Daemon', 'up'), peers(0)))).toEqual(['firing Peers critical']);
  });
});
