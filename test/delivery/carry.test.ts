import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CarryNeeds, createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import type { Cause, Composed, Delivery, Post } from '#src/domain/delivery.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Place, RoomId } from '#src/domain/room.ts';
import { createBundles } from '#src/store/bundles.ts';
import { createLedger, type Ledger } from '#src/store/ledger.ts';
import { createOutages } from '#src/store/outages.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

const OPS: Place = { kind: 'room', room: 'ops' as RoomId };
const ALICE: Place = { kind: 'direct', operator: 'alice' as OperatorId };
const CAUSE: Cause = 'note:1';

describe('carrying a delivery', () => {
  let redis: TestRedis;
  let ledger: Ledger;
  let discord: ReturnType<typeof fakePlatform>;
  let matrix: ReturnType<typeof fakePlatform>;
  let post: Post;
  let carry: ReturnType<typeof createCarry>;
  let queue: string[];
  let arrivals: string[];
  let composed: Composed | undefined;
  let limited: CarryNeeds['pace'];
  let clock: number;
  let crash: ((record: Delivery) => boolean) | undefined;

  beforeEach(async () => {
    redis = await testRedis();
    const store = createLedger(redis.connection);
    crash = undefined;
    limited = undefined;
    const mortal =
      (change: (current: Delivery) => Delivery | undefined) =>
      (current: Delivery): Delivery | undefined => {
        const next = change(current);
        if (next && crash?.(next)) throw new Error('killed');
        return next;
      };
    ledger = {
      ...store,
      update: (id, change, known) => store.update(id, mortal(change), known),
      hold: async (id, ttlMs) => {
        const held = await store.hold(id, ttlMs);
        return held && { ...held, update: (change) => held.update(mortal(change)) };
      },
    };
    discord = fakePlatform('discord');
    discord = { ...discord, can: { ...discord.can, oneLimit: true } };
    matrix = fakePlatform('matrix');
    queue = [];
    arrivals = [];
    clock = Date.parse('2026-01-01T00:00:00Z');
    composed = { message: { tone: 'neutral', title: 'one', blocks: [] }, revision: 1 };
    const now = () => new Date(clock);
    const media = new Map(
      [discord, matrix].map((platform) => [
        platform.id,
        { platform, circuit: createCircuit(platform, () => clock) },
      ]),
    );
    const enqueue: CarryNeeds['enqueue'] = (deliveries) => {
      queue.push(...deliveries.map(({ id }) => id));
      return Promise.resolve();
    };
    const bundles = createBundles(redis.connection);
    const needs = { media, ledger, bundles, fleets: fixedFleets(), enqueue, now };
    post = createPost(needs);
    carry = createCarry({
      ...needs,
      missed: createOutages(redis.connection),
      pace: {
        slow: (...words) => limited?.slow(...words) ?? Promise.resolve(),
        slowed: (...words) => limited?.slowed(...words) ?? Promise.resolve(0),
      },
      compose: () => Promise.resolve(composed),
      arrived: (delivery) => {
        arrivals.push(delivery.platform);
        return Promise.resolve();
      },
      logger: pino({ level: 'silent' }),
    });
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  /** Works off the queue until nothing but later is left; resolves with what is due later. */
  async function work(): Promise<string[]> {
    const later: string[] = [];
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      if (await carry(id)) later.push(id);
    }
    return later;
  }

  const stateOf = async (): Promise<string[]> =>
    (await ledger.of(CAUSE)).map(({ platform, state }) => `${platform} ${state}`).toSorted();

  it('lets edits that wait for a slow platform come back one after another, not all at once', async () => {
    const causes = Array.from({ length: 20 }, (_, at): Cause => `note:${at}`);
    for (const cause of causes) await post.send(cause, [OPS], 'warning');
    const ids = [...queue];
    await work();
    composed = { message: { tone: 'good', title: 'over', blocks: [] }, revision: 2 };
    clock += 2_000;
    limited = { slow: () => Promise.resolve(), slowed: () => Promise.resolve(500) };
    const waits = await Promise.all(ids.map(async (id) => (await carry(id))?.againMs ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(5_000);
  });

  it('posts once however often it is asked', async () => {
    await post.send(CAUSE, [OPS, OPS], 'warning');
    await post.send(CAUSE, [OPS], 'warning');
    await work();
    expect(discord.standing).toHaveLength(1);
    expect(await stateOf()).toEqual(['discord delivered']);
    expect(arrivals.length).toBeGreaterThan(0);
  });

  it.each(['before the send', 'after the send'])('survives being killed %s', async (when) => {
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    crash = ({ state }) => state === (when === 'before the send' ? 'sending' : 'delivered');
    await expect(work()).rejects.toThrow('killed');
    crash = undefined;
    queue.push(id!);
    await work();
    expect(discord.standing).toHaveLength(1);
    expect(await stateOf()).toEqual(['discord delivered']);
  });

  it('looks a message up before repeating it when the key may be forgotten', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    discord.fail({ reason: 'timeout', after: true });
    expect(await work()).toHaveLength(1);
    discord.forgetKeys();
    clock += 10 * 60_000;
    queue.push(id!);
    await work();
    expect(discord.calls).toContain('find');
    expect(discord.standing).toHaveLength(1);
    expect(await stateOf()).toEqual(['discord delivered']);
  });

  it.each(['no answer came', 'it was killed'])(
    'shows what changed between two attempts of which the first arrived although %s',
    async (how) => {
      await post.send(CAUSE, [OPS], 'warning');
      const [id] = queue;
      if (how === 'it was killed') crash = ({ state }) => state === 'delivered';
      else discord.fail({ reason: 'timeout', after: true });
      await work().catch(() => undefined);
      crash = undefined;
      composed = { message: { tone: 'good', title: 'over', blocks: [] }, revision: 2 };
      queue.push(id!);
      expect(await work()).toEqual([id]);
      clock += 2_000;
      queue.push(id!);
      expect(await work()).toEqual([]);
      expect(discord.standing.map(({ message }) => message.title)).toEqual(['over']);
    },
  );

  it('goes to Matrix while Discord is down, says so, and posts nothing on its return', async () => {
    discord.setCondition({ up: false, why: 'gateway lost', since: new Date(clock) });
    await post.send(CAUSE, [OPS, ALICE], 'critical');
    await work();
    expect(discord.calls).toEqual([]);
    expect(matrix.standing.map(({ message }) => message.footer)).toEqual([
      expect.stringContaining('gateway lost'),
      expect.stringContaining('gateway lost'),
    ]);
    discord.setCondition({ up: true });
    await post.refresh(CAUSE);
    await post.send(CAUSE, [OPS, ALICE], 'critical');
    await work();
    expect(discord.standing).toEqual([]);
    expect(matrix.standing).toHaveLength(2);
  });

  it('reroutes what was already waiting for Discord when it goes down', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    discord.setCondition({ up: false, why: 'gateway lost', since: new Date(clock) });
    await work();
    expect(await stateOf()).toEqual(['discord rerouted', 'matrix delivered']);
  });

  it('keeps up to date what Discord took without an answer before it went down', async () => {
    discord.fail({ reason: 'timeout', after: true });
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    await work();
    discord.setCondition({ up: false, why: 'gateway lost', since: new Date(clock) });
    queue.push(id!);
    expect(await work()).toEqual([]);
    expect((await ledger.due(10)).map((due) => due.id)).toEqual([id]);
    expect(await stateOf()).toEqual(['discord rerouted', 'matrix delivered']);
    composed = { message: { tone: 'good', title: 'over', blocks: [] }, revision: 2 };
    discord.setCondition({ up: true });
    queue.push(id!);
    await work();
    clock += 5_000;
    await post.refresh(CAUSE);
    expect(await work()).toEqual([]);
    expect([...discord.standing, ...matrix.standing].map(({ message }) => message.title)).toEqual([
      'over',
      'over',
    ]);
    expect(await stateOf()).toEqual(['discord delivered', 'matrix delivered']);
  });

  it('looks once for what may have arrived before the reroute, and leaves it when it did not', async () => {
    discord.fail({ reason: 'timeout' });
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    await work();
    discord.setCondition({ up: false, why: 'gateway lost', since: new Date(clock) });
    queue.push(id!);
    await work();
    discord.setCondition({ up: true });
    queue.push(id!, id!);
    expect(await work()).toEqual([]);
    expect(discord.calls).toEqual(['post', 'find']);
    expect(await stateOf()).toEqual(['discord rerouted', 'matrix delivered']);
  });

  it('completes a reroute that a kill interrupted, without a second message', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    discord.setCondition({ up: false, why: 'gateway lost', since: new Date(clock) });
    const open = ledger.open;
    let killed = false;
    Object.assign(ledger, {
      open: (list: readonly Delivery[], as?: 'first' | 'heir') => {
        if (killed) return open(list, as);
        killed = true;
        return Promise.reject(new Error('killed'));
      },
    });
    await expect(work()).rejects.toThrow('killed');
    discord.setCondition({ up: true });
    queue.push(id!);
    await work();
    expect(await stateOf()).toEqual(['discord rerouted', 'matrix delivered']);
    expect(discord.standing).toEqual([]);
    expect(matrix.standing).toHaveLength(1);
  });

  it('goes the next way upon the third failure in a row, not after one', async () => {
    discord.fail({ reason: 'unavailable' }, { reason: 'timeout' }, { reason: 'unavailable' });
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    for (let tries = 0; tries < 3; tries++) {
      expect(matrix.standing).toHaveLength(0);
      queue = [id!];
      await work();
    }
    expect(matrix.standing).toHaveLength(1);
    expect(await stateOf()).toEqual(['discord rerouted', 'matrix delivered']);
  });

  it('sends all that waits at once when a platform that failed and went down says it is back', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    const [id] = queue;
    const down = { up: false, why: 'gateway lost', since: new Date(clock) } as const;
    matrix.setCondition(down);
    discord.fail({ reason: 'unavailable' }, { reason: 'timeout' }, { reason: 'unavailable' });
    for (let tries = 0; tries < 3; tries++) {
      queue = [id!];
      await work();
    }
    for (const platform of [discord, matrix]) platform.setCondition(down);
    queue = [id!];
    await work();
    for (const platform of [discord, matrix]) platform.setCondition({ up: true });
    queue = [id!];
    await work();
    expect(await stateOf()).toEqual(['discord delivered']);
  });

  it('takes the next medium when a direct message is refused, and says failed when there is none', async () => {
    discord.fail({ reason: 'forbidden' });
    matrix.fail({ reason: 'forbidden' });
    await post.send(CAUSE, [ALICE], 'warning');
    await work();
    expect(await stateOf()).toEqual(['discord rerouted', 'matrix failed']);
  });

  it('records a recipient without any account as failed', async () => {
    await post.send(CAUSE, [{ kind: 'direct', operator: 'mute' as OperatorId }], 'warning');
    expect(queue).toEqual([]);
    expect(await stateOf()).toEqual(['none failed']);
  });

  it('waits as long as a rate limit says', async () => {
    discord.fail({ reason: 'rate-limited', retryAfterMs: 1_234 });
    await post.send(CAUSE, [OPS], 'warning');
    expect(await carry(queue[0]!)).toEqual({ againMs: 1_234 });
  });

  it('folds quick changes into one edit that shows the latest', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    await work();
    for (const revision of [2, 3, 4]) {
      composed = { message: { tone: 'good', title: `revision ${revision}`, blocks: [] }, revision };
      await post.refresh(CAUSE);
    }
    const later = await work();
    expect(later).toHaveLength(3);
    clock += 5_000;
    queue.push(...later);
    await work();
    expect(discord.standing.map(({ message, edits }) => [message.title, edits])).toEqual([['revision 4', 1]]);
  });

  it('lets only one process at a time carry a delivery', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    const outcomes = await Promise.all([carry(queue[0]!), carry(queue[0]!), carry(queue[0]!)]);
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(discord.calls).toEqual(['post']);
  });

  it('leaves a message alone that somebody deleted', async () => {
    await post.send(CAUSE, [OPS], 'warning');
    await work();
    composed = { message: { tone: 'good', title: 'later', blocks: [] }, revision: 2 };
    clock += 5_000;
    discord.fail({ reason: 'not-found' });
    await post.refresh(CAUSE);
    await work();
    await post.refresh(CAUSE);
    await work();
    expect(discord.calls).toEqual(['post', 'edit']);
  });
});
