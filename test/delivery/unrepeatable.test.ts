import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CarryNeeds, createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import type { Cause, Delivery } from '#src/domain/delivery.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';
import type { Place } from '#src/domain/room.ts';
import { createBundles } from '#src/store/bundles.ts';
import { createLedger, type Ledger } from '#src/store/ledger.ts';
import { createOutages } from '#src/store/outages.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

const ALICE: Place = { kind: 'direct', operator: 'alice' as OperatorId };
const CAUSE: Cause = 'note:1';
const DOWN = { up: false, why: 'gone', since: new Date() } as const;

const reachable = fleetOf({
  ...smallFleet,
  operators: smallFleet.operators.map((operator) => ({
    ...operator,
    handles: { ...operator.handles, email: `${operator.id}@x`, telegram: '7' },
  })),
});

describe('a platform that cannot tell a repeated message from a second one', () => {
  let redis: TestRedis;
  let ledger: Ledger;
  let clock: number;
  let crash: ((record: Delivery) => boolean) | undefined;

  beforeEach(async () => {
    redis = await testRedis();
    clock = Date.parse('2026-01-01T00:00:00Z');
    crash = undefined;
    const store = createLedger(redis.connection);
    ledger = {
      ...store,
      update: (id, change) =>
        store.update(id, (current) => {
          const next = change(current);
          if (next && crash?.(next)) throw new Error('killed');
          return next;
        }),
    };
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  /** Sends one message to alice; `work` goes on until nothing is due. */
  async function send(platforms: readonly ChatPlatform[]) {
    const queue: string[] = [];
    const media = new Map(
      platforms.map((platform) => [platform.id, { platform, circuit: createCircuit(platform, () => clock) }]),
    );
    const enqueue: CarryNeeds['enqueue'] = async (deliveries) =>
      void queue.push(...deliveries.map(({ id }) => id));
    const needs = {
      media,
      ledger,
      bundles: createBundles(redis.connection),
      fleets: fixedFleets(reachable),
      enqueue,
      now: () => new Date(clock),
    };
    const carry = createCarry({
      ...needs,
      missed: createOutages(redis.connection),
      compose: async () => ({ message: { tone: 'neutral', title: 'one', blocks: [] }, revision: 1 }),
      arrived: async () => undefined,
      logger: pino({ level: 'silent' }),
    });
    await createPost(needs).send(CAUSE, [ALICE], 'critical');
    const [first = ''] = queue;
    return {
      again: () => void queue.push(first),
      async work(): Promise<void> {
        for (let id = queue.shift(), turns = 0; id !== undefined && turns < 20; id = queue.shift(), turns++) {
          if (await carry(id)) queue.push(id);
          clock += 60_000;
        }
      },
    };
  }

  const rows = async (): Promise<readonly string[]> =>
    (await ledger.of(CAUSE)).map(({ platform, state }) => `${platform} ${state}`).toSorted();

  it('is not asked again after no answer came: the other way is taken, and the reason said', async () => {
    const [email, telegram] = [fakePlatform('email'), fakePlatform('telegram', { repeat: false })];
    const { work } = await send([telegram, email]);
    telegram.fail({ reason: 'timeout', after: true });
    await work();
    expect(telegram.calls).toEqual(['post']);
    expect(await rows()).toEqual(['email delivered', 'telegram rerouted']);
    expect(email.standing[0]?.message.footer).toContain('Telegram gave no answer');
  });

  it('and says so where it then comes as it was meant to', async () => {
    const [discord, telegram] = [fakePlatform('discord'), fakePlatform('telegram', { repeat: false })];
    const { work, again } = await send([discord, telegram]);
    discord.setCondition(DOWN);
    crash = ({ state, platform }) => state === 'delivered' && platform === 'telegram';
    await expect(work()).rejects.toThrow('killed');
    crash = undefined;
    discord.setCondition({ up: true });
    again();
    await work();
    expect(telegram.calls).toEqual(['post']);
    expect(discord.standing[0]?.message.footer).toContain('Telegram');
  });

  it('and where there is no other way, the delivery failed', async () => {
    const telegram = fakePlatform('telegram', { repeat: false });
    const { work, again } = await send([telegram]);
    telegram.fail({ reason: 'timeout', after: true });
    await work();
    again();
    await work();
    expect(telegram.standing).toHaveLength(1);
    expect(await rows()).toEqual(['telegram failed']);
  });

  it('is not asked again when the process died while it was sending', async () => {
    const telegram = fakePlatform('telegram', { repeat: false });
    const { work, again } = await send([telegram]);
    crash = ({ state }) => state === 'delivered';
    await expect(work()).rejects.toThrow('killed');
    crash = undefined;
    again();
    await work();
    expect(telegram.standing).toHaveLength(1);
    expect(await rows()).toEqual(['telegram failed']);
    expect((await ledger.of(CAUSE))[0]?.reason).toContain('may have arrived');
  });

  it('is asked again after it surely did not take it, however often', async () => {
    const telegram = fakePlatform('telegram', { repeat: false });
    const { work } = await send([telegram]);
    telegram.fail(
      { reason: 'rate-limited', retryAfterMs: 10 },
      { reason: 'unavailable' },
      { reason: 'timeout' },
    );
    await work();
    expect(telegram.calls).toEqual(['post', 'post', 'post', 'post']);
    expect(await rows()).toEqual(['telegram delivered']);
  });

  it('personal media: the first later way that is up is taken, not the next', async () => {
    const all = ['discord', 'matrix', 'email', 'telegram'].map((id) => fakePlatform(id));
    const [discord, matrix, email, telegram] = all as [
      (typeof all)[0],
      (typeof all)[0],
      (typeof all)[0],
      (typeof all)[0],
    ];
    const { work } = await send(all);
    discord.setCondition(DOWN);
    matrix.setCondition(DOWN);
    await work();
    expect(email.standing).toHaveLength(1);
    expect([...discord.calls, ...matrix.calls, ...telegram.calls]).toEqual([]);
    expect(email.standing[0]?.message.footer).toContain('Over mail, because Discord is down');
  });
});
