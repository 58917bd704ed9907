import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { fleetOf } from '#src/domain/fleet.ts';
import type { Oncalls, Overrides } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { createOncalls } from '#src/oncall/oncalls.ts';
import { documents } from '#src/store/documents.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

const HOUR_MS = 3_600_000;
const at = (hour: number): Date => new Date(Date.parse('2026-01-05T08:00:00Z') + hour * HOUR_MS);
const [alice, bob] = ['alice', 'bob'] as OperatorId[] as [OperatorId, OperatorId];
const fleet = fleetOf({
  ...smallFleet,
  rotas: [
    { team: 'red', order: [alice, bob], turns: { shiftMs: 24 * HOUR_MS, sinceMs: at(0).getTime() } },
    { team: 'blue', order: ['frank' as OperatorId] },
  ],
});
const person = (id: string) => fleet.operator(id)!;

describe('on call', () => {
  let redis: TestRedis;
  let oncalls: Oncalls;
  let audited: unknown[];

  const open = (of = fleet): Oncalls =>
    createOncalls({
      fleets: fixedFleets(of),
      overrides: documents<Overrides>(redis.connection, 'oncall', { keep: 100 }),
      audit: {
        write: (entry) => Promise.resolve(void audited.push(entry)),
      },
    });

  beforeEach(async () => {
    redis = await testRedis();
    audited = [];
    oncalls = open();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const set = (operator: string, from: number, hours: number, by = 'alice', team = 'red') =>
    oncalls.set({ team, operator, from: at(from), forMs: hours * HOUR_MS }, person(by));

  test('the rota says who is first, and who is next', async () => {
    expect(await oncalls.list(at(1))).toEqual([
      { team: 'red', operator: 'alice', next: { operator: 'bob', at: at(24).toISOString() } },
      { team: 'blue', operator: 'frank' },
    ]);
    expect(await oncalls.firstOf('red', at(25))).toBe('bob');
  });

  test('of a team without a rota nobody is first, until somebody is set', async () => {
    expect(await oncalls.firstOf('grey', at(1))).toBeUndefined();
    await set('mute', 1, 8, 'carol', 'grey');
    expect(
      await oncalls.firsts([
        ['grey', at(1)],
        ['grey', at(8)],
        ['grey', at(9)],
        ['red', at(1)],
      ]),
    ).toEqual(['mute', 'mute', undefined, 'alice']);
    expect(await oncalls.list(at(2))).toContainEqual(
      expect.objectContaining({ team: 'grey', next: { operator: undefined, at: at(9).toISOString() } }),
    );
  });

  test('an override ends by itself, and the rota goes on as if it had not been', async () => {
    const duty = await set('bob', 2, 8);
    expect(duty).toMatchObject({ operator: 'bob', next: { operator: 'alice', at: at(10).toISOString() } });
    const firsts = await oncalls.firsts([1, 2, 9.99, 10, 24].map((hour) => ['red', at(hour)] as const));
    expect(firsts).toEqual(['alice', 'bob', 'bob', 'alice', 'bob']);
    expect(audited).toEqual([
      {
        who: 'alice',
        what: 'oncall.set',
        about: 'red',
        detail: { team: 'red', operator: 'bob', from: at(2).toISOString(), until: at(10).toISOString() },
      },
    ]);
  });

  test('who is next is somebody else: a handover to the same person is none', async () => {
    // bob until hour 30, and his own turn begins at 24.
    expect((await set('bob', 2, 28)).next).toEqual({ operator: 'alice', at: at(48).toISOString() });
  });

  test('the override that was set last wins while it lasts', async () => {
    await set('bob', 0, 12);
    await set('alice', 2, 2);
    const firsts = await oncalls.firsts([1, 3, 5].map((hour) => ['red', at(hour)] as const));
    expect(firsts).toEqual(['bob', 'alice', 'bob']);
  });

  test('whoever has left the team is not called', async () => {
    await set('bob', 0, 12);
    const without = fleetOf({ ...fleet, operators: fleet.operators.filter(({ id }) => id !== 'bob') });
    expect(await open(without).firstOf('red', at(1))).toBe('alice');
  });

  test('two at the same instant are both on record', async () => {
    await Promise.all([set('bob', 1, 1), set('bob', 3, 1, 'carol')]);
    const firsts = await oncalls.firsts([1.5, 2.5, 3.5].map((hour) => ['red', at(hour)] as const));
    expect(firsts).toEqual(['bob', 'alice', 'bob']);
  });

  test.each([
    ['another team’s notary', 'frank', 'red', 'bob', 'not yours'],
    ['an observer', 'erin', 'red', 'bob', 'needs the role notary'],
    ['a person of another team', 'alice', 'red', 'frank', 'not of team red'],
    ['a misspelt person', 'alice', 'red', 'bop', 'did you mean "bob"'],
    ['a misspelt team', 'carol', 'rad', 'bob', 'did you mean "red"'],
  ])('%s is refused', async (_name, by, team, operator, words) => {
    await expect(set(operator, 0, 1, by, team)).rejects.toThrow(words);
    expect(audited).toEqual([]);
    expect(await oncalls.firstOf('red', at(0))).toBe('alice');
  });
});
