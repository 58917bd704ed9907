import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Notice } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { HOUR_MS, ID, noticeOf, pressing as pressingOver, SENT } from './pressing.ts';

describe('reminders', () => {
  let redis: TestRedis;
  beforeEach(async () => (redis = await testRedis()));
  afterEach(() => redis[Symbol.asyncDispose]());

  const pressing = (notice: Notice, circumstances?: Parameters<typeof pressingOver>[2]) =>
    pressingOver(redis, notice, circumstances);
  const of = (told: readonly string[], who: string): readonly string[] =>
    told.filter((line) => line.includes(who)).map((line) => line.split(' → ')[0] ?? '');

  it('rise over four days: to those missing, to who stands in, to the coordinators, to the room', async () => {
    const { told, until, notices } = await pressing(noticeOf(96));
    await until(98);
    expect(told).toEqual([
      '0.25 personal → operator:bob@email',
      '24 3d → operator:frank@telegram',
      '24 3d → operator:alice@discord',
      '24 3d → operator:alice@matrix',
      '24 3d → operator:bob@discord',
      '24 3d → operator:bob@matrix',
      '72 backup → operator:stan@discord',
      '72 24h → operator:frank@telegram',
      '72 24h → operator:alice@discord',
      '72 24h → operator:alice@matrix',
      '72 24h → operator:bob@discord',
      '72 24h → operator:bob@matrix',
      '90 coordinators → room:ops@discord',
      '90 coordinators → room:ops@matrix',
      ...['90 6h', '95 1h'].flatMap((step) => [
        ...(step === '95 1h' ? ['95 room → room:notaries@discord', '95 room → room:notaries@matrix'] : []),
        `${step} → operator:frank@telegram`,
        `${step} → operator:alice@discord`,
        `${step} → operator:alice@matrix`,
        `${step} → operator:bob@discord`,
        `${step} → operator:bob@matrix`,
        `${step} → operator:stan@discord`,
      ]),
      ...['97 overdue-1', '98 overdue-2'].flatMap((step) => [
        `${step} → room:notaries@discord`,
        `${step} → room:notaries@matrix`,
        `${step} → operator:frank@telegram`,
        `${step} → operator:alice@discord`,
        `${step} → operator:alice@matrix`,
        `${step} → operator:bob@discord`,
        `${step} → operator:bob@matrix`,
        `${step} → operator:stan@discord`,
      ]),
    ]);
    expect((await notices.get(ID))?.reminded.map(({ step, seats, to }) => [step, seats, to])).toEqual([
      ['personal', 1, 1],
      ['3d', 3, 3],
      ['backup', 1, 1],
      ['24h', 3, 3],
      ['coordinators', 3, 1],
      ['6h', 3, 4],
      ['room', 3, 1],
      ['1h', 3, 4],
      ['overdue-1', 3, 5],
      ['overdue-2', 3, 5],
    ]);
  });

  it('end for who answered; go on for who is on it past the deadline, and for who is contradicted', async () => {
    const { told, until, answer, contradict, roll } = await pressing(noticeOf(48));
    await answer('alice', 'on-it');
    await answer('frank', 'done');
    await answer('mute', 'cannot', 'no host');
    await until(30);
    expect(told).toEqual([]);
    await contradict('blue_NA', 'said done, runs 0.8.2');
    await until(46);
    // Pressed anew, whoever it is is told within the hour what stands.
    expect(of(told, 'frank')).toEqual(['31 24h', '42 6h']);
    // Whoever cannot is the coordinators' matter.
    expect(of(told, 'ops')).toEqual(['42 coordinators', '42 coordinators']);
    expect(of(told, 'alice')).toEqual([]);
    await until(49);
    expect(of(told, 'alice')).toEqual(['48 1h', '48 1h', '49 overdue-1', '49 overdue-1']);
    expect(of(told, 'mute')).toEqual([]);
    const lines = await roll.all();
    expect(lines.map(({ seat, escalations }) => [seat, escalations.map(({ to }) => to)])).toEqual([
      ['blue_NA', ['coordinators', 'room']],
      ['grey_SH', ['coordinators']],
      ['red_EU', ['personal', 'backup', 'coordinators', 'room']],
    ]);
  });

  it('wait for the end of quiet hours, and tell then what stands', async () => {
    // Due at noon four days later: a day before is noon; six hours before is six in the morning.
    const { told, until } = await pressing(noticeOf(60, {}));
    await until(62);
    // 36 h = midnight: 24 h before. Quiet until seven.
    expect(of(told, 'bob')).toContain('36 24h');
    expect(of(told, 'alice')).toContain('43 24h');
    expect(of(told, 'alice')).not.toContain('36 24h');
  });

  it('are not held back by quiet hours once little time is left', async () => {
    const { told, until } = await pressing(noticeOf(15));
    await until(15);
    // 9 h = nine in the evening, six hours before; 14 h = two in the night, an hour before.
    expect(of(told, 'alice')).toEqual(['9 6h', '9 6h', '14 1h', '14 1h']);
  });

  it('are one where several were due while nobody swept', async () => {
    const { told, sweep } = await pressing(
      noticeOf(0.5, { sentAt: new Date(SENT - 47.5 * HOUR_MS).toISOString() }),
    );
    await sweep();
    expect(of(told, 'frank')).toEqual(['0 1h']);
    expect(of(told, 'alice')).toEqual(['0 1h', '0 1h']);
  });

  it('ask who is on call alone while there is time, everybody later', async () => {
    const { told, until } = await pressing(noticeOf(96), { onCall: { red: 'bob' } });
    await until(73);
    expect(of(told, 'alice')).toEqual(['72 24h', '72 24h']);
    expect(of(told, 'bob')).toEqual(['0.25 personal', '24 3d', '24 3d', '72 24h', '72 24h']);
  });

  it('do not go to a personal medium where the notice itself went there', async () => {
    const { told, until } = await pressing(noticeOf(96), { mailed: ['bob'] });
    await until(1);
    expect(told).toEqual([]);
  });

  it('wait for a promise, and say when it is broken', async () => {
    const { told, until, ask, heed, answer, compose, roll, refreshed: post } = await pressing(noticeOf(30));
    await until(5);
    const before = told.length;
    await heed(await ask('bob', 3));
    await until(10);
    expect(of(told.slice(before), 'bob')).toEqual(['8.25 promise', '8.25 promise']);
    const said = await compose(`reminder:${ID}:promise`, { kind: 'direct', operator: 'bob' as OperatorId });
    expect(JSON.stringify(said?.message)).toContain(
      'You asked for time until 2026-01-01 20:15 UTC: it is over',
    );
    expect(JSON.stringify(said?.message)).toContain(
      'asked for time until 2026-01-01 20:15 UTC, and broke it',
    );
    expect(await roll.totals()).toMatchObject({ promisesBroken: 1 });
    const list = await compose(`reminder:${ID}:coordinators`, { kind: 'room', room: 'ops' as never });
    expect(JSON.stringify(list?.message)).toContain('promise broken');
    expect(post.asked).toContain(`refresh board:${ID} → room:ops@discord room:ops@matrix`);
    await answer('bob', 'done');
    expect(await roll.totals()).toMatchObject({ promisesBroken: 0 });
  });

  it('say that a done is contradicted, once, when it still is after some minutes', async () => {
    const { told, until, answer, contradict, heed } = await pressing(noticeOf(96));
    await until(30);
    const before = told.length;
    await answer('frank', 'done');
    await heed(await contradict('blue_NA', 'said done, runs 0.8.2'));
    await until(60);
    expect(of(told.slice(before), 'frank')).toEqual(['30.5 contradicted']);
    await until(73);
    expect(of(told.slice(before), 'frank')).toEqual(['30.5 contradicted', '72 24h']);
  });

  it('say nothing of a contradiction that is over within minutes', async () => {
    const { told, until, answer, contradict, heed } = await pressing(noticeOf(96));
    await until(30);
    const before = told.length;
    await answer('frank', 'done');
    await heed(await contradict('blue_NA', 'said done, runs 0.8.2'));
    await contradict('blue_NA', undefined);
    await until(73);
    expect(of(told.slice(before), 'frank')).toEqual([]);
  });

  it('look again where the time of a height may come to be known', async () => {
    const { until, told, notices } = await pressing(
      noticeOf(96, { deadline: { height: 5_000, coin: 'KMD' } }),
    );
    await until(3);
    expect(of(told, 'frank')).toEqual([]);
    await notices.update(ID, (notice) => notice && { ...notice, deadline: noticeOf(4.5).deadline });
    await until(5);
    expect(of(told, 'frank')).toEqual(['3.5 1h']);
  });

  it('say nothing of a promise that was kept', async () => {
    const { told, until, ask, answer, heed } = await pressing(noticeOf(30));
    await until(5);
    const before = told.length;
    await heed(await ask('bob', 3));
    await answer('bob', 'done');
    await until(29);
    expect(of(told.slice(before), 'bob')).toEqual([]);
  });

  it('that lie somewhere are closed by an answer, and not told any more where they wait', async () => {
    const { until, answer, compose, refresh, refreshed } = await pressing(noticeOf(96));
    await until(25);
    const to = { kind: 'direct', operator: 'bob' as OperatorId } as const;
    expect((await compose(`reminder:${ID}:3d`, to))?.over).toBeUndefined();
    await answer('alice', 'done');
    expect((await compose(`reminder:${ID}:3d`, to))?.over).toBe('answered meanwhile');
    const room = { kind: 'room', room: 'notaries' as never } as const;
    expect((await compose(`reminder:${ID}:room`, room))?.over).toBeUndefined();
    await answer('frank', 'done');
    await answer('mute', 'cannot', 'no host');
    expect((await compose(`reminder:${ID}:room`, room))?.over).toBe('answered meanwhile');
    expect((await compose(`reminder:${ID}:coordinators`, room))?.over).toBeUndefined();
    refreshed.clear();
    await refresh();
    expect(refreshed.asked).toEqual([
      `refresh reminder:${ID}:personal → operator:bob@email operator:bob@telegram`,
      `refresh reminder:${ID}:3d → operator:bob`,
    ]);
  });

  it('end with the notice', async () => {
    const { told, until, notices, compose } = await pressing(noticeOf(96));
    await until(25);
    told.splice(0);
    await notices.update(ID, (notice) => notice && { ...notice, state: 'closed' });
    await until(100);
    expect(told).toEqual([]);
    const to = { kind: 'direct', operator: 'bob' as OperatorId } as const;
    expect((await compose(`reminder:${ID}:3d`, to))?.over).toBe('the notice is closed');
  });

  it('cost nothing while nothing is due', async () => {
    const { until, sweep, deeds } = await pressing(noticeOf(96));
    await until(2);
    await sweep();
    const before = deeds();
    for (let turn = 0; turn < 50; turn++) await sweep();
    expect(deeds()).toBe(before);
  });

  it('are the same when the process is killed at any moment', async () => {
    const steps = [0.25, 24, 72, 90, 95, 97];
    const whole = await pressing(noticeOf(96));
    await whole.until(98);
    const expected = whole.told.map((line) => line.replace(/^\S+ /, '')).toSorted();
    const reminded = (await whole.notices.get(ID))?.reminded.map(({ step }) => step);
    for (let point = 0; point < 20; point++) {
      await redis.connection.flushdb();
      const mortal = await pressing(noticeOf(96));
      for (const hour of steps) {
        await mortal.until(hour - 0.25);
        mortal.dieAt(point);
        await mortal.sweep().catch(() => undefined);
        await mortal.until(hour);
        mortal.dieAt(Infinity);
      }
      await mortal.until(98);
      expect(mortal.told.map((line) => line.replace(/^\S+ /, '')).toSorted()).toEqual(expected);
      expect((await mortal.notices.get(ID))?.reminded.map(({ step }) => step)).toEqual(reminded);
    }
  });
});
