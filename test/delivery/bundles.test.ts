import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createAlerting } from '#src/alerting/alerting.ts';
import { createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import { type Alert, Signal } from '#src/domain/alert.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import { type Bundles, createBundles } from '#src/store/bundles.ts';
import { documents } from '#src/store/documents.ts';
import { createAgenda } from '#src/store/agenda.ts';
import { createLedger, type Ledger } from '#src/store/ledger.ts';
import { createSilences } from '#src/store/silences.ts';
import { createOutages } from '#src/store/outages.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';
import { nobodyOnCall } from '#test/stand-ins/oncall.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

const signals = (count: number, severity = 'warning', status = 'firing', from = 0): readonly Signal[] =>
  Array.from({ length: count }, (_, at) =>
    Signal.parse({ labels: { alertname: `A${from + at}`, severity }, status }),
  );

describe('a burst', () => {
  let redis: TestRedis;
  let discord: ReturnType<typeof fakePlatform>;
  let ledger: Ledger;
  let killed: string | undefined;

  beforeEach(async () => {
    redis = await testRedis();
    discord = fakePlatform('discord');
    killed = undefined;
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  /** A process on the shared records; each crash begins another. */
  function worker() {
    const { connection } = redis;
    const killable = <T extends object>(name: string, part: T): T =>
      new Proxy(part, {
        get(target, key) {
          const found: unknown = Reflect.get(target, key);
          if (typeof found !== 'function') return found;
          return async (...words: readonly unknown[]) => {
            if (killed === `before ${name}.${String(key)}`) throw new Error('killed');
            const answer: unknown = await Reflect.apply(found, target, words);
            if (killed === `after ${name}.${String(key)}`) throw new Error('killed');
            return answer;
          };
        },
      });
    const now = () => new Date();
    const alerts = killable('alerts', documents<Alert>(connection, 'alerts', { keep: 50_000 }));
    ledger = killable('ledger', createLedger(connection));
    const bundles: Bundles = killable('bundles', createBundles(connection));
    const queue: string[] = [];
    const medium = { platform: discord, circuit: createCircuit(discord, Date.now) };
    const media = new Map([['discord', medium]]);
    const enqueue = killable('queue', {
      add: (list: readonly Delivery[]) => Promise.resolve(void queue.push(...list.map(({ id }) => id))),
    }).add;
    const shared = { media, ledger, bundles, fleets: fixedFleets(), enqueue, now };
    const logger = pino({ level: 'silent' });
    const silences = createSilences(connection, now);
    const alerting = createAlerting({
      ...shared,
      alerts,
      silences,
      post: createPost(shared),
      oncalls: nobodyOnCall,
      escalations: createAgenda(connection, 'escalations'),
      logger,
    });
    const arrived = () => Promise.resolve();
    const carry = createCarry({
      ...shared,
      missed: createOutages(redis.connection),
      compose: alerting.compose,
      arrived,
      logger,
    });
    const work = async (): Promise<void> => {
      for (const id of new Set(queue.splice(0))) await carry(id);
    };
    return { alerting, bundles, work };
  }

  const titles = () => discord.standing.map(({ message }) => message.title);
  const textOf = (at: number) => JSON.stringify(discord.standing[at]?.message);

  it('becomes a few messages of their own and then a bundle that names and counts all', async () => {
    const { alerting, work } = worker();
    await alerting.take(...signals(60));
    await work();
    expect(titles().filter((title) => title.includes('WARNING'))).toHaveLength(5);
    expect(titles()[5]).toContain('55 alerts at once: 55 warning');
    expect(discord.standing).toHaveLength(6);
    for (let at = 5; at < 60; at++) expect(textOf(5)).toContain(`"A${at}"`);
  });

  it('keeps a message of their own for critical ones for longer, and names those in the bundle', async () => {
    const { alerting, work } = worker();
    await alerting.take(...signals(50, 'critical'));
    await work();
    expect(titles().filter((title) => title.includes('CRITICAL'))).toHaveLength(10);
    expect(titles()[10]).toContain('40 alerts at once: 40 critical');
    expect(textOf(10)).toContain('and 20 more critical');
  });

  it('says in the record of each alert where it went, and follows what becomes of it', async () => {
    const { alerting, work } = worker();
    await alerting.take(...signals(20));
    const cause = (at: number) => async () => {
      const list = await alerting.list();
      const alert = list.find(({ labels }) => labels['alertname'] === `A${at}`)!;
      return (await ledger.of(`alert:${alert.id}:1`)).map(({ state, reason, posted }) => [
        state,
        reason?.split(':')[0],
        posted?.id,
      ]);
    };
    expect(await cause(19)()).toEqual([['queued', 'told in bundle', undefined]]);
    await work();
    expect(await cause(19)()).toEqual([['delivered', 'told in bundle', 'm6']]);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    await alerting.take(...signals(20, 'warning', 'resolved'));
    await work();
    expect(discord.standing).toHaveLength(6);
    expect(titles()[5]).toContain('All over: 15 alerts');
  });

  it('gives each of 40 jobs at once a place in one of few bundles', async () => {
    const { alerting, work } = worker();
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => alerting.take(...signals(50, 'warning', 'firing', at * 50))),
    );
    await work();
    const shown = discord.standing.map(({ message }) => JSON.stringify(message)).join('\n');
    for (let at = 0; at < 2_000; at++)
      expect(shown.split(new RegExp(`\\bA${at}"|: A${at}"`))).toHaveLength(2);
    expect(discord.standing.length).toBeLessThan(13);
  });

  const deeds = ['alerts.updateAll', 'ledger.ofAll', 'bundles.admit', 'ledger.open', 'queue.add'] as const;
  it.each(deeds.flatMap((deed) => [`before ${deed}`, `after ${deed}`]))(
    'loses and doubles nothing when it is killed %s',
    async (when) => {
      const first = worker();
      killed = when;
      await expect(first.alerting.take(...signals(30))).rejects.toThrow('killed');
      killed = undefined;
      const second = worker();
      await second.alerting.take(...signals(30));
      await second.work();
      const shown = discord.standing.map(({ message }) => JSON.stringify(message)).join('\n');
      for (let at = 0; at < 30; at++) expect(shown.split(new RegExp(`: A${at}"|"A${at}"`))).toHaveLength(2);
      expect(discord.standing).toHaveLength(6);
    },
  );

  it('asked again, gives the same verdict', async () => {
    const { bundles } = worker();
    const asked = Array.from({ length: 12 }, (_, at) => ({
      cause: `alert:x${at}:1` as const,
      to: { kind: 'room', room: 'ops' as never } as const,
      urgency: 'warning' as const,
    }));
    const given = await bundles.admit(asked);
    expect(given.filter((bundle) => bundle === undefined)).toHaveLength(5);
    expect(await bundles.admit(asked.toReversed())).toEqual(given.toReversed());
    expect(await bundles.members(given[11]!)).toHaveLength(7);
  });
});
