import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Condition } from '#src/domain/platform.ts';
import type { RoomId } from '#src/domain/room.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';
import { type FakePlatform, fakePlatform } from '#test/stand-ins/platform.ts';

import { openOffice } from './office.ts';

const MINUTE = 60_000;
const UP: Condition = { up: true };

describe('while platforms are down', () => {
  let redis: TestRedis;
  let discord: FakePlatform;
  let matrix: FakePlatform;
  let clock: { at: number };
  let office: ReturnType<typeof openOffice>;

  beforeEach(async () => {
    redis = await testRedis();
    [discord, matrix] = [fakePlatform('discord'), fakePlatform('matrix')];
    clock = { at: Date.parse('2026-01-01T00:00:00Z') };
    office = openOffice(redis, [discord, matrix], clock);
    await office.recovery.tick();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  const lose = async (...platforms: readonly FakePlatform[]): Promise<void> => {
    for (const platform of platforms)
      platform.setCondition({ up: false, why: 'gone', since: new Date(clock.at) });
    await office.recovery.tick();
  };
  const regain = async (platform: FakePlatform): Promise<void> => {
    platform.setCondition(UP);
    await office.recovery.tick();
  };
  /** Long enough to count as back. */
  const settle = async (): Promise<void> => {
    clock.at += 6_000;
    await office.recovery.tick();
    await office.work();
  };
  const titles = (platform: FakePlatform) => platform.standing.map(({ message }) => message.title);

  it('keeps all of it in no queue, and sends it when either returns, the oldest critical first', async () => {
    await lose(discord, matrix);
    await office.fire('Early');
    clock.at += 1_000;
    await office.fire('First', 'critical');
    clock.at += 1_000;
    await office.fire('Second', 'critical');
    expect(await office.work()).toEqual([]);
    expect(office.queue).toEqual([]);
    await regain(matrix);
    await office.work();
    expect(titles(matrix)).toEqual(['🔴 CRITICAL: First', '🔴 CRITICAL: Second', '🟠 WARNING: Early']);
    expect(discord.calls).toEqual([]);
  });

  it('goes back to Discord with what waits for Matrix, under the same key', async () => {
    await lose(discord);
    await office.fire('A');
    await lose(matrix);
    await office.work();
    await regain(discord);
    await office.work();
    expect(titles(discord)).toEqual(['🟠 WARNING: A']);
    await regain(matrix);
    await office.work();
    expect(matrix.standing).toEqual([]);
    expect(await office.states()).toContain('alert discord delivered');
  });

  it('goes back to Discord with what would have to wait for its turn at Matrix, as if it had come there at once', async () => {
    await lose(discord);
    await office.fire('A');
    await regain(discord);
    matrix.fail({ reason: 'rate-limited', retryAfterMs: 60_000 });
    expect(await office.work()).toEqual([]);
    expect(titles(discord)).toEqual(['🟠 WARNING: A']);
    expect(discord.standing[0]?.message.footer).not.toContain('Over');
    expect(matrix.standing).toEqual([]);
    expect(await office.states()).toContain('alert discord delivered');
  });

  it('goes back so once, and waits there when Discord fails again; while it is down nothing goes back', async () => {
    matrix.fail(
      ...Array.from({ length: 20 }, () => ({ reason: 'rate-limited', retryAfterMs: 60_000 }) as const),
    );
    await lose(discord);
    await office.fire('A');
    // Discord is down: it waits.
    expect(await office.work()).toHaveLength(1);
    const matrixRow = (await office.ledger.due(10)).find(({ platform }) => platform === 'matrix');
    discord.setCondition(UP);
    expect(await office.carry(matrixRow!.id)).toBeUndefined();
    await lose(discord);
    await office.work();
    await regain(discord);
    expect(await office.work()).not.toEqual([]);
    expect(await office.states()).toContain('alert matrix queued');
    expect(discord.calls).toEqual([]);
  });

  it('survives both going up and down in turn, with one message', async () => {
    await lose(discord);
    await office.fire('A');
    for (const [up, down] of [
      [discord, matrix],
      [matrix, discord],
      [discord, matrix],
    ] as const) {
      await lose(discord, matrix);
      await office.work();
      up.setCondition(UP);
      await office.recovery.tick();
      const [one] = office.queue;
      if (one) await office.carry(one.id);
      await lose(down);
    }
    await regain(discord);
    await regain(matrix);
    await office.work();
    expect([...discord.standing, ...matrix.standing]).toHaveLength(1);
  });

  it('leaves out what was over before it could be told, and what is too old, and says so once in a digest', async () => {
    await lose(discord, matrix);
    await office.fire('Over');
    await office.fire('Old', 'critical');
    await office.work();
    clock.at += 5 * MINUTE;
    await office.fire('Over', 'warning', 'resolved');
    clock.at += 7 * 60 * MINUTE;
    await office.fire('New');
    await office.work();
    await regain(discord);
    await office.work();
    expect(titles(discord)).toEqual(['🟠 WARNING: New']);
    await settle();
    await settle();
    const digests = discord.standing.filter(({ message }) => message.title.includes('what was missed'));
    expect(digests.map(({ to }) => ('id' in to ? to.id : to.handle)).toSorted()).toEqual([
      'd-notaries',
      'd-ops',
    ]);
    expect(JSON.stringify(digests.find(({ to }) => 'id' in to && to.id === 'd-ops')?.message)).toContain(
      '"Old"',
    );
    expect((await office.states()).filter((state) => state.endsWith('stale'))).toHaveLength(2);
    expect(titles(discord).filter((title) => /Over|Old/.test(title))).toEqual([]);
  });

  it('says on its return once what went elsewhere, and repeats nothing, also when killed in between', async () => {
    await lose(discord);
    await office.fire('Fires', 'critical');
    await office.fire('Ends');
    await office.work();
    await office.fire('Ends', 'warning', 'resolved');
    clock.at += 5_000;
    await office.work();
    expect(matrix.standing).toHaveLength(2);
    await regain(discord);
    await settle();
    // Another process finds the same outage ended.
    const other = openOffice(redis, [discord, matrix], clock);
    await other.recovery.tick();
    clock.at += 6_000;
    await other.recovery.tick();
    await other.work();
    expect(titles(discord)).toEqual([
      'Discord is back: what was missed here',
      'Discord is back: what was missed here',
    ]);
    const shown = JSON.stringify(discord.standing.map(({ message }) => message));
    expect(shown).toContain('1 on Matrix');
    expect(shown).toContain('"Fires"');
    expect(shown).not.toContain('"Ends"');
    expect(matrix.standing).toHaveLength(2);
  });

  const digestsOn = (platform: FakePlatform) =>
    platform.standing.filter(({ message }) => message.title.includes('what was missed'));
  /** How many messages the digests of Discord speak of. */
  const counts = () =>
    digestsOn(discord).map(({ message }) =>
      Number(/(\d+) on Matrix/.exec(JSON.stringify(message.blocks))?.[1] ?? 0),
    );
  /** Discord is away for two seconds, in which one alert goes to Matrix. */
  async function outage(name: string): Promise<void> {
    // Bundles go by Redis's clock, which stands still here: each alert comes as the first for a while.
    await redis.connection.del('{tocsin}:bundles:at:room:notaries');
    await lose(discord);
    await office.fire(name);
    await office.work();
    clock.at += 2_000;
    await regain(discord);
    await office.work();
  }
  const passing = async (ms: number): Promise<void> => {
    for (const until = clock.at + ms; clock.at < until;) {
      clock.at += 1_000;
      await office.recovery.tick();
      await office.work();
    }
  };

  it('tells of a second outage soon after the first by a message of its own', async () => {
    await outage('First');
    await passing(6_000);
    expect(counts()).toEqual([1]);
    await passing(60_000);
    await outage('Second');
    await passing(11_000);
    expect(counts()).toEqual([1, 1]);
    expect(digestsOn(discord).map(({ edits }) => edits)).toEqual([0, 0]);
    expect(JSON.stringify(digestsOn(discord)[1]?.message)).toContain('"Second"');
  });

  it('tells of a platform that comes and goes in a few digests, which leave nothing out', async () => {
    for (let times = 0; times < 30; times++) {
      await outage(`A${times}`);
      await passing(25_000);
    }
    expect(digestsOn(discord).length).toBeLessThanOrEqual(4);
    await passing(5 * MINUTE);
    expect(digestsOn(discord).length).toBeLessThanOrEqual(5);
    expect(counts().reduce((sum, count) => sum + count, 0)).toBe(30);
    // Once it was calm for a while, an outage is told of at once again.
    await passing(11 * MINUTE);
    const before = digestsOn(discord).length;
    await outage('Later');
    await passing(6_000);
    expect(digestsOn(discord)).toHaveLength(before + 1);
  });

  it('adds what arrives after the digest to it', async () => {
    await lose(discord);
    await office.fire('InTime');
    await office.work();
    await office.fire('Late');
    const trouble = { reason: 'unavailable' } as const;
    matrix.fail(trouble, trouble);
    const [late] = await office.work();
    await regain(discord);
    await passing(6_000);
    expect(counts()).toEqual([1]);
    await office.carry(late!.id);
    await passing(3_000);
    expect(counts()).toEqual([2]);
  });

  it('tells what a platform missed there and nowhere else, also when it is lost again before', async () => {
    await outage('First');
    await passing(4_000);
    clock.at += 1_000;
    await office.recovery.tick();
    await lose(discord);
    await office.work();
    expect([digestsOn(discord), digestsOn(matrix)]).toEqual([[], []]);
    await regain(discord);
    await passing(11_000);
    expect(counts()).toEqual([1]);
    expect(digestsOn(matrix)).toEqual([]);
  });

  it('tries a platform that fails while it says that it is up by one message at a time', async () => {
    const names = ['A', 'B', 'C', 'D', 'E'];
    for (const name of names) await office.fire(name);
    await office.work();
    clock.at += 5_000;
    const trouble = { reason: 'unavailable' } as const;
    discord.fail(trouble, trouble, trouble, trouble);
    for (const name of names) await office.fire(name, 'warning', 'resolved');
    // Those that came before it opened come again by themselves, and find it open.
    for (const { id } of await office.work()) expect(await office.carry(id)).toBeUndefined();
    const edits = () => discord.calls.filter((call) => call === 'edit').length;
    expect(edits()).toBe(3);
    for (const [afterMs, tried] of [
      [4_000, 3],
      [1_000, 4],
      [9_000, 4],
      [1_000, 5],
    ] as const) {
      clock.at += afterMs;
      await office.recovery.tick();
      await office.work();
      expect(edits(), `${afterMs} ms later`).toBe(tried);
    }
    await office.recovery.tick();
    await office.work();
    expect(edits()).toBe(4 + names.length);
    expect(titles(discord).every((title) => title.startsWith('✅'))).toBe(true);
    expect(matrix.calls).toEqual([]);
  });

  it('drills a failover in one room without touching any other message', async () => {
    const asked = office.drills.run('ops' as RoomId, smallFleet.operator('carol')!, 'c1');
    const working = setInterval(() => void office.work(), 20);
    const report = await asked.finally(() => clearInterval(working));
    expect(report).toMatchObject({ from: 'Discord', over: 'Matrix' });
    expect(discord.calls).toEqual([]);
    expect(titles(matrix)).toEqual(['Drill: nothing is wrong']);
    expect(matrix.standing[0]?.message.footer).toContain('in this drill');
    expect(office.audited).toEqual(['drill.started', 'drill.done']);
    await office.fire('Real');
    await office.work();
    expect(titles(discord)).toEqual(['🟠 WARNING: Real']);
    await settle();
    expect(titles(discord)).toHaveLength(1);
  });
});
