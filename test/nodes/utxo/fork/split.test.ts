import { expect, test } from 'vitest';

import { between, findSplit } from '#src/nodes/utxo/fork/split.ts';
import type { Rpc } from '#src/nodes/utxo/rpc.ts';
import { hashOf } from '../looking.ts';

/** A daemon that knows the hashes of its blocks, and counts how often it was asked. */
function daemon(tip: number, forkedAt = Infinity) {
  const asked: number[] = [];
  const rpc: Rpc = {
    at: 'here',
    call: () => Promise.reject(new Error('asked one by one')),
    async batch(calls) {
      asked.push(calls.length);
      return calls.map(({ params }) => {
        const height = Number(params?.[0]);
        return height > tip
          ? { result: null }
          : { result: hashOf(height, height >= forkedAt ? 'b' : 'a').toUpperCase() };
      });
    },
  };
  return { rpc, asked };
}

test.each([
  [0, 4_000_000, 3_141_592],
  [4_194_304, 4_771_595, 4_194_305],
  [4_194_304, 4_771_595, 4_771_595],
  [-1, 7, 0],
  [100, 101, 101],
  [960, 1_024, 1_000],
])('between %i and %i it is found at %i, in few round trips', async (same, differs, at) => {
  const [own, fellow] = [daemon(5_000_000, at), daemon(5_000_000)];
  expect(await findSplit(own.rpc, fellow.rpc, { same, differs })).toEqual({
    height: at,
    ours: hashOf(at, 'b'),
    theirs: hashOf(at),
  });
  expect(own.asked.length).toBeLessThanOrEqual(Math.ceil(Math.log(differs - same) / Math.log(15)) + 1);
  expect(Math.max(...fellow.asked)).toBeLessThanOrEqual(15);
});

test('nothing is made up where one of them does not tell, or where they do not differ any more', async () => {
  expect(await findSplit(daemon(50).rpc, daemon(100).rpc, { same: 10, differs: 90 })).toBeUndefined();
  expect(await findSplit(daemon(100).rpc, daemon(100).rpc, { same: 10, differs: 90 })).toBeUndefined();
});

test('heights lie evenly, the last among them', () => {
  expect(between(10, 13)).toEqual([11, 12, 13]);
  expect(between(0, 150)).toHaveLength(15);
  expect(between(0, 150).at(-1)).toBe(150);
});
