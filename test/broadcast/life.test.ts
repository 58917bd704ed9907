import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { BroadcastDesk } from '#src/broadcast/broadcast.ts';
import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import { Announcement } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Place, RoomId } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { noticeDesk } from '#test/broadcast/desk.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { recordedPost } from '#test/stand-ins/post.ts';

const person = (id: string) => smallFleet.operator(id)!;
const announcement = Announcement.parse({
  subject: 'Komodo 0.9.2',
  version: 'v0.9.2',
  deadline: { time: '2026-01-08T00:00:00Z' },
});
const NOTARIES: Place = { kind: 'room', room: 'notaries' as RoomId };
const direct = (operator: string): Place => ({ kind: 'direct', operator: operator as OperatorId });

describe('the life of a notice', () => {
  let redis: TestRedis;
  let post: ReturnType<typeof recordedPost>;
  let desk: BroadcastDesk;
  const clock = { at: 0 };
  const open = (fleet: Fleet = smallFleet): void => {
    desk = noticeDesk(redis.connection, {
      post,
      now: () => new Date(clock.at),
      fleets: fixedFleets(fleet),
    });
  };

  beforeEach(async () => {
    redis = await testRedis();
    post = recordedPost();
    clock.at = Date.parse('2026-01-01T00:00:00Z');
    open();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const draft = async (): Promise<string> => (await desk.announce(announcement, person('carol'), 'event')).id;
  const sent = async (): Promise<string> => {
    const id = await draft();
    await desk.confirm(id, person('dave'));
    post.clear();
    return id;
  };
  const answer = (id: string, who: string, said: 'on-it' | 'done' | 'cannot') =>
    desk.acknowledge(id, person(who), said, 'discord');
  const prove = (id: string, ...seats: readonly string[]) =>
    desk.find(id).then((notice) =>
      desk.changeLines(notice!, seats as readonly SeatId[], (entry) => ({
        ...entry,
        provenAt: new Date(clock.at).toISOString(),
        revision: entry.revision + 1,
      })),
    );
  const asked = (words: string): readonly string[] => post.asked.filter((line) => line.startsWith(words));
  /** The process dies at the first call of this kind that is about this; the next one is started later. */
  const killedAt = async (call: 'send' | 'refresh', about: string, deed: () => Promise<unknown>) => {
    const whole = post[call] as (cause: string, ...rest: readonly unknown[]) => Promise<void>;
    Object.assign(post, {
      [call]: (cause: string, ...rest: readonly unknown[]) =>
        cause.startsWith(about) ? Promise.reject(new Error('killed')) : whole(cause, ...rest),
    });
    await expect(deed()).rejects.toThrow('killed');
    Object.assign(post, { [call]: whole });
    post.clear();
    open();
    clock.at += 30_000;
    await desk.sweep();
  };

  describe('killed', () => {
    it('before the coordinators were asked, it asks them', async () => {
      await killedAt('send', 'board:', draft);
      expect(asked('send board:')).toHaveLength(1);
    });

    it('before what stands there was brought to its end, it does that, and reports', async () => {
      const id = await sent();
      await killedAt('refresh', 'notice:', () => desk.close(id, person('carol'), 'all done'));
      expect(asked(`refresh notice:${id} → all`)).toHaveLength(1);
      expect(asked(`send report:${id} → room:ops`)).toHaveLength(1);
    });

    it('before an answer was shown, it shows it to those of the seat', async () => {
      const id = await sent();
      await killedAt('refresh', 'board:', () => answer(id, 'alice', 'done'));
      const [line] = asked(`refresh notice:${id} → operator:alice@discord`);
      expect(line).toContain('operator:bob@matrix');
      expect(line).not.toContain('frank');
    });

    it('and once more: nothing is left to complete', async () => {
      const id = await sent();
      await killedAt('refresh', 'board:', () => answer(id, 'alice', 'done'));
      post.clear();
      clock.at += 30_000;
      await desk.sweep();
      expect(post.asked).toEqual([]);
    });
  });

  it('closes by itself once every seat was seen running it, and reports', async () => {
    const id = await sent();
    await prove(id, 'red_EU', 'blue_NA');
    expect((await desk.find(id))?.state).toBe('sent');
    await prove(id, 'grey_SH');
    expect(await desk.find(id)).toMatchObject({ state: 'closed', reason: 'every seat was seen running it' });
    expect(asked(`send report:${id}`)).toEqual([`send report:${id} → room:ops`]);
  });

  it('is postponed by a successor that another coordinator confirms', async () => {
    const id = await sent();
    const later = { deadline: { time: '2026-02-01T00:00:00Z' }, reason: 'the release slipped' };
    await expect(desk.postpone(id, person('alice'), later, 'event-2')).rejects.toThrow('role coordinator');
    await expect(desk.postpone(id, person('carol'), { ...later, deadline: {} }, 'event-2')).rejects.toThrow(
      'Say until when',
    );
    const next = await desk.postpone(id, person('carol'), later, 'event-2');
    expect(next).toMatchObject({
      state: 'draft',
      supersedes: id,
      version: 'v0.9.2',
      deadline: later.deadline,
    });
    expect(next.postponed).toMatchObject({
      from: expect.stringContaining('2026-01-08'),
      reason: later.reason,
    });
    expect((await desk.find(id))?.state).toBe('sent');
    await expect(desk.confirm(next.id, person('carol'))).rejects.toThrow('another coordinator');
    await desk.confirm(next.id, person('dave'));
    expect(await desk.find(id)).toMatchObject({
      state: 'superseded',
      supersededBy: next.id,
      reason: 'postponed: the release slipped',
    });
    expect(asked(`refresh notice:${id} → all`)).toHaveLength(1);
    await expect(answer(id, 'alice', 'done')).rejects.toThrow(`superseded by ${next.id}`);
    await expect(desk.postpone(id, person('carol'), later, 'event-3')).rejects.toThrow('superseded');
  });

  it('is called off: whoever was told of it is told so, and nobody else', async () => {
    const id = await sent();
    await desk.arrived({ cause: `notice:${id}`, to: direct('alice'), platform: 'matrix' } as never);
    await expect(desk.cancel(id, person('alice'), 'no')).rejects.toThrow('role coordinator');
    await desk.cancel(id, person('dave'), 'the release was withdrawn');
    expect(await desk.find(id)).toMatchObject({ state: 'cancelled', endedBy: 'dave' });
    expect(asked(`send withdrawal:${id}`)).toHaveLength(1);
    expect(asked(`send report:${id}`)).toHaveLength(1);
    const said = async (to: Place) => await desk.compose(`withdrawal:${id}`, to);
    expect(JSON.stringify((await said(NOTARIES))?.message)).toMatch(
      /Called off: Komodo.*was withdrawn.*dave/,
    );
    expect((await said(direct('bob')))?.over).toBeUndefined();
    expect((await said(direct('frank')))?.over).toBe('was not told of it');
    await expect(answer(id, 'alice', 'done')).rejects.toThrow('is cancelled since');
  });

  it('holds back what was answered meanwhile, and nothing else', async () => {
    const id = await sent();
    const overFor = async (who: string) => (await desk.compose(`notice:${id}`, direct(who)))?.over;
    expect(await overFor('bob')).toBeUndefined();
    await prove(id, 'red_EU');
    expect(await overFor('bob')).toBeUndefined();
    await answer(id, 'alice', 'cannot');
    await answer(id, 'frank', 'cannot');
    expect(await overFor('frank')).toBeUndefined();
    await answer(id, 'frank', 'on-it');
    expect(await overFor('frank')).toBe('answered meanwhile');
    await desk.close(id, person('carol'), 'over');
    expect(await overFor('mute')).toBe('the notice is closed');
  });

  it('whoever answers was reached, also where no message arrived', async () => {
    const id = await sent();
    const before = (await desk.compose(`notice:${id}`, direct('bob')))!.revision;
    const { entries } = await desk.acknowledge(id, person('alice'), 'on-it', 'matrix');
    expect(entries[0]).toMatchObject({ reachedBy: 'alice', reachedOn: 'matrix', answeredBy: 'alice' });
    expect((await desk.summary(id))!.totals).toMatchObject({ reached: 1, acknowledged: 1, missing: 2 });
    expect((await desk.compose(`notice:${id}`, direct('bob')))!.revision).toBeGreaterThan(before);
  });

  it('that it arrived is no change for those who read it', async () => {
    const id = await sent();
    const before = (await desk.compose(`notice:${id}`, direct('bob')))!.revision;
    await desk.arrived({ cause: `notice:${id}`, to: direct('alice'), platform: 'matrix' } as never);
    expect((await desk.summary(id))!.totals.reached).toBe(1);
    expect((await desk.compose(`notice:${id}`, direct('bob')))!.revision).toBe(before);
  });

  it('is shown anew as time goes by, and its end after that', async () => {
    const id = await sent();
    const revisions: number[] = [];
    const look = async () => revisions.push((await desk.compose(`notice:${id}`, NOTARIES))!.revision);
    await look();
    clock.at += 3 * 3_600_000;
    await look();
    await answer(id, 'alice', 'done');
    await look();
    await desk.close(id, person('carol'), 'over');
    await look();
    expect(new Set(revisions).size).toBe(4);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  });

  it('gives time once', async () => {
    const id = await sent();
    const { entries } = await desk.snooze(id, person('alice'), 3 * 3_600_000);
    expect(entries[0]?.promise).toEqual({ by: 'alice', until: '2026-01-01T03:00:00.000Z' });
    await expect(desk.snooze(id, person('alice'), 1)).rejects.toThrow(
      'You asked for time until 2026-01-01 03:00',
    );
    await expect(desk.snooze(id, person('bob'), 1)).rejects.toThrow('alice asked for time');
  });

  it('does not begin with those who stand in, unless there is nobody else', async () => {
    const backups = new Set(['bob', 'frank']);
    open(
      fleetOf({
        ...smallFleet,
        operators: smallFleet.operators.map((one) => (backups.has(one.id) ? { ...one, backup: true } : one)),
      }),
    );
    const id = await draft();
    await desk.confirm(id, person('dave'));
    const [line] = asked(`send notice:${id}`);
    expect(line).toContain('operator:alice');
    expect(line).toContain('operator:frank');
    expect(line).not.toContain('operator:bob');
  });
});
