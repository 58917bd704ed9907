import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import type { Cause, Composed, Sending } from '#src/domain/delivery.ts';
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
const composed: Composed = { message: { tone: 'critical', title: 'one', blocks: [] }, revision: 1 };

describe('who is called in the room', () => {
  let redis: TestRedis;
  beforeEach(async () => void (redis = await testRedis()));
  afterEach(() => redis[Symbol.asyncDispose]());

  function office() {
    const { connection } = redis;
    const asked: string[] = [];
    const store = createLedger(connection);
    const ledger: Ledger = {
      ...store,
      of: (cause) => (asked.push(cause), store.of(cause)),
      ofAll: (causes) => (asked.push(...causes), store.ofAll(causes)),
    };
    const discord = fakePlatform('discord');
    const platform = { ...discord, waiting: (handles: readonly string[]) => Promise.resolve(handles) };
    const media = new Map([['discord', { platform, circuit: createCircuit(platform, Date.now) }]]);
    const queue: string[] = [];
    const shared = {
      media,
      ledger,
      bundles: createBundles(connection),
      missed: createOutages(connection),
      fleets: fixedFleets(),
      logger: pino({ level: 'silent' }),
      now: () => new Date(),
      enqueue: (list: readonly { readonly id: string; readonly to: Place }[]) =>
        Promise.resolve(void queue.push(...list.filter(({ to }) => to.kind === 'room').map(({ id }) => id))),
      compose: () => Promise.resolve(composed),
      arrived: () => Promise.resolve(),
    };
    const carry = createCarry(shared);
    return {
      asked,
      post: createPost(shared),
      async calledInRoom(): Promise<readonly string[]> {
        for (const id of queue.splice(0)) await carry(id);
        const room = discord.standing.findLast(({ to }) => to.kind === 'room');
        return (room?.message.mentions ?? []).map(({ name }) => name);
      },
    };
  }

  it('whoever would have to wait for a direct message', async () => {
    const { post, calledInRoom } = office();
    await post.sendAll([{ cause: 'alert:a1:1', to: [ALICE, OPS], urgency: 'critical' }]);
    expect(await calledInRoom()).toEqual(['alice']);
  });

  it('also whoever is told in a bundle while the room is told by a message of its own', async () => {
    const { post, calledInRoom } = office();
    const many = Array.from({ length: 20 }, (_, at): Sending => ({
      cause: `alert:b${at}:1`,
      to: [ALICE],
      urgency: 'critical',
      isNew: true,
    }));
    await post.sendAll(many);
    await post.sendAll([{ cause: 'alert:a1:1', to: [ALICE, OPS], urgency: 'critical', isNew: true }]);
    expect(await calledInRoom()).toEqual(['alice']);
  });

  it('nobody, and nothing is looked up, where only the room is told of what began this moment', async () => {
    const { asked, post, calledInRoom } = office();
    await post.sendAll([{ cause: 'alert:a1:1', to: [OPS], urgency: 'critical', isNew: true }]);
    expect(await calledInRoom()).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('told twice as new, by two processes, it is one message', async () => {
    const cause: Cause = 'alert:a1:1';
    const [one, two] = [office(), office()];
    const sending: Sending = { cause, to: [OPS], urgency: 'critical', isNew: true };
    await Promise.all([one.post.sendAll([sending]), two.post.sendAll([sending])]);
    await one.calledInRoom();
    await two.calledInRoom();
    expect((await createLedger(redis.connection).of(cause)).map(({ state }) => state)).toEqual(['delivered']);
  });
});
