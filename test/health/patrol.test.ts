import * as fc from 'fast-check';
import pino from 'pino';
import { describe, expect, test } from 'vitest';

import type { Alert, Signal } from '#src/domain/alert.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import { applySignal } from '#src/alerting/apply.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { health, mortalWorld, result } from './seen.ts';

const [target] = smallFleet.targets();
if (!target) throw new Error('the small fleet has a target');

/** A patrol over a service whose state the test says, and a clock that moves by a minute each look. */
function patrolling(fleets = fixedFleets()) {
  const world = mortalWorld();
  let minute = 0;
  let seen: readonly CheckResult[] = [];
  const now = () => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const patrol = createPatrol({
    ...world,
    fleets,
    now,
    logger: pino({ level: 'silent' }),
    lookAt: async () => health(seen, { at: now().toISOString() }),
  });
  return {
    ...world,
    patrol,
    /** Answers with the signals this look gave. */
    sees: async (...results: readonly CheckResult[]): Promise<readonly Signal[]> => {
      seen = results;
      minute++;
      const before = world.accepted.length;
      await patrol.patrolService(target as never);
      return world.accepted.slice(before);
    },
  };
}

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const short = (signals: readonly Signal[]): readonly string[] =>
  signals.map(({ labels, status }) => `${status} ${labels['alertname']} ${labels['severity']}`);

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
    watcher: {
      saw: async (of, { state }) => void told.push(`${of.node.id} ${state} ${world.accepted.length}`),
    },
    fleets: fixedFleets(),
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    lookAt: async () => health([result('Peers', told.length === 0 ? 'down' : 'up')]),
  });
  await patrol.patrolService(target);
  await patrol.patrolService(target);
  expect(told).toEqual(['red-1 down 1', 'red-1 up 2']);
});

test('the look is told what was seen before', async () => {
  const world = mortalWorld();
  const told: (string | undefined)[] = [];
  const patrol = createPatrol({
    ...world,
    fleets: fixedFleets(),
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    lookAt: async (_, earlier) => {
      told.push(earlier?.at);
      return health([], { at: `look ${told.length}` });
    },
  });
  await patrol.patrolService(target);
  await patrol.patrolService(target);
  expect(told).toEqual([undefined, 'look 1']);
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

test('killed between any two writes, again and again, it ends with the alerts of what is so', async () => {
  const state = fc.constantFrom('up', 'unknown', 'degraded', 'down', 'down');
  const step = fc.record({ peers: state, tip: state, death: fc.nat({ max: 9 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { sees, accepted, dieAt, live } = patrolling();
      for (const { peers, tip, death } of steps) {
        dieAt(death);
        // Points beyond the last write kill nobody.
        await sees(result('Peers', peers), result('Tip', tip)).catch((error: unknown) => {
          if ((error as Error).message !== 'killed') throw error;
        });
      }
      live();
      const last = { peers: 'down', tip: steps.length % 2 === 0 ? 'up' : 'degraded' } as const;
      await sees(result('Peers', last.peers), result('Tip', last.tip));
      const expected = ['Peers critical', ...(last.tip === 'degraded' ? ['Tip warning'] : [])];
      expect(alertsAfter(accepted)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('killed after the intake took a signal, it gives the same once more, and nothing else', async () => {
  const { sees, accepted, dieAt, live } = patrolling();
  // Writes: memory, intake, memory. Point 3 lies right after the intake's.
  dieAt(3);
  await expect(sees(result('Peers', 'down'))).rejects.toThrow('killed');
  live();
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
    await patrol.retire();
    expect(short(accepted)).toEqual(['firing Peers critical']);
    fleet = { ...smallFleet, target: () => undefined };
    await patrol.retire();
    await patrol.retire();
    expect(short(accepted)).toEqual(['firing Peers critical', 'resolved Peers critical']);
    expect(await memory.list()).toEqual([]);
  });
});
