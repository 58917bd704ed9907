import { beforeAll, expect, test } from 'vitest';

import { loaded } from '#test/remediation/executors/kubernetes/opened.ts';

import { KINDS, openRollouts, V2 } from '../rolling.ts';

beforeAll(loaded, 30_000);

test.each(KINDS)('%s: every pod is replaced once, by its controller', async (kind) => {
  const { world, pods, running, written } = await openRollouts({ kind });
  const before = pods();
  const { id } = await world.approved('anna', 'rollout-restart');
  expect(await world.carryOut(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(/^Restarted: 1 of 1 pods are new and available \(kmd-/) as string,
  });
  expect(pods().filter((uid) => before.includes(uid))).toEqual([]);
  expect(running()).toEqual([V2]);
  expect(written()).toBe(1);
});
