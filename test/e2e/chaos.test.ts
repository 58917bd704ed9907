import { expect, test } from 'vitest';

import { runChaos } from '../../bench/chaos/run.ts';

/** `npm run chaos -- --kills 30 --seed 7` plays the same. */
const [KILLS, SEED] = [30, 7];

test('killed 30 times under load, with chats and Redis failing too: nothing lost, nothing doubled', async () => {
  console.log(`seed ${SEED}`);
  const seen = await runChaos({ kills: KILLS, seed: SEED, say: (line) => console.log(line) });
  const { lost, doubled, stale, open, evidence } = seen;
  expect({ lost, doubled, stale, open }, evidence.join('\n')).toEqual({
    lost: [],
    doubled: { discord: [], matrix: [] },
    stale: [],
    open: [],
  });
  // The storm was one.
  expect(seen.book.count).toMatchObject({ kills: KILLS });
  expect(seen.book.count.redisKills).toBeGreaterThan(1);
  expect(seen.book.count.outages).toBeGreaterThan(2);
  expect(seen.book.count.both).toBeGreaterThan(0);
  expect(seen.accepted).toBeGreaterThan(20);
  expect([...seen.book.faults.keys()]).toEqual(expect.arrayContaining(['discord drop-after']));
}, 600_000);
