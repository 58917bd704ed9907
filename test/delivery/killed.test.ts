import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import type { Cause, Composed } from '#src/domain/delivery.ts';
import type { RoomId } from '#src/domain/room.ts';
import { createBundles } from '#src/store/bundles.ts';
import { createLedger } from '#src/store/ledger.ts';
import { createOutages } from '#src/store/outages.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';
import { type FakePlatform, fakePlatform } from '#test/stand-ins/platform.ts';

const OPS = { kind: 'room', room: 'ops' as RoomId } as const;

/** Kills a process at its n-th call of anything outside it: nothing that it calls from then on happens. */
function mortal(killAt: number, when: 'before' | 'after') {
  let calls = 0;
  const dead = (): Error => new Error(`killed ${when} call ${killAt}`);
  const wrapped = <T extends object>(outside: T): T =>
    new Proxy(outside, {
      get(target, name): unknown {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== 'function' || name === 'condition') return found;
        return (...words: unknown[]): unknown => {
          calls++;
          if (calls > killAt || (calls === killAt && when === 'before')) return Promise.reject(dead());
          const done: unknown = Reflect.apply(found, target, words);
          if (!(done instanceof Promise)) return done;
          const isLast = calls === killAt;
          return done.then((answer: unknown) => {
            if (isLast) throw dead();
            // A delivery in its hands is outside as well.
            const isHeld = typeof answer === 'object' && answer !== null && 'release' in answer;
            return isHeld ? wrapped(answer) : answer;
          });
        };
      },
    });
  return { wrapped, wasKilled: () => calls >= killAt };
}

const STORIES: Readonly<Record<string, (world: World) => Promise<void> | void>> = {
  'it is posted': () => undefined,
  'no answer came of the first attempt, and the platform went down': async ({ discord, carry, id, down }) => {
    discord.fail({ reason: 'timeout', after: true });
    await carry(id);
    down();
  },
  'an outage sends it another way': ({ down }) => down(),
  'the platform refuses it': ({ discord }) => discord.fail({ reason: 'forbidden' }),
  'what stands there is edited': async ({ carry, id, change }) => {
    await carry(id);
    change();
  },
};

interface World {
  readonly discord: FakePlatform;
  readonly id: string;
  readonly carry: ReturnType<typeof createCarry>;
  readonly down: () => void;
  readonly change: () => void;
}

describe('a process that is killed at any call', () => {
  let redis: TestRedis;
  beforeEach(async () => void (redis = await testRedis()));
  afterEach(() => redis[Symbol.asyncDispose]());

  /** Tells of a cause with one process that is killed and then with another; resolves with whether it was killed. */
  async function tell(
    cause: Cause,
    story: (world: World) => Promise<void> | void,
    killing: ReturnType<typeof mortal>,
  ) {
    const { connection } = redis;
    const [discord, matrix] = [fakePlatform('discord'), fakePlatform('matrix')];
    const store = createLedger(connection);
    let clock = Date.parse('2026-01-01T00:00:00Z');
    let composed: Composed = { message: { tone: 'critical', title: 'first', blocks: [] }, revision: 1 };
    const queue: string[] = [];

    const process = (wrapped: <T extends object>(outside: T) => T) => {
      const media = new Map(
        [discord, matrix].map((platform) => [
          platform.id,
          { platform: wrapped(platform), circuit: createCircuit(platform, () => clock) },
        ]),
      );
      const outside = wrapped({
        enqueue: (list: readonly { readonly id: string }[]) =>
          Promise.resolve(void queue.push(...list.map(({ id }) => id))),
        compose: () => Promise.resolve(composed),
        arrived: () => Promise.resolve(),
      });
      const shared = {
        media,
        ledger: wrapped(store),
        bundles: createBundles(connection),
        missed: wrapped(createOutages(connection)),
        fleets: fixedFleets(),
        logger: pino({ level: 'silent' }),
        now: () => new Date(clock),
        ...outside,
        enqueue: (list: Parameters<typeof outside.enqueue>[0]) => outside.enqueue(list),
        compose: () => outside.compose(),
        arrived: () => outside.arrived(),
      };
      return { carry: createCarry(shared), post: createPost(shared) };
    };

    const calm = process((outside) => outside);
    await calm.post.send(cause, [OPS], 'critical');
    const [id = ''] = queue.splice(0);
    await story({
      discord,
      id,
      carry: calm.carry,
      down: () => discord.setCondition({ up: false, why: 'gateway lost', since: new Date(clock) }),
      change: () => {
        composed = { message: { tone: 'good', title: 'changed', blocks: [] }, revision: 2 };
        clock += 5_000;
      },
    });
    queue.push(id);
    const first = process(killing.wrapped);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await first.carry(next).catch((error: unknown) => {
        if (!String(error).includes('killed')) throw error;
      });
    }

    // Its time runs out, what was due is found, and its platform answers again.
    for (const key of await connection.keys('{tocsin}:lease:*')) await connection.del(key);
    clock += 5_000;
    const second = process((outside) => outside);
    const due = async () => (await store.due(100)).filter((row) => row.cause === cause).map((row) => row.id);
    const carryAll = async (): Promise<void> => {
      queue.push(...(await due()), id);
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await second.carry(next);
    };
    await carryAll();
    discord.setCondition({ up: true });
    for (let again = 0; again < 3; again++) {
      clock += 5_000;
      await carryAll();
    }
    return {
      standing: [...discord.standing, ...matrix.standing],
      rows: await store.of(cause),
      due: await due(),
      composed,
    };
  }

  it.each(
    Object.entries(STORIES).flatMap(([name, story]) =>
      (['before', 'after'] as const).map((when) => ({ name, story, when })),
    ),
  )(
    '$when it is done: one message that is up to date, nothing left to do ($name)',
    async ({ name, story, when }) => {
      for (let killAt = 1; ; killAt++) {
        const killing = mortal(killAt, when);
        const { standing, rows, due, composed } = await tell(
          `note:${name}:${when}:${killAt}`,
          story,
          killing,
        );
        const where = `killed ${when} call ${killAt}`;
        // Where an attempt without an answer did arrive, its message is kept up to date beside that of the other way.
        const both = name.startsWith('no answer came') ? 2 : 1;
        expect(
          standing.map(({ message }) => message.title),
          where,
        ).toEqual(Array.from({ length: both }, () => composed.message.title));
        expect(
          rows.filter(({ state }) => state === 'delivered'),
          where,
        ).toHaveLength(both);
        expect(
          rows.every(({ state }) => state === 'delivered' || state === 'rerouted'),
          where,
        ).toBe(true);
        expect(due, where).toEqual([]);
        if (!killing.wasKilled()) {
          expect(killAt).toBeGreaterThan(5);
          return;
        }
      }
    },
  );
});
