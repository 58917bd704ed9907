import { expect, test } from 'vitest';

import type { Remedy } from '#src/domain/remedy.ts';
import { createLeases } from '#src/store/leases.ts';
import { createRequests } from '#src/store/requests.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { later, people, remediationWorld } from '#test/stand-ins/remediation/world.ts';

let plans = 0;
const cure: Remedy = {
  id: 'cure',
  summary: 'cure',
  risk: 'low',
  kinds: ['utxo'],
  parameters: [{ name: 'target', summary: 'how many' }],
  plan: async () => ({ steps: [`look ${++plans} times`.slice(0, 4)], bound: {} }),
  carryOut: async () => 'done',
};

test('a button pressed twice, or by two people, is one request; the second one may approve it', async () => {
  const world = remediationWorld({ remedies: [cure] });
  const first = await world.request('alice');
  const looked = plans;
  const again = await world.request('alice');
  const other = await world.request('anna');
  expect([again.id, other.id]).toEqual([first.id, first.id]);
  expect(plans).toBe(looked);
  expect(other.requestedBy).toBe('alice');
  expect(await world.remediation.approve(other.id, people.anna, other.digest)).toMatchObject({
    state: 'approved',
  });
  expect((await world.request('carol')).id).toBe(first.id);
});

test('other arguments are another request, and so is the same once the first is over', async () => {
  const world = remediationWorld({ remedies: [cure] });
  const first = await world.request('alice');
  const more = await world.request('alice', 'cure', { target: '30' });
  await world.remediation.deny(first.id, people.anna, '');
  const anew = await world.request('alice');
  expect(new Set([first.id, more.id, anew.id]).size).toBe(3);
  world.now = later(world, 31);
  expect((await world.request('alice')).id).not.toBe(anew.id);
});

test('of twenty that ask at once, in as many processes, one request comes', async () => {
  await using redis = await testRedis();
  const requests = createRequests(redis.connection);
  const leases = createLeases(redis.connection);
  const worlds = Array.from({ length: 20 }, () => remediationWorld({ remedies: [cure], requests, leases }));
  const made = await Promise.all(
    worlds.map(({ remediation }, index) =>
      remediation.request({
        remedy: 'cure',
        node: 'alpha-main',
        args: {},
        by: people.alice,
        cause: `${index}`,
      }),
    ),
  );
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(await requests.list(99)).toHaveLength(1);
});
