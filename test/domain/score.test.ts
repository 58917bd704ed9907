import { describe, expect, test } from 'vitest';

import { COSTS, type CheckResult, type Cost } from '#src/domain/finding.ts';
import { POINTS, pointsWords, type Score, scoreOf, scoreWords } from '#src/domain/score.ts';
import { health, result } from '#test/health/seen.ts';

const costing = (costs: Cost | undefined, state: 'degraded' | 'down', check = 'peers'): CheckResult =>
  result(check, state, { costs });
const up = (check: string) => result(check, 'up');
const lost = ({ losses }: Score): number => losses.reduce((sum, { points }) => sum + points, 0);

describe('the score of a service', () => {
  test('that is fine is 100, and nothing is lost', () => {
    expect(scoreOf([health([up('a'), up('b')])])).toEqual({ points: 100, checks: 2, unknown: 0, losses: [] });
  });

  test.each([
    ['a fork', 'notarisations', 'down', 0],
    ['few UTXOs', 'notarisations', 'degraded', 60],
    ['no peers', 'soon', 'down', 60],
    ['few peers', 'soon', 'degraded', 85],
    ['a huge wallet', 'time', 'down', 85],
    ['a slow call', 'time', 'degraded', 95],
    ['something that does not say', undefined, 'degraded', 85],
  ] as const)('with %s (%s, %s) is %i', (_, costs, state, points) => {
    expect(scoreOf([health([up('a'), costing(costs, state)])]).points).toBe(points);
  });

  test('what costs more takes more, and nothing is taken twice', () => {
    for (const state of ['degraded', 'down'] as const) {
      const points = COSTS.map((cost) => POINTS[cost][state]);
      expect(points).toEqual(points.toSorted((a, b) => b - a));
    }
    const score = scoreOf([
      health([
        costing('time', 'down', 'a'),
        costing('notarisations', 'down', 'b'),
        costing('soon', 'down', 'c'),
      ]),
    ]);
    expect(score.losses.map(({ title, points }) => [title, points])).toEqual([
      ['b', 100],
      ['c', 0],
      ['a', 0],
    ]);
    expect(score.points).toBe(0);
  });

  test('what is not known neither costs nor helps: it is said beside the score', () => {
    const sure = scoreOf([health([up('a'), costing('soon', 'degraded')])]);
    const unsure = scoreOf([health([up('a'), costing('soon', 'degraded'), result('c', 'unknown')])]);
    expect(unsure.points).toBe(sure.points);
    expect([scoreWords(sure), scoreWords(unsure)]).toEqual(['85 of 100', '85 of 100, 1 of 3 checks unknown']);
  });

  test('of which nothing is known is none', () => {
    const score = scoreOf([health([result('a', 'unknown'), result('b', 'unknown')]), undefined]);
    expect(score.points).toBeUndefined();
    expect(scoreWords(score)).toBe('no score: none of 3 checks known');
    expect(pointsWords(score)).toBe('–');
    expect(scoreWords(scoreOf([]))).toBe('no score: there is nothing to look at');
  });
});

describe('the score of a node', () => {
  const fine = (service: string) => health([up('a')], { service });
  const down = health([costing('notarisations', 'down')], { service: 'LTC' });

  test('is the mean of its services; those that are not known are left out', () => {
    const blind = health([result('a', 'unknown')], { service: 'DOC' });
    expect(scoreOf([fine('KMD'), fine('MCL'), fine('VRSC'), down]).points).toBe(75);
    expect(scoreOf([fine('KMD'), down, blind]).points).toBe(50);
  });

  test('is lost with what costs every notarisation of it, however many services are fine', () => {
    const iguana = health([costing('node', 'down')], { service: 'iguana' });
    const score = scoreOf([...Array.from({ length: 39 }, (_, at) => fine(`C${at}`)), iguana, down]);
    expect(score.points).toBe(0);
    expect(score.losses[0]).toMatchObject({ service: 'iguana', points: 100 });
  });

  test('loses once what each of its services says of it', () => {
    const disk = result('disk', 'down', { costs: 'soon', of: 'node' });
    const services = ['KMD', 'MCL', 'LTC'].map((service) => health([up('a'), disk], { service }));
    const score = scoreOf(services);
    expect([score.points, score.losses.length]).toEqual([60, 1]);
  });

  test('of several nodes is the mean of theirs', () => {
    const other = health([up('a')], { node: 'red-2', service: 'iguana' });
    const iguana = health([costing('node', 'down')], { service: 'iguana' });
    expect(scoreOf([fine('KMD'), iguana, other]).points).toBe(50);
  });
});

test('losses add up to what is missing to 100, whatever was seen', () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const states = ['up', 'unknown', 'degraded', 'down'] as const;
  for (let turn = 0; turn < 2_000; turn++) {
    const healths = Array.from({ length: random(5) }, (_, at) =>
      health(
        Array.from({ length: random(6) }, (_, check) =>
          result(`c${check}`, states[random(4)] ?? 'up', { costs: COSTS[random(5)] }),
        ),
        { node: `n${random(2)}`, service: `s${at}` },
      ),
    );
    const score = scoreOf(healths);
    if (score.points === undefined) expect(score.losses).toEqual([]);
    else {
      expect(score.points + lost(score)).toBeCloseTo(100, 9);
      expect(score.points >= 0 && score.points <= 100 && score.unknown <= score.checks).toBe(true);
    }
  }
});

test('is never rounded up to 100', () => {
  expect(pointsWords({ points: 99.97 })).toBe('99');
  expect(pointsWords({ points: 100 - 40 / 3 - 40 / 3 - 40 / 3 })).toBe('60');
});
