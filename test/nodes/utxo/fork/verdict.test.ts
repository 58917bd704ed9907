import { describe, expect, test } from 'vitest';

import { markHeights } from '#src/domain/voice.ts';
import { campsOf, judge as judgeCamps, type Witness } from '#src/nodes/utxo/fork/verdict.ts';

const judge = (own: Witness, others: readonly Witness[]) => judgeCamps(own, campsOf(others));

/** A chain up to `tip`; from `forkedAt` on a branch of its own. */
const chain = (tip: number, forkedAt = Infinity, branch = 'b'): Witness => ({
  name: `${branch}@${tip}`,
  marks: markHeights(tip).map((height) => ({
    height,
    hash: `${height >= forkedAt ? branch : 'a'}${height}`,
  })),
});

test.each([0, 1])('with %i other voices nobody can tell', (others) => {
  const verdict = judge(
    chain(100),
    Array.from({ length: others }, () => chain(100)),
  );
  expect(verdict).toEqual({ kind: 'too few', of: others + 1 });
});

test('nodes at different heights of one chain agree', () => {
  for (const tip of [1_000, 1_001, 1_007, 1_040]) {
    const others = [chain(1_003), chain(1_000), chain(1_020)];
    expect(judge(chain(tip), others)).toEqual({ kind: 'agreed', of: 4 });
  }
});

describe('one that forked', () => {
  test.each([
    [1_000, 1_003, 998],
    [1_000, 1_001, 1_000],
    [1_010, 1_060, 1_000],
    [4_771_600, 4_771_595, 4_000_000],
    [1_000, 1_000, 0],
  ])('at %i against two at %i is the minority, the split within what is told', (own, other, split) => {
    const verdict = judge(chain(own, split), [chain(other), chain(other - 1)]);
    expect(verdict).toMatchObject({ kind: 'minority', of: 3, majority: [{}, {}] });
    const { parting } = verdict as Extract<typeof verdict, { kind: 'minority' }>;
    expect(parting.same).toBeLessThan(split);
    expect(parting.differs).toBeGreaterThanOrEqual(split);
  });

  test('is named exactly where the newest blocks tell it', () => {
    expect(judge(chain(1_000, 997), [chain(1_001), chain(1_000)])).toMatchObject({
      parting: { same: 996, differs: 997 },
    });
  });

  test('is no matter to the majority, which says how many it is', () => {
    const others = [chain(1_000), chain(1_001, 995)];
    expect(judge(chain(1_000), others)).toEqual({ kind: 'majority', of: 3, same: 2 });
  });
});

test('an even split is nobody’s fork, nor is a chain in three', () => {
  const even = [chain(1_000), chain(1_000, 990), chain(1_000, 990)];
  expect(judge(chain(1_000), even)).toMatchObject({ kind: 'undecided', of: 4, same: 2 });
  const three = [chain(1_000, 990, 'b'), chain(1_000, 980, 'c')];
  expect(judge(chain(1_000), three)).toMatchObject({ kind: 'undecided', of: 3, same: 1 });
});

test('the largest of others is the majority only with more than half of all', () => {
  const others = [chain(1_000, 990), chain(1_001, 990), chain(1_000, 990), chain(1_000, 980, 'c')];
  expect(judge(chain(1_000), others)).toMatchObject({ kind: 'minority', of: 5, majority: [{}, {}, {}] });
});

test('who is far behind agrees on nothing of now, and testifies to nothing', () => {
  expect(judge(chain(10_000), [chain(10_000), chain(2_000)])).toEqual({ kind: 'too few', of: 2 });
});
