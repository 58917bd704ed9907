import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { jobOf } from '#src/delivery/job.ts';
import { openDelivery } from '#src/delivery/media.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Place, RoomId, Urgency } from '#src/domain/room.ts';
import { createProducer, type Producer } from '#src/queue/producer.ts';
import { createWorker, type Handler } from '#src/queue/worker.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

import { openOffice } from './office.ts';

const QUEUE = 'deliver-discord';
const INFOS = 500;
/** Jobs that may have begun before a new one is noticed: those a worker works on at once. */
const AT_ONCE = 24;
const OPS: Place = { kind: 'room', room: 'ops' as RoomId };
const ALICE = { kind: 'direct', operator: 'alice' } as Place;

const logger = pino({ level: 'silent' });

const about = (name: string, urgency: Urgency, to: Place = OPS): Delivery =>
  openDelivery({ cause: `alert:${name}:1`, to, urgency, at: new Date(0), platform: 'discord' });
const infos = Array.from({ length: INFOS }, (_, at) => about(`i${at}`, 'info'));
const fire = about('fire', 'critical');

describe('what is urgent', () => {
  let redis: TestRedis;
  let producer: Producer;
  /** Ids of the deliveries, in the order in which they were taken up. */
  let begun: string[];

  beforeEach(async () => {
    redis = await testRedis();
    producer = createProducer(redis.connection);
    begun = [];
  });
  afterEach(async () => {
    await producer[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const add = (...deliveries: readonly Delivery[]): Promise<void> =>
    producer.add(
      QUEUE,
      deliveries.map((delivery) => jobOf(delivery, 0)),
    );
  const worker = (handle: (id: string) => ReturnType<Handler>): AsyncDisposable =>
    createWorker(
      QUEUE,
      (data) => {
        const { delivery } = data as { delivery: string };
        begun.push(delivery);
        return handle(delivery);
      },
      { redis: redis.connection, logger },
    );
  const waiting = async (): Promise<number> => (await producer.waiting())[QUEUE];
  /** Works until nothing is left to do. */
  async function workOff(): Promise<void> {
    await using _ = worker(() => Promise.resolve());
    await expect.poll(waiting, { timeout: 10_000 }).toBe(0);
  }

  it('overtakes what waits, the room before the people, and then by urgency', async () => {
    const others = [about('b', 'warning'), about('c', 'mandatory', ALICE), about('d', 'critical', ALICE)];
    await add(...infos, ...others);
    await add(fire);
    await workOff();
    const [warning, notice, direct] = others.map(({ id }) => id);
    expect(begun[0]).toBe(fire.id);
    expect(new Set(begun.slice(1, 3))).toEqual(new Set([notice, direct]));
    expect(begun[3]).toBe(warning);
    expect(begun).toHaveLength(INFOS + 4);
  });

  it.each([
    ['came back later', () => Promise.resolve({ againMs: 1 })],
    ['failed', () => Promise.reject(new OutsideError('redis', 'timeout', 'later'))],
  ] as const)('overtakes what waits after it %s', async (_, end) => {
    await add(...infos);
    {
      await using _worker = worker(end);
      await expect.poll(() => begun.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(INFOS);
    }
    // Of those that failed, the last is due half a second later.
    const dueMs = Date.now() + 600;
    await expect.poll(() => Date.now() > dueMs, { timeout: 2_000 }).toBe(true);
    await add(fire);
    begun = [];
    await workOff();
    expect(begun[0]).toBe(fire.id);
  });

  it.each([
    ['came back later', () => Promise.resolve({ againMs: 20 })],
    ['failed', () => Promise.reject(new OutsideError('redis', 'timeout', 'later'))],
  ] as const)('overtakes what waits although it %s itself', async (_, end) => {
    await add(...infos, fire);
    const second = Promise.withResolvers<void>();
    // So slow that the infos need longer than it is away.
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
    let [times, othersAtReturn] = [0, 0];
    await using _worker = worker((id) => {
      if (id !== fire.id) return slow();
      times += 1;
      if (times === 1) return end();
      othersAtReturn = begun.length - 2;
      return Promise.resolve(second.resolve());
    });
    await second.promise;
    expect(othersAtReturn).toBeLessThan(INFOS - AT_ONCE);
    expect(times).toBe(2);
  });

  it('does not wait in the place of what it was when it was less urgent', async () => {
    await add(...infos);
    const [, , third] = infos;
    await add(third!, { ...third!, urgency: 'critical' }, { ...third!, urgency: 'critical' });
    await workOff();
    expect(begun[0]).toBe(third!.id);
    // Once in each place: the second finds nothing to do.
    expect(begun.filter((id) => id === third!.id)).toHaveLength(2);
  });

  it('makes the bundle that it joins as urgent', async () => {
    const office = openOffice(redis, [fakePlatform('discord')], { at: Date.now() });
    const burst = (count: number, urgency: Urgency) =>
      office.post.sendAll(
        Array.from(
          { length: count },
          (_, at) => ({ cause: `alert:${urgency}${at}:1`, to: [OPS], urgency }) as const,
        ),
      );
    const isBundle = ({ cause }: Delivery): boolean => cause.startsWith('bundle:');
    const urgencies = (deliveries: readonly Delivery[]) =>
      deliveries.filter(isBundle).map(({ urgency }) => urgency);
    await burst(60, 'warning');
    expect(urgencies(office.queue.splice(0))).toEqual(['warning']);
    await burst(30, 'critical');
    expect(urgencies(office.queue)).toEqual(['critical']);
    expect(urgencies(await office.ledger.list({ limit: 500 }))).toEqual(['critical']);
    office.queue.length = 0;
    await burst(60, 'warning');
    expect(urgencies(office.queue)).toEqual(['critical']);
  });
});
