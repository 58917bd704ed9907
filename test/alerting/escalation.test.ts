import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createAlerting } from '#src/alerting/alerting.ts';
import { alertIdOf } from '#src/alerting/apply.ts';
import { stepsOf } from '#src/alerting/escalation.ts';
import type { Agenda } from '#src/domain/agenda.ts';
import { type Alert, Signal } from '#src/domain/alert.ts';
import { type Fleet, fleetOf, type FleetData } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { createBundles } from '#src/store/bundles.ts';
import { type Documents, documents } from '#src/store/documents.ts';
import { createAgenda } from '#src/store/agenda.ts';
import { createSilences } from '#src/store/silences.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { recordedPost } from '#test/stand-ins/post.ts';

const MINUTE_MS = 60_000;
const signal = (status: 'firing' | 'resolved', severity = 'critical'): Signal =>
  Signal.parse({ labels: { alertname: 'TipOld', node: 'red-1', severity }, status });
const id = alertIdOf(signal('firing'));
const person = (who: string) => smallFleet.operator(who)!;
const fleetWith = (change: Partial<FleetData>): Fleet => fleetOf({ ...smallFleet, ...change });
const backup = (who: string): Partial<FleetData> => ({
  operators: smallFleet.operators.map((one) => (one.id === who ? { ...one, backup: true } : one)),
});

describe('who is told, step by step', () => {
  const about = { labels: { node: 'red-1', severity: 'critical' } };
  const all = ['carol', 'dave'];
  test.each<[string, Fleet, string | undefined, string[][]]>([
    [
      'nobody on call: all of the seat, then the coordinators',
      smallFleet,
      undefined,
      [['alice', 'bob'], all],
    ],
    ['on call first, then the others', smallFleet, 'bob', [['bob'], ['alice'], all]],
    [
      'on call, but nowhere to be reached',
      fleetWith({
        operators: smallFleet.operators.map((one) => (one.id === 'bob' ? { ...one, handles: {} } : one)),
      }),
      'bob',
      [['alice', 'bob'], all],
    ],
    ['on call, but of another team', smallFleet, 'frank', [['alice', 'bob'], all]],
    ['who only stands in comes later', fleetWith(backup('alice')), undefined, [['bob'], ['alice'], all]],
    ['who stands in and is on call comes first', fleetWith(backup('bob')), 'bob', [['bob'], ['alice'], all]],
    [
      'a coordinator of the team is not told twice',
      fleetWith({
        operators: smallFleet.operators.map((one) =>
          one.id === 'bob' ? { ...one, role: 'coordinator' } : one,
        ),
      }),
      'alice',
      [['alice'], ['bob'], all],
    ],
    [
      'a seat without operators: the coordinators, when nobody has acknowledged it',
      fleetWith({ operators: smallFleet.operators.filter(({ team }) => team !== 'red') }),
      undefined,
      [[], all],
    ],
    ['where the route is not direct, nobody', fleetWith({ routes: [] }), 'bob', []],
  ])('%s', (_name, fleet, onCall, steps) => {
    expect(stepsOf(fleet, about, onCall as OperatorId | undefined)).toEqual(steps);
  });
});

describe('escalation', () => {
  let redis: TestRedis;
  let clock: number;
  let post: ReturnType<typeof recordedPost>;
  let silences: ReturnType<typeof createSilences>;
  let alerts: Documents<Alert>;
  let due: Agenda;
  let onCall: OperatorId | undefined;
  const now = () => new Date(clock);
  const pass = (minutes: number): void => void (clock += minutes * MINUTE_MS);

  beforeEach(async () => {
    redis = await testRedis();
    clock = Date.parse('2026-01-01T00:00:00Z');
    post = recordedPost();
    onCall = 'bob' as OperatorId;
    silences = createSilences(redis.connection, now);
    alerts = documents<Alert>(redis.connection, 'alerts', { keep: 100 });
    due = createAgenda(redis.connection, 'escalations');
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const open = (over: { alerts?: Documents<Alert>; due?: Agenda; fleet?: Fleet } = {}) =>
    createAlerting({
      alerts: over.alerts ?? alerts,
      silences,
      bundles: createBundles(redis.connection),
      fleets: fixedFleets(over.fleet),
      post,
      oncalls: { firsts: (asked) => Promise.resolve(asked.map(() => onCall)) },
      escalations: over.due ?? due,
      now,
      logger: pino({ level: 'silent' }),
    });
  const told = (): readonly string[] => {
    const asked = [...post.asked];
    post.clear();
    return asked.map((line) => line.replace(`alert:${id}:`, '').replace(' room:ops', ''));
  };

  test('the one on call, after ten minutes the others of the seat, then the coordinators, then nobody', async () => {
    const alerting = open();
    await alerting.take(signal('firing'));
    expect(told()).toEqual(['send 1 → operator:bob']);
    pass(9.9);
    await alerting.sweep();
    expect(told()).toEqual([]);
    pass(0.1);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob']);
    await alerting.sweep();
    expect(told()).toEqual([]);
    pass(10);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob operator:carol operator:dave']);
    pass(1_000);
    await alerting.sweep();
    expect(told()).toEqual([]);
    expect(await due.list(Infinity, 10)).toEqual([]);
    expect((await alerting.get(id))?.escalations).toEqual([
      { at: '2026-01-01T00:10:00.000Z', to: ['alice'] },
      { at: '2026-01-01T00:20:00.000Z', to: ['carol', 'dave'] },
    ]);
    const shown = await alerting.compose(`alert:${id}:1`, { kind: 'room', room: 'ops' as never });
    expect(JSON.stringify(shown?.message)).toContain(
      'alice, 2026-01-01 00:10 UTC; carol, dave, 2026-01-01 00:20 UTC',
    );
  });

  test('the route says after how long', async () => {
    const routes = smallFleet.routes.map((route) => ({ ...route, escalateAfterMs: 2 * MINUTE_MS }));
    const alerting = open({ fleet: fleetWith({ routes }) });
    await alerting.take(signal('firing'));
    told();
    pass(2);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob']);
  });

  test('after a long pause of Tocsin the steps still follow each other, and each is told once', async () => {
    const alerting = open();
    await alerting.take(signal('firing'));
    told();
    pass(600);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob']);
    await alerting.sweep();
    expect(told()).toEqual([]);
    pass(10);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob operator:carol operator:dave']);
  });

  test.each([
    ['an acknowledgement', (desk: ReturnType<typeof open>) => desk.acknowledge(id, person('bob'))],
    ['its end', (desk: ReturnType<typeof open>) => desk.take(signal('resolved'))],
  ])('%s stops it', async (_name, stop) => {
    const alerting = open();
    await alerting.take(signal('firing'));
    pass(5);
    await stop(alerting);
    told();
    pass(60);
    await alerting.sweep();
    expect(told()).toEqual([]);
    expect((await alerting.get(id))?.escalations).toBeUndefined();
    expect(await due.list(Infinity, 10)).toEqual([]);
  });

  test('an alert that is not critical goes no further', async () => {
    const routes = smallFleet.routes.map((route) => ({ ...route, match: {} }));
    const alerting = open({ fleet: fleetWith({ routes }) });
    await alerting.take(signal('firing', 'warning'));
    expect(post.asked[0]).toMatch(/→ operator:bob room:ops$/);
    expect(await due.list(Infinity, 10)).toEqual([]);
  });

  const silence = (minutes: number) =>
    silences.add({
      id: 's1',
      match: { seat: 'red_EU' },
      comment: '',
      createdBy: 'carol' as OperatorId,
      createdAt: now().toISOString(),
      endsAt: new Date(clock + minutes * MINUTE_MS).toISOString(),
    });

  test('a silence holds it up for as long as it lasts', async () => {
    const alerting = open();
    await alerting.take(signal('firing'));
    pass(5);
    await silence(30);
    told();
    for (let minute = 0; minute < 29; minute++) {
      pass(1);
      await alerting.sweep();
    }
    expect(told()).toEqual([]);
    pass(2);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob']);
  });

  test('what begins silenced counts from the end of the silence, and goes to whoever is on call then', async () => {
    const alerting = open();
    await silence(60);
    await alerting.take(signal('firing'));
    pass(61);
    onCall = 'alice' as OperatorId;
    await alerting.sweep();
    expect(told().filter((line) => line.startsWith('send'))).toEqual(['send 1 → operator:alice']);
    pass(9);
    await alerting.sweep();
    expect(told()).toEqual([]);
    pass(1);
    await alerting.sweep();
    expect(told()).toEqual(['send 1 → operator:alice operator:bob']);
  });

  test('a new episode begins anew, with whoever is on call then', async () => {
    const alerting = open();
    await alerting.take(signal('firing'));
    pass(20);
    await alerting.sweep();
    await alerting.take(signal('resolved'));
    pass(5);
    onCall = 'alice' as OperatorId;
    await alerting.take(signal('firing'));
    expect(told().at(-1)).toBe('send 2 → operator:alice');
    pass(10);
    await alerting.sweep();
    expect(told()).toEqual(['send 2 → operator:alice operator:bob']);
  });

  test('the message of an episode that is over shows its own escalation, not that of the next', async () => {
    const alerting = open();
    await alerting.take(signal('firing'));
    pass(1);
    await alerting.take(signal('resolved'));
    pass(1);
    await alerting.take(signal('firing'));
    pass(10);
    await alerting.sweep();
    const shown = async (episode: number): Promise<string> => {
      const composed = await alerting.compose(`alert:${id}:${episode}`, {
        kind: 'direct',
        operator: onCall!,
      });
      return JSON.stringify(composed?.message);
    };
    expect([await shown(1), await shown(2)].map((words) => words.includes('Escalated'))).toEqual([
      false,
      true,
    ]);
  });

  test('two processes that look at the same time take one step', async () => {
    await open().take(signal('firing'));
    told();
    pass(10);
    await Promise.all([open().sweep(), open().sweep(), open().sweep()]);
    expect(new Set(told())).toEqual(new Set(['send 1 → operator:alice operator:bob']));
    expect((await alerts.get(id))?.escalations).toHaveLength(1);
  });

  test('an acknowledgement at the same moment wins or loses, and stays', async () => {
    const alerting = open();
    await alerting.take(signal('firing'));
    pass(10);
    await Promise.all([alerting.sweep(), alerting.acknowledge(id, person('bob'))]);
    expect(await alerting.get(id)).toMatchObject({ acknowledgedBy: 'bob' });
    told();
    pass(60);
    await alerting.sweep();
    expect(told()).toEqual([]);
  });

  describe('killed anywhere, it goes on: each is told, nobody of a step that was not on record', () => {
    const deeds = [
      'alerts.getMany',
      'alerts.updateAll',
      'alerts.updateAll',
      'post.sendAll',
      'due.plan',
      'due.settle',
    ];
    const points = deeds.flatMap((deed, nth) =>
      ['before', 'after'].map((when) => ({
        deed,
        when,
        nth: deeds.slice(0, nth).filter((one) => one === deed).length,
      })),
    );
    test.each(points)('$when $deed, the call $nth of it', async ({ deed, when, nth }) => {
      await open().take(signal('firing'));
      told();
      pass(10);
      let calls = 0;
      let killed = false;
      const mortal = <T extends object>(name: string, real: T): T =>
        new Proxy(real, {
          get: (target, key) => {
            const found: unknown = Reflect.get(target, key);
            if (typeof found !== 'function') return found;
            return async (...words: readonly unknown[]) => {
              const isIt = `${name}.${String(key)}` === deed && calls++ === nth;
              if (killed || (isIt && when === 'before')) throw ((killed = true), new Error('killed'));
              const answer: unknown = await Reflect.apply(found, target, words);
              if (isIt) throw ((killed = true), new Error('killed'));
              return answer;
            };
          },
        });
      const real = post;
      post = mortal('post', real);
      await expect(
        open({ alerts: mortal('alerts', alerts), due: mortal('due', due) }).sweep(),
      ).rejects.toThrow('killed');
      post = real;
      pass(0.25);
      await open().sweep();
      expect(new Set(told())).toEqual(new Set(['send 1 → operator:alice operator:bob']));
      expect((await alerts.get(id))?.escalations?.map(({ to }) => to)).toEqual([['alice']]);
      await open().sweep();
      expect(told()).toEqual([]);
      pass(10);
      await open().sweep();
      expect(told()).toEqual(['send 1 → operator:alice operator:bob operator:carol operator:dave']);
    });
  });
});
