import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createAlerting } from '#src/alerting/alerting.ts';
import { alertIdOf } from '#src/alerting/apply.ts';
import { type Alert, Signal } from '#src/domain/alert.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { createBundles } from '#src/store/bundles.ts';
import { documents } from '#src/store/documents.ts';
import { createAgenda } from '#src/store/agenda.ts';
import { createSilences } from '#src/store/silences.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { nobodyOnCall } from '#test/stand-ins/oncall.ts';
import { recordedPost } from '#test/stand-ins/post.ts';

const signal = (
  status: 'firing' | 'resolved',
  severity = 'critical',
  annotations: Record<string, string> = {},
): Signal => Signal.parse({ labels: { alertname: 'TipOld', node: 'red-1', severity }, annotations, status });
const person = (id: string) => smallFleet.operator(id)!;

describe('alerting', () => {
  let redis: TestRedis;
  let clock: number;
  let post: ReturnType<typeof recordedPost>;
  let silences: ReturnType<typeof createSilences>;
  let alerting: ReturnType<typeof createAlerting>;
  const id = alertIdOf(signal('firing'));
  const now = () => new Date(clock);

  beforeEach(async () => {
    redis = await testRedis();
    clock = Date.parse('2026-01-01T00:00:00Z');
    post = recordedPost();
    silences = createSilences(redis.connection, now);
    alerting = createAlerting({
      alerts: documents<Alert>(redis.connection, 'alerts', { keep: 100 }),
      silences,
      bundles: createBundles(redis.connection),
      fleets: fixedFleets(),
      post,
      oncalls: nobodyOnCall,
      escalations: createAgenda(redis.connection, 'escalations'),
      now,
      logger: pino({ level: 'silent' }),
    });
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const silence = (match: Record<string, string>, minutes: number) =>
    silences.add({
      id: 's1',
      match,
      comment: '',
      createdBy: 'carol' as OperatorId,
      createdAt: now().toISOString(),
      endsAt: new Date(clock + minutes * 60_000).toISOString(),
    });

  it('tells the room of the first route that matches, and the operators of the seat', async () => {
    await alerting.take(signal('firing'));
    expect(post.asked).toEqual([`send alert:${id}:1 → operator:alice operator:bob room:ops`]);
  });

  it('tells the notaries when no route matches', async () => {
    await alerting.take(signal('firing', 'warning'));
    expect(post.asked[0]).toMatch(/→ room:notaries$/);
  });

  it('tells of the same alert once, also when twenty copies come at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => alerting.take(signal('firing'))));
    await alerting.take(signal('firing'));
    expect(new Set(post.asked).size).toBe(1);
    expect(await alerting.list()).toHaveLength(1);
    post.clear();
    await alerting.take(signal('firing'));
    expect(post.asked).toEqual([]);
  });

  it('is told again after a kill between the record and the sending', async () => {
    const send = post.send;
    Object.assign(post, { send: () => Promise.reject(new Error('killed')) });
    await expect(alerting.take(signal('firing'))).rejects.toThrow('killed');
    Object.assign(post, { send });
    await alerting.take(signal('firing'));
    expect(post.asked).toHaveLength(1);
  });

  it('counts the first acknowledgement, and an acknowledgement never un-resolves', async () => {
    await alerting.take(signal('firing'));
    const both = await Promise.all([
      alerting.acknowledge(id, person('alice')),
      alerting.acknowledge(id, person('bob')),
    ]);
    expect(new Set(both.map((alert) => alert.acknowledgedBy)).size).toBe(1);
    const race = await Promise.allSettled([
      alerting.take(signal('resolved')),
      alerting.acknowledge(id, person('carol')),
    ]);
    expect(race[0].status).toBe('fulfilled');
    expect(await alerting.get(id)).toMatchObject({ status: 'resolved' });
    await expect(alerting.acknowledge(id, person('alice'))).rejects.toThrow('is over');
  });

  it.each([
    ['frank', 'not yours'],
    ['erin', 'not yours'],
  ])('refuses %s, who has no right on the seat', async (who, words) => {
    await alerting.take(signal('firing'));
    await expect(alerting.acknowledge(id, person(who))).rejects.toThrow(words);
    expect(await alerting.get(id)).not.toHaveProperty('acknowledgedBy');
  });

  it('keeps a silenced alert on record without telling, and tells when the silence is over', async () => {
    await silence({ seat: 'red_EU' }, 10);
    await alerting.take(signal('firing'));
    expect(post.asked.filter((line) => line.startsWith('send'))).toEqual([]);
    expect(await alerting.get(id)).toMatchObject({ silencedBy: 's1', status: 'firing' });
    clock += 11 * 60_000;
    await alerting.sweep();
    expect(post.asked.filter((line) => line.startsWith('send'))).toHaveLength(1);
    expect(await alerting.get(id)).not.toHaveProperty('silencedBy');
  });

  it('shows the resolve on the first message, with its revision', async () => {
    await alerting.take(signal('firing'));
    const before = await alerting.compose(`alert:${id}:1`, {
      kind: 'direct',
      operator: 'alice' as OperatorId,
    });
    await alerting.take(signal('resolved'));
    const after = await alerting.compose(`alert:${id}:1`, {
      kind: 'direct',
      operator: 'alice' as OperatorId,
    });
    expect(after!.revision).toBeGreaterThan(before!.revision);
    expect(after!.message).toMatchObject({
      tone: 'good',
      title: expect.stringContaining('Resolved') as string,
    });
    expect(after!.message.blocks.some((block) => block.kind === 'choices')).toBe(false);
    clock += 60_000;
    await alerting.take(signal('firing'));
    await alerting.acknowledge(id, person('alice'));
    const old = await alerting.compose(`alert:${id}:1`, { kind: 'direct', operator: 'alice' as OperatorId });
    expect(old).toEqual({ ...after, over: true });
    expect(
      await alerting.compose(`alert:${id}:9`, { kind: 'direct', operator: 'alice' as OperatorId }),
    ).toBeUndefined();
  });

  it('skips no episode that begins and ends before it could be told', async () => {
    const at = (minute: number): string => new Date(clock + minute * 60_000).toISOString();
    await alerting.take(
      { ...signal('firing'), startsAt: at(1) },
      { ...signal('resolved'), endsAt: at(2) },
      { ...signal('firing'), startsAt: at(3) },
    );
    expect(post.asked).toEqual([
      `send alert:${id}:1 → operator:alice operator:bob room:ops`,
      `send alert:${id}:2 → operator:alice operator:bob room:ops`,
    ]);
  });
});
