import { expect, onTestFinished, test, vi } from 'vitest';

import type { ServiceHealth } from '#src/domain/finding.ts';
import { fleetOf, type Fleet } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import { createBeat } from '#src/health/beat.ts';
import { createTurns } from '#src/store/turns.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

import { fleetWith } from './patrolling.ts';
import { health } from './seen.ts';

const WITHIN = { timeout: 10_000, interval: 10 };
const nameOf = ({ node, service }: Target): string => `${node.id} ${service.id}`;

/** Looks of a process that take as long as the test says. */
async function walking(fleet: Fleet, { holdMs = 20_000 } = {}) {
  const redis = await testRedis();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const begun: string[] = [];
  const never = new Set<string>();
  const worker = (isDead = () => false) => {
    const turns = createTurns(redis.connection, { holdMs });
    return createBeat({
      turns: {
        ...turns,
        // Nothing is heard of it any more, as of a killed process.
        turn: (change) => (isDead() ? new Promise(() => undefined) : turns.turn(change)),
      },
      patrol: {
        async patrolService(target): Promise<ServiceHealth> {
          begun.push(nameOf(target));
          if (never.has(nameOf(target))) await new Promise(() => undefined);
          return health([]);
        },
      },
      fleets: fixedFleets(fleet),
      warn: (error) => void begun.push(String(error)),
    });
  };
  const count = (): Map<string, number> =>
    new Map([...Map.groupBy(begun, (name) => name)].map(([name, all]) => [name, all.length]));
  return { worker, begun, never, count };
}

const every = (fleet: Fleet, everyMs: number): Fleet => fleetOf({ ...fleet, patrol: { everyMs } });

test('each service is looked at once an interval, whatever others do, by as many workers as there are', async () => {
  const fleet = every(fleetWith({ n: 40 }), 1_000);
  const { worker, never, count } = await walking(fleet);
  for (const service of ['S3', 'S17', 'S18', 'S30']) never.add(`n ${service}`);
  const beats = [worker(), worker()];
  onTestFinished(async () => {
    await Promise.all(beats.map((beat) => beat[Symbol.asyncDispose]()));
  });
  await beats[0]?.follow();
  for (const beat of beats) beat.start();
  const healthy = fleet
    .targets()
    .map(nameOf)
    .filter((name) => !never.has(name));
  const began = performance.now();
  await vi.waitUntil(() => healthy.every((name) => (count().get(name) ?? 0) >= 3), WITHIN);
  const tookMs = performance.now() - began;
  // The first of each comes within an interval, the third two intervals later.
  expect(tookMs).toBeLessThan(4_500);
  for (const name of healthy) expect(count().get(name)).toBeLessThanOrEqual(Math.ceil(tookMs / 1_000) + 1);
  for (const name of never) expect(count().get(name)).toBe(1);
});

test('what a process had in its hands when it was killed is looked at by another', async () => {
  const fleet = every(fleetWith({ n: 3 }), 1_000);
  const { worker, never, count } = await walking(fleet, { holdMs: 400 });
  for (const target of fleet.targets()) never.add(nameOf(target));
  let isDead = false;
  const [killed, heir] = [worker(() => isDead), worker()];
  await killed.follow();
  killed.start();
  await vi.waitUntil(() => count().size === 3, WITHIN);
  isDead = true;
  never.clear();
  heir.start();
  onTestFinished(() => heir[Symbol.asyncDispose]());
  await vi.waitUntil(() => [...count().values()].every((looks) => looks >= 2), WITHIN);
});

test('a process that ends leaves its turns to others at once', async () => {
  const fleet = every(fleetWith({ n: 3 }), 1_000);
  const { worker, never, count } = await walking(fleet, { holdMs: 60_000 });
  for (const target of fleet.targets()) never.add(nameOf(target));
  const [first, second] = [worker(), worker()];
  await first.follow();
  first.start();
  await vi.waitUntil(() => count().size === 3, WITHIN);
  never.clear();
  await first[Symbol.asyncDispose]();
  second.start();
  onTestFinished(() => second[Symbol.asyncDispose]());
  await vi.waitUntil(() => [...count().values()].every((looks) => looks >= 2), WITHIN);
});
