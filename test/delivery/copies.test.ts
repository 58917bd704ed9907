import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import type { Cause, Composed, Delivery } from '#src/domain/delivery.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { type Place, placeName } from '#src/domain/room.ts';
import { createBundles } from '#src/store/bundles.ts';
import { createLedger, type Ledger } from '#src/store/ledger.ts';
import { createOutages } from '#src/store/outages.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

const CAUSE: Cause = 'notice:n1';
const alice = (...via: readonly string[]): Place => ({
  kind: 'direct',
  operator: 'alice' as OperatorId,
  via,
});
const bob: Place = { kind: 'direct', operator: 'bob' as OperatorId };
const fleet = fleetOf({
  ...smallFleet,
  operators: smallFleet.operators.map((one) => ({
    ...one,
    handles: { ...one.handles, email: `${one.id}@x.org` },
  })),
});

describe('copies of a message over several media', () => {
  let redis: TestRedis;
  let ledger: Ledger;
  let composed: Composed;
  const clock = { at: Date.parse('2026-01-01T00:00:00Z') };
  const open = () => {
    const now = () => new Date(clock.at);
    const platforms = ['discord', 'matrix', 'email'].map((id) => fakePlatform(id));
    const [discord, matrix, email] = platforms as [FakeOne, FakeOne, FakeOne];
    const media = new Map(
      platforms.map((platform) => [
        platform.id,
        { platform, circuit: createCircuit(platform, () => clock.at) },
      ]),
    );
    const queue: Delivery[] = [];
    const enqueue = (list: readonly Delivery[]): Promise<void> => Promise.resolve(void queue.push(...list));
    const shared = { media, ledger, fleets: fixedFleets(fleet), enqueue, now };
    const post = createPost({ ...shared, bundles: createBundles(redis.connection) });
    const carry = createCarry({
      ...shared,
      missed: createOutages(redis.connection, now),
      compose: () => Promise.resolve(composed),
      arrived: () => Promise.resolve(),
      logger: pino({ level: 'silent' }),
    });
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one; one = queue.shift()) await carry(one.id);
    };
    return { discord, matrix, email, post, queue, work };
  };
  type FakeOne = ReturnType<typeof fakePlatform>;

  beforeEach(async () => {
    redis = await testRedis();
    ledger = createLedger(redis.connection);
    composed = { message: { tone: 'critical', title: 'Update', blocks: [] }, revision: 1 };
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const rows = async () =>
    (await ledger.of(CAUSE))
      .map(({ to, platform, state }) => `${placeName(to)} ${platform} ${state}`)
      .toSorted();

  it('go their own way at once, each once', async () => {
    const { discord, matrix, email, post, work } = open();
    const to = [alice('discord'), alice('matrix', 'email')];
    await post.send(CAUSE, to, 'mandatory');
    await post.send(CAUSE, to, 'mandatory');
    await work();
    expect([discord, matrix, email].map(({ standing }) => standing.length)).toEqual([1, 1, 0]);
    expect(await rows()).toEqual([
      'operator:alice@discord discord delivered',
      'operator:alice@matrix matrix delivered',
    ]);
  });

  it('the one that is bound to a platform waits for it; the last goes on to the mail', async () => {
    const { discord, matrix, email, post, work } = open();
    for (const one of [discord, matrix]) one.setCondition({ up: false, why: 'gone', since: new Date() });
    await post.send(CAUSE, [alice('discord'), alice('matrix', 'email')], 'mandatory');
    await work();
    expect([discord, matrix, email].map(({ standing }) => standing.length)).toEqual([0, 0, 1]);
    expect(await rows()).toContain('operator:alice@discord discord queued');
  });

  it('one that is refused goes its own further way only', async () => {
    const { discord, matrix, email, post, work } = open();
    discord.fail({ reason: 'forbidden' });
    matrix.fail({ reason: 'forbidden' });
    await post.send(CAUSE, [alice('discord'), alice('matrix', 'email')], 'mandatory');
    await work();
    expect([discord, matrix, email].map(({ standing }) => standing.length)).toEqual([0, 0, 1]);
    expect(await rows()).toEqual([
      'operator:alice@discord discord failed',
      'operator:alice@matrix email delivered',
      'operator:alice@matrix matrix rerouted',
    ]);
  });

  it('are brought up to date by name, whatever way they went, and no others', async () => {
    const { matrix, post, queue, work } = open();
    matrix.fail({ reason: 'forbidden' });
    await post.send(CAUSE, [alice('discord'), alice('matrix', 'email'), bob], 'mandatory');
    await work();
    await post.refresh(CAUSE, [alice('matrix', 'email')]);
    expect(queue.map(({ to, platform }) => `${placeName(to)} ${platform}`)).toEqual([
      'operator:alice@matrix email',
    ]);
    queue.splice(0);
    await post.refresh(CAUSE);
    expect(queue).toHaveLength(3);
  });

  it('are not sent any more once it is over, and say why; what stands is edited', async () => {
    const { discord, matrix, post, work } = open();
    matrix.setCondition({ up: false, why: 'gone', since: new Date() });
    const to = [alice('discord'), alice('matrix')];
    await post.send(CAUSE, to, 'mandatory');
    await work();
    composed = { ...composed, revision: 2, over: 'answered meanwhile' };
    matrix.setCondition({ up: true });
    clock.at += 60_000;
    await post.refresh(CAUSE, to);
    await work();
    expect(matrix.standing).toEqual([]);
    expect(discord.standing[0]?.edits).toBe(1);
    const stale = (await ledger.of(CAUSE)).find(({ state }) => state === 'stale');
    expect(stale).toMatchObject({ platform: 'matrix', reason: 'answered meanwhile' });
  });
});
