import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { nextTurn, roundsOf } from '#src/health/rounds.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

const EVERY_MS = 60_000;
const targets = Array.from({ length: 640 }, (_, index) =>
  targetOf({ node: `node-${index >> 2}`, service: `S${index & 3}` }),
);

test('the rounds of a fleet are spread over the interval', () => {
  const rounds = roundsOf(targets, EVERY_MS);
  const perSixth = Map.groupBy(rounds, ({ offsetMs }) => Math.floor(offsetMs / 10_000));
  expect([...perSixth.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  for (const some of perSixth.values()) expect(some.length).toBeGreaterThan(640 / 6 / 1.6);
  expect(new Set(rounds.map(({ id }) => id)).size).toBe(640);
});

test('a round keeps its place whatever else is in the fleet', () => {
  const [alone] = roundsOf(targets.slice(5, 6), EVERY_MS);
  expect(roundsOf(targets, EVERY_MS)[5]).toEqual(alone);
  expect(alone?.id).toMatch(/^[a-z0-9]+$/);
});

test('the next turn is within the interval, after now, at the offset', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e7 }),
      fc.nat(),
      fc.nat({ max: 2e12 }),
      (everyMs, offset, after) => {
        const round = { id: 'x', node: 'n', service: 's', everyMs, offsetMs: offset % everyMs };
        const turn = nextTurn(round, after);
        expect(turn).toBeGreaterThan(after);
        expect(turn - after).toBeLessThanOrEqual(everyMs);
        expect(turn % everyMs).toBe(round.offsetMs);
      },
    ),
  );
});
