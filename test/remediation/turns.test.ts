import { expect, test } from 'vitest';

import { fleetOf } from '#src/domain/fleet.ts';
import type { Node, NodeId } from '#src/domain/node.ts';
import type { Remedy, Request } from '#src/domain/remedy.ts';
import { createGuard, guarded, type Turn } from '#src/remediation/guard.ts';
import { documents } from '#src/store/documents.ts';
import { createLeases } from '#src/store/leases.ts';
import { createRequests } from '#src/store/requests.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';
import {
  fleetWith,
  later,
  node,
  people,
  remediationWorld,
  type World,
} from '#test/stand-ins/remediation/world.ts';

const named = (id: string): Node => ({ ...node(), id: id as NodeId });
const fleet = fleetWith(named('alpha-main'), named('alpha-two'));

/** A restart that lasts until it is let go; tells when it begins. */
function restart() {
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<undefined>>();
  const gateOf = (id: string): PromiseWithResolvers<undefined> =>
    gates.get(id) ?? gates.set(id, Promise.withResolvers<undefined>()).get(id)!;
  const remedy: Remedy = {
    id: 'restart',
    summary: 'restart',
    risk: 'medium',
    takesDown: true,
    kinds: ['utxo'],
    parameters: [],
    plan: async () => ({ steps: ['restart it'], bound: {} }),
    async carryOut({ target }) {
      begun.push(target.node.id);
      await gateOf(target.node.id).promise;
      return 'it runs again';
    },
  };
  return { remedy: guarded(remedy), begun, letGo: (id: string) => gateOf(id).resolve(undefined) };
}

/** As much as a process has: its own of everything but Redis. */
function processOn(redis: TestRedis, remedy: Remedy): World {
  const requests = createRequests(redis.connection);
  const world: World = remediationWorld({
    remedies: [remedy],
    requests,
    leases: createLeases(redis.connection),
    guard: createGuard({
      fleets: { current: () => world.fleet, onChange: () => undefined },
      latest: async (targets) => targets.map(() => undefined),
      requests,
      turns: documents<readonly Turn[]>(redis.connection, 'guard', { keep: 1 }),
      audit: { write: async (entry) => void world.audited.push(entry) },
      now: () => world.now,
    }),
  });
  world.fleet = fleet;
  return world;
}

async function approvedOn({ remediation }: World, node: string): Promise<Request> {
  const asked = { remedy: 'restart', node, args: {}, by: people.alice, cause: node };
  const { id, digest } = await remediation.request(asked);
  return remediation.approve(id, people.anna, digest);
}

test('of two restarts that are approved in one region, taken up by two processes at once, one runs and the other has its turn after it', async () => {
  await using redis = await testRedis();
  const { remedy, begun, letGo } = restart();
  const [one, two] = [processOn(redis, remedy), processOn(redis, remedy)];
  const requests = [await approvedOn(one, 'alpha-main'), await approvedOn(two, 'alpha-two')] as const;
  const runs = [one.carryOut(requests[0].id), two.carryOut(requests[1].id)];
  const first = await Promise.race(runs.map(async (run, index) => ({ index, outcome: await run })));
  expect(first.outcome).toBe('busy');
  const waiting = requests[first.index]!;
  expect(await one.requests.get(waiting.id)).toMatchObject({
    state: 'approved',
    waiting: expect.stringMatching(
      /of region EU is under another remedy, and 1 at once is the most there/,
    ) as string,
  });
  await expect.poll(() => begun).toHaveLength(1);
  expect(begun).not.toContain(waiting.node);

  for (const { id } of fleet.nodes) letGo(id);
  expect(await runs[1 - first.index]).toBe('done');
  expect(await one.carryOut(waiting.id)).toBe('done');
  expect(begun).toHaveLength(2);
  expect((await one.requests.list(9)).map(({ state, waiting: why }) => [state, why])).toEqual([
    ['succeeded', undefined],
    ['succeeded', undefined],
  ]);
});

test('who waits too long for its turn is expired, in words; its turn holds nobody up', async () => {
  await using redis = await testRedis();
  const { remedy, letGo } = restart();
  const world = processOn(redis, remedy);
  const [one, two] = [await approvedOn(world, 'alpha-main'), await approvedOn(world, 'alpha-two')];
  const run = world.carryOut(one.id);
  await expect.poll(async () => (await world.requests.get(one.id))?.state).toBe('running');
  expect(await world.another()(two.id)).toBe('busy');
  const shown = world.shown.length;
  expect(await world.another()(two.id)).toBe('busy');
  expect(world.shown).toHaveLength(shown);
  world.now = later(world, 31);
  expect(await world.another()(two.id)).toBe('done');
  expect(await world.requests.get(two.id)).toMatchObject({
    state: 'expired',
    reason: expect.stringMatching(
      /could not begin in time \(alpha-main \(request \w+\) of region EU/,
    ) as string,
  });
  letGo('alpha-main');
  expect(await run).toBe('done');
  letGo('alpha-two');
  const again = await world.remediation.request({
    remedy: 'restart',
    node: 'alpha-two',
    args: {},
    by: people.alice,
    cause: 'again',
  });
  await world.remediation.approve(again.id, people.anna);
  expect(await world.carryOut(again.id)).toBe('done');
});

test('too few able seats: the asking is refused, an open request stays open; a coordinator sets it aside', async () => {
  await using redis = await testRedis();
  const { remedy, begun, letGo } = restart();
  const world = processOn(redis, remedy);
  const request = await world.remediation.request({
    remedy: 'restart',
    node: 'alpha-main',
    args: {},
    by: people.alice,
    cause: 'one',
  });
  expect(request.plan.seen).toMatchObject({
    'Seats able to sign': expect.stringMatching(/^0 of 1/) as string,
  });
  // A second seat, of which nothing is known.
  const other = { ...node(), id: 'beta-main' as NodeId, seat: fleet.seats[1]!.id };
  world.fleet = fleetOf({ ...fleet, nodes: [...fleet.nodes, other] });
  await expect(world.remediation.approve(request.id, people.anna)).rejects.toThrow(
    /too few seats could sign: 0 of 2 .*1 not known/,
  );
  expect(await world.requests.get(request.id)).toMatchObject({ state: 'requested' });
  const asking = { remedy: 'restart', node: 'alpha-two', cause: 'two' };
  await expect(world.remediation.request({ ...asking, args: {}, by: people.alice })).rejects.toThrow(
    /Not now: too few/,
  );
  const args = { 'despite-guard': 'yes' };
  await expect(world.remediation.request({ ...asking, args, by: people.alice })).rejects.toThrow(
    /Only a coordinator/,
  );
  const despite = await world.remediation.request({ ...asking, args, by: people.carol });
  expect(despite.plan.seen?.['Guard']).toMatch(/SET ASIDE by carol, though too few/);
  await world.remediation.approve(despite.id, people.anna);
  letGo('alpha-two');
  expect(await world.carryOut(despite.id)).toBe('done');
  expect(begun).toEqual(['alpha-two']);
  expect(world.audited).toContainEqual(
    expect.objectContaining({ what: 'remedy.guard-set-aside', about: despite.id }),
  );
});
