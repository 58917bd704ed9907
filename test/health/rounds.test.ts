import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { nextTurn, nextTurnIn, roundOf } from '#src/health/rounds.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

const EVERY_MS = 60_000;
const targets = Array.from({ length: 640 }, (_, index) =>
  targetOf({ node: `node-${index >> 2}`, service: `S${index & 3}` }),
);

test('the rounds of a fleet are spread over the interval, each at the same place whenever it is asked', () => {
  const rounds = targets.map((target) => roundOf(target, EVERY_MS));
  const perSixth = Map.groupBy(rounds, ({ offsetMs }) => Math.floor(offsetMs / 10_000));
  expect([...perSixth.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  for (const some of perSixth.values()) expect(some.length).toBeGreaterThan(640 / 6 / 1.6);
  expect(targets.map((target) => roundOf(target, EVERY_MS))).toEqual(rounds);
});

test('a service has its own interval, else that of the fleet', () => {
  const target = targetOf();
  const own = { ...target, service: { ...target.service, everyMs: 5_000 } };
  expect([roundOf(target, EVERY_MS).everyMs, roundOf(own, EVERY_MS).everyMs]).toEqual([60_000, 5_000]);
});

const round = fc
  .record({ everyMs: fc.integer({ min: 1, max: 1e7 }), offset: fc.nat() })
  .map(({ everyMs, offset }) => ({ node: 'n', service: 's', everyMs, offsetMs: offset % everyMs }));

test('the next turn is within the interval, after now, at the offset', () => {
  fc.assert(
    fc.property(round, fc.nat({ max: 2e12 }), (one, after) => {
      const turn = nextTurn(one, after);
      expect(turn).toBeGreaterThan(after);
      expect(turn - after).toBeLessThanOrEqual(one.everyMs);
      expect(turn % one.everyMs).toBe(one.offsetMs);
    }),
  );
});

test('the turn after one that was early or late is at its place again, at least half an interval on', () => {
  fc.assert(
    fc.property(round, fc.integer({ min: 1e12, max: 2e12 }), fc.nat({ max: 1e6 }), (one, began, tookMs) => {
      const next = began + tookMs + nextTurnIn(one, began, began + tookMs);
      if (tookMs > one.everyMs * 1.5) expect(next).toBe(began + tookMs);
      else expect(next - began).toBeGreaterThan(one.everyMs / 2);
      expect(next - began).toBeLessThanOrEqual(Math.max(one.everyMs * 1.5, tookMs));
    }),
  );
});
