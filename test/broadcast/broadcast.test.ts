import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { BroadcastDesk } from '#src/broadcast/broadcast.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import { Announcement } from '#src/domain/notice.ts';
import { countsOf } from '#src/domain/roll.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { noticeDesk } from '#test/broadcast/desk.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';
import { recordedPost } from '#test/stand-ins/post.ts';

const person = (id: string) => smallFleet.operator(id)!;
const update = Announcement.parse({ subject: 'Komodo 0.9.2', version: 'v0.9.2', text: 'Update now.' });

describe('a mandatory notice', () => {
  let redis: TestRedis;
  let post: ReturnType<typeof recordedPost>;
  let broadcast: BroadcastDesk;

  beforeEach(async () => {
    redis = await testRedis();
    post = recordedPost();
    broadcast = noticeDesk(redis.connection, { post, now: () => new Date('2026-01-01T00:00:00Z') });
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const draft = async (): Promise<string> =>
    (await broadcast.announce(update, person('carol'), 'event-1')).id;
  const sent = async (): Promise<string> => {
    const id = await draft();
    await broadcast.confirm(id, person('dave'));
    post.clear();
    return id;
  };
  const delivered = (id: string, operator: string): Delivery =>
    ({
      cause: `notice:${id}`,
      to: { kind: 'direct', operator: operator as OperatorId },
      platform: 'matrix',
      deliveredAt: '2026-01-01T00:01:00Z',
    }) as Delivery;
  const entry = async (id: string, seat: string) =>
    (await broadcast.rollCall(id))!.entries.find((row) => row.seat === seat);

  it('is a draft until another coordinator confirms it, and says who cannot be reached', async () => {
    const id = await draft();
    expect(post.asked).toEqual([`send board:${id} → room:ops@discord room:ops@matrix`]);
    const { message } = (await broadcast.compose(`board:${id}`, { kind: 'room', room: 'ops' as never }))!;
    expect(JSON.stringify(message)).toContain('Nobody can be reached for: grey_SH');
    await expect(broadcast.confirm(id, person('carol'))).rejects.toThrow('another coordinator');
    await expect(broadcast.confirm(id, person('alice'))).rejects.toThrow('coordinator');
    await broadcast.confirm(id, person('dave'));
    expect(post.asked).toContain(
      `send notice:${id} → operator:alice@discord operator:alice@matrix operator:bob@discord operator:bob@matrix operator:frank@matrix operator:mute room:notaries@discord room:notaries@matrix`,
    );
    await expect(broadcast.confirm(id, person('dave'))).rejects.toThrow('was sent');
  });

  it('is one notice when the same event or the same body comes twice', async () => {
    expect(await draft()).toBe(await draft());
    const [one, two] = [await broadcast.draft(update, 'ingress'), await broadcast.draft(update, 'ingress')];
    expect(one.id).toBe(two.id);
    expect(await broadcast.list()).toHaveLength(2);
  });

  it('is completed after a kill between the confirmation and the sending', async () => {
    const id = await draft();
    const send = post.send;
    Object.assign(post, { send: () => Promise.reject(new Error('killed')) });
    await expect(broadcast.confirm(id, person('dave'))).rejects.toThrow('killed');
    Object.assign(post, { send });
    post.clear();
    await broadcast.sweep();
    expect(post.asked.filter((line) => line.startsWith(`send notice:${id}`))).toHaveLength(1);
    post.clear();
    await broadcast.sweep();
    expect(post.asked).toEqual([]);
  });

  it('calls the roll: a seat is reached with its first operator, acknowledged by whoever answers', async () => {
    const id = await sent();
    await broadcast.arrived(delivered(id, 'bob'));
    await broadcast.arrived(delivered(id, 'alice'));
    expect(await entry(id, 'red_EU')).toMatchObject({ reachedBy: 'bob', reachedOn: 'matrix' });
    await broadcast.acknowledge(id, person('alice'), 'on-it', 'discord');
    await broadcast.acknowledge(id, person('bob'), 'done', 'matrix');
    await broadcast.acknowledge(id, person('alice'), 'on-it', 'discord');
    expect(await entry(id, 'red_EU')).toMatchObject({
      acknowledgedBy: 'alice',
      acknowledgedOn: 'discord',
      answer: 'done',
    });
    const { entries } = (await broadcast.rollCall(id))!;
    expect(countsOf(entries)).toMatchObject({ seats: 3, reached: 1, acknowledged: 1, proven: 0, missing: 2 });
    expect((await broadcast.summary(id))!.totals).toEqual(countsOf(entries));
  });

  it('brings up to date the messages of the seat, the room and the board, and nobody else', async () => {
    const id = await sent();
    await broadcast.acknowledge(id, person('alice'), 'done', 'discord');
    expect(post.asked).toEqual([
      `refresh notice:${id} → operator:alice@discord operator:alice@matrix operator:bob@discord operator:bob@matrix room:notaries@discord room:notaries@matrix`,
      `refresh board:${id} → room:ops@discord room:ops@matrix`,
    ]);
  });

  it('takes one acknowledgement when two operators of a seat answer at the same instant', async () => {
    const id = await sent();
    for (let round = 0; round < 20; round++) {
      await Promise.all([
        broadcast.acknowledge(id, person('alice'), 'on-it', 'discord'),
        broadcast.acknowledge(id, person('bob'), 'on-it', 'matrix'),
      ]);
    }
    const row = await entry(id, 'red_EU');
    // Begun, reached, answered.
    expect(row?.revision).toBe(3);
  });

  it.each([
    ['erin', 'needs the role notary'],
    ['carol', 'hold no seat'],
  ])('refuses an answer of %s', async (who, words) => {
    const id = await sent();
    await expect(broadcast.acknowledge(id, person(who), 'done', 'discord')).rejects.toThrow(words);
  });

  it('is superseded by its successor, and the old buttons say so', async () => {
    const id = await sent();
    const next = await broadcast.announce(
      { ...update, version: 'v0.9.2-2', supersedes: id },
      person('carol'),
      'event-2',
    );
    await broadcast.confirm(next.id, person('dave'));
    expect((await broadcast.rollCall(id))!.notice).toMatchObject({
      state: 'superseded',
      supersededBy: next.id,
    });
    await expect(broadcast.acknowledge(id, person('alice'), 'done', 'discord')).rejects.toThrow(
      `superseded by ${next.id}`,
    );
    expect(post.asked).toContain(`refresh notice:${id} → all`);
  });

  it('refuses an audience the fleet does not know', async () => {
    const strange = { ...update, audience: { coins: ['DOGE'], seats: ['red_EU', 'nobody'] } };
    await expect(broadcast.draft(strange, 'ingress')).rejects.toThrow('seat nobody, coin DOGE');
  });
});
