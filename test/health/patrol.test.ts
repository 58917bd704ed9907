import * as fc from 'fast-check';
import pino from 'pino';
import { describe, expect, test } from 'vitest';

import type { Alert, Signal } from '#src/domain/alert.ts';
import { applySignal } from '#src/alerting/apply.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { AT_ONCE, patrolling as damped, short } from './patrolling.ts';
import { health, mortalWorld, result } from './seen.ts';

const [target] = smallFleet.targets();
if (!target) throw new Error('the small fleet has a target');

const UNDAMPED = Object.fromEntries(
  ['Peers', 'Tip', 'Daemon', 'DaemonStarting', 'DaemonSilent'].map((name) => [name, AT_ONCE]),
);
const patrolling = (fleets = fixedFleets()) => damped({ fleets, damping: UNDAMPED });

/** When the nth look began. */
const at = (look: number): string => new Date(Date.UTC(2026, 0, 1) + look * 30_000).toISOString();

describe('a finding', () => {
  test('fires once, with who and what and what to do', async () => {
    const { sees } = patrolling();
    expect(await sees(result('Peers', 'up'))).toEqual([]);
    const bad = result('Peers', 'degraded', { remedy: 'restart-chain', advice: 'Add peers.', shown: '3' });
    expect(await sees(bad)).toEqual([
      {
        status: 'firing',
        startsAt: at(2),
        labels: {
          alertname: 'Peers',
          severity: 'warning',
          node: 'red-1',
          service: 'KMD',
          coin: 'KMD',
          seat: 'red_EU',
          region: 'EU',
        },
        annotations: {
          summary: 'KMD on red-1: Peers is bad',
          seen: '3',
          description: 'Add peers.',
          runbook: 'Peers',
          remedy: 'restart-chain',
          remedy_node: 'red-1',
          remedy_service: 'KMD',
        },
      },
    ]);
    expect(await sees(result('Peers', 'degraded'))).toEqual([]);
  });

  test('resolves when it is up again, with the labels and the beginning it fired with', async () => {
    const { sees } = patrolling();
    const [fired] = await sees(result('Peers', 'down'));
    const [resolved, ...more] = await sees(result('Peers', 'up'));
    expect(resolved).toEqual({ ...fired, status: 'resolved', endsAt: at(2) });
    expect(more).toEqual([]);
    expect(short(await sees(result('Peers', 'down')))).toEqual(['firing Peers critical']);
  });

  test('that gets worse is another alert; the lesser one ends', async () => {
    const { sees } = patrolling();
    await sees(result('Peers', 'degraded'));
    expect(short(await sees(result('Peers', 'down')))).toEqual([
      'resolved Peers warning',
      'firing Peers critical',
    ]);
    expect(short(await sees(result('Peers', 'degraded')))).toEqual([
      'resolved Peers critical',
      'firing Peers warning',
    ]);
  });

  test('that gets another name is another alert', async () => {
    const { sees } = patrolling();
    await sees(result('Daemon', 'degraded', { alertname: 'DaemonStarting' }));
    expect(short(await sees(result('Daemon', 'degraded', { alertname: 'DaemonSilent' })))).toEqual([
      'resolved DaemonStarting warning',
      'firing DaemonSilent warning',
    ]);
  });

  test('that is unknown, or was not looked at, stays as it was', async () => {
    const { sees } = patrolling();
    expect(await sees(result('Peers', 'unknown'))).toEqual([]);
    await sees(result('Peers', 'down'));
    expect(await sees(result('Peers', 'unknown'))).toEqual([]);
    expect(await sees(result('look', 'unknown'))).toEqual([]);
    expect(await sees(result('Peers', 'down'))).toEqual([]);
    expect(short(await sees(result('Peers', 'up')))).toEqual(['resolved Peers critical']);
  });

  test('of a check that a look leaves out, although it got through, is over', async () => {
    const { sees } = patrolling();
    await sees(result('Peers', 'down'), result('Tip', 'down'));
    expect(short(await sees(result('Tip', 'down')))).toEqual(['resolved Peers critical']);
    expect(short(await sees())).toEqual(['resolved Tip critical']);
  });

  test('tells since when it has been so, where the check knows', async () => {
    const { sees } = patrolling();
    const since = '2025-12-31T23:00:00.000Z';
    const finding = { state: 'down', why: 'is starting', facts: { since } } as const;
    const [signal] = await sees(result('Daemon', 'down', { finding }));
    expect(signal).toMatchObject({ startsAt: at(1), annotations: { since } });
  });
});

test('what was seen last is kept', async () => {
  const { sees, memory } = patrolling();
  await sees(result('Peers', 'degraded'));
  expect((await memory.latest([target]))[0]).toMatchObject({ state: 'degraded', at: at(1) });
});

test('whoever watches is told of every look, after its alerts', async () => {
  const told: string[] = [];
  const world = mortalWorld();
  const patrol = createPatrol({
    ...world,
    kinds: [{ damping: UNDAMPED }],
    watchers: [
      { saw: async (of, { state }) => void told.push(`${of.node.id} ${state} ${world.accepted.length}`) },
      { saw: async () => void told.push('and so is the next') },
    ],
    fleets: fixedFleets(),
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    lookAt: async () => {
      const seen = result('Peers', told.length === 0 ? 'down' : 'up');
      return health([seen], { at: at(told.length) });
    },
  });
  await patrol.patrolService(target);
  await patrol.patrolService(target);
  expect(told).toEqual(['red-1 down 1', 'and so is the next', 'red-1 up 2', 'and so is the next']);
});

test('the look is told what was seen before', async () => {
  const world = mortalWorld();
  const told: (string | undefined)[] = [];
  const patrol = createPatrol({
    ...world,
    kinds: [],
    fleets: fixedFleets(),
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    lookAt: async (_, earlier) => {
      told.push(earlier?.at);
      return health([], { at: at(told.length) });
    },
  });
  await patrol.patrolService(target);
  await patrol.patrolService(target);
  expect(told).toEqual([undefined, at(1)]);
});

/** What stands in the alerting after these signals, each perhaps heard several times. */
function alertsAfter(signals: readonly Signal[]): readonly string[] {
  const alerts = new Map<string, Alert>();
  for (const signal of signals) {
    const key = JSON.stringify(signal.labels);
    alerts.set(key, applySignal(alerts.get(key), signal, new Date(signal.endsAt ?? signal.startsAt ?? 0)));
  }
  return [...alerts.values()]
    .filter(({ status }) => status === 'firing')
    .map(({ labels }) => `${labels['alertname']} ${labels['severity']}`)
    .toSorted();
}

const state = fc.constantFrom('up', 'unknown', 'degraded', 'down', 'down');

test('killed between any two writes, again and again, it ends with the alerts of what is so', async () => {
  const step = fc.record({ peers: state, tip: state, death: fc.nat({ max: 9 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { sees, accepted, dieAt, live, restart } = patrolling();
      for (const { peers, tip, death } of steps) {
        dieAt(death);
        // Points beyond the last write kill nobody.
        await sees(result('Peers', peers), result('Tip', tip)).catch((error: unknown) => {
          if ((error as Error).message !== 'killed') throw error;
          restart();
        });
      }
      live();
      const last = { peers: 'down', tip: steps.length % 2 === 0 ? 'up' : 'degraded' } as const;
      await sees(result('Peers', last.peers), result('Tip', last.tip));
      const expected = ['Peers critical', ...(last.tip === 'degraded' ? ['Tip warning'] : [])];
      expect(alertsAfter(accepted).toSorted()).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('no sequence of looks raises an alert twice without an end between, however it is damped', async () => {
  const damping = fc.record({
    of: fc.integer({ min: 1, max: 5 }),
    looks: fc.integer({ min: 1, max: 5 }),
    forMs: fc.constantFrom(0, 60_000),
  });
  const looks = fc.array(fc.record({ peers: state, tip: state, other: fc.boolean() }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(damping, looks, async (one, steps) => {
      const { seesOf, accepted, restart } = damped({ damping: { Peers: one } });
      for (const { peers, tip, other } of steps) {
        if (other) restart();
        await seesOf(other ? 'blue-1 KMD' : 'red-1 KMD', result('Peers', peers), result('Tip', tip));
      }
      const firing = new Map<string, string>();
      for (const { labels, status, startsAt = '' } of accepted) {
        const key = JSON.stringify(labels);
        expect(firing.has(key)).toBe(status === 'resolved');
        if (status === 'resolved') expect(firing.get(key)).toBe(startsAt);
        if (status === 'firing') firing.set(key, startsAt);
        else firing.delete(key);
      }
    }),
    { numRuns: 300 },
  );
});

test('two processes that look at the same node by turns give each alert once', async () => {
  const { sees, accepted, restart } = patrolling();
  for (const seen of ['down', 'down', 'up', 'down', 'up', 'up'] as const) {
    restart();
    await sees(result('Peers', seen));
  }
  expect(short(accepted)).toEqual([
    'firing Peers critical',
    'resolved Peers critical',
    'firing Peers critical',
    'resolved Peers critical',
  ]);
});

test('a look that is older than what is known changes nothing', async () => {
  const world = mortalWorld();
  const ages = [3, 1, 2];
  const patrol = createPatrol({
    ...world,
    kinds: [{ damping: UNDAMPED }],
    fleets: fixedFleets(),
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    lookAt: async () => {
      const look = ages.shift() ?? 0;
      return health([result('Peers', look === 3 ? 'down' : 'up')], { at: at(look) });
    },
  });
  for (let look = 0; look < 3; look++) await patrol.patrolService(target);
  expect(short(world.accepted)).toEqual(['firing Peers critical']);
  expect((await world.memory.latest([target]))[0]?.at).toBe(at(3));
});

test('looks at a node that end together are decided together, and each is told once', async () => {
  const world = mortalWorld();
  const patrol = createPatrol({
    ...world,
    kinds: [{ damping: UNDAMPED }],
    fleets: fixedFleets(),
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    lookAt: async ({ node, service }) =>
      health([result('Peers', 'down')], { node: node.id, service: service.id, at: at(1) }),
  });
  await Promise.all(
    smallFleet.targets().flatMap((one) => [patrol.patrolService(one), patrol.patrolService(one)]),
  );
  expect(short(world.accepted)).toEqual(['firing Peers critical', 'firing Peers critical']);
});

test('killed after the intake took a signal, it gives the same once more, and nothing else', async () => {
  const { sees, accepted, dieAt, live, restart } = patrolling();
  // Writes: memory, intake, memory. Point 3 lies right after the intake's.
  dieAt(3);
  await expect(sees(result('Peers', 'down'))).rejects.toThrow('killed');
  live();
  restart();
  await sees(result('Peers', 'down'));
  expect(accepted).toHaveLength(2);
  expect(accepted[1]).toEqual(accepted[0]);
  expect(await sees(result('Peers', 'down'))).toEqual([]);
});

test('an intake that cannot take it is asked again at the next patrol, with the same beginning', async () => {
  const { sees, dieAt, live } = patrolling();
  dieAt(2);
  await expect(sees(result('Peers', 'down'))).rejects.toThrow('killed');
  live();
  const [signal] = await sees(result('Peers', 'down'));
  expect(signal).toMatchObject({ status: 'firing', startsAt: at(1) });
});

describe('a service that leaves the fleet', () => {
  test('takes its alerts with it, once; those that stay keep theirs', async () => {
    let fleet = smallFleet;
    const { sees, patrol, accepted, memory } = patrolling({
      current: () => fleet,
      onChange: () => undefined,
    });
    await sees(result('Peers', 'down'));
    await patrol().retire();
    expect(short(accepted)).toEqual(['firing Peers critical']);
    fleet = { ...smallFleet, target: () => undefined, node: () => undefined };
    await patrol().retire();
    await patrol().retire();
    expect(short(accepted)).toEqual(['firing Peers critical', 'resolved Peers critical']);
    expect([await memory.scopes(), await memory.services()]).toEqual([[], []]);
  });
});
