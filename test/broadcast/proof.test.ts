import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';

import { aboutOf, coinOf, servicesOf } from '#src/broadcast/about.ts';
import { createJudge, judged, withRunning } from '#src/broadcast/judge.ts';
import { createProof } from '#src/broadcast/proof.ts';
import { acknowledge, openEntry } from '#src/broadcast/roll.ts';
import type { Facts, ServiceHealth } from '#src/domain/finding.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { Node, Target } from '#src/domain/node.ts';
import { Announcement, type Notice, type NoticeId } from '#src/domain/notice.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { ANSWERS, type RollEntry, type RollOf, type Running, stageOf } from '#src/domain/roll.ts';
import { createRoll } from '#src/store/roll.ts';
import { STANDINGS } from '#src/domain/version.ts';
import { health, result } from '#test/health/seen.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

const noticeOf = (more: object = {}): Notice => ({
  ...Announcement.parse({ subject: 'Komodo 0.9.2', version: 'v0.9.2-2', ...more }),
  id: 'n1' as NoticeId,
  state: 'sent',
  createdBy: 'carol',
  createdAt: '2026-01-01T00:00:00Z',
  sentAt: '2026-01-01T00:00:00Z',
  reminded: [],
  announced: true,
  revision: 1,
});

const [seat] = smallFleet.seats;
if (!seat) throw new Error('the small fleet has a seat');
const service = (name: string) => ({ node: 'red-1' as Node['id'], service: name as Running['service'] });
const running = (name: string, standing: Running['standing'], at = '2026-01-01T00:01:00Z'): Running => ({
  ...service(name),
  seen: standing === 'older' ? '0.8.2' : '0.9.2-2',
  standing,
  at,
});
const said = (answer: RollEntry['answer'], ...seen: readonly Running[]): RollEntry => ({
  ...seen.reduce(withRunning, openEntry(seat)),
  ...(answer && { answer, acknowledgedAt: '2026-01-01T00:00:30Z' }),
});

describe('a seat', () => {
  const one = [service('KMD')];
  const two = [...one, service('MCL')];
  it.each<[string, RollEntry, readonly ReturnType<typeof service>[], ReturnType<typeof stageOf>]>([
    [
      'is proven without anybody saying anything',
      said(undefined, running('KMD', 'satisfied')),
      one,
      'proven',
    ],
    ['is contradicted when done is said', said('done', running('KMD', 'older')), one, 'contradicted'],
    ['is not when somebody is only on it', said('on-it', running('KMD', 'older')), one, 'acknowledged'],
    ['is believed where nothing was seen', said('done'), one, 'acknowledged'],
    ['is believed where it cannot be told', said('done', running('KMD', 'unknown')), one, 'acknowledged'],
    [
      'is not proven while one service was not seen',
      said(undefined, running('KMD', 'satisfied')),
      two,
      'open',
    ],
    [
      'is contradicted by any service',
      said('done', running('KMD', 'satisfied'), running('MCL', 'older')),
      two,
      'contradicted',
    ],
    ['is not proven by a service that left', said(undefined, running('LTC', 'satisfied')), one, 'open'],
    ['is not proven without any service', said(undefined), [], 'open'],
  ])('%s', (_, entry, services, stage) => expect(stageOf(judged(entry, services))).toBe(stage));

  it('says what was seen, and where there are several, on which', () => {
    expect(judged(said('done', running('KMD', 'older')), one).contradiction).toBe('said done, runs 0.8.2');
    expect(judged(said('done', running('KMD', 'older')), two).contradiction).toBe(
      'said done, runs 0.8.2 (KMD on red-1)',
    );
  });

  it('that went back is proven no more, and proven again from then on', () => {
    const proven = judged(said('done', running('KMD', 'satisfied')), one);
    expect(proven.provenAt).toBe('2026-01-01T00:01:00Z');
    const back = judged(withRunning(proven, running('KMD', 'older', '2026-01-01T00:02:00Z')), one);
    expect(back).toMatchObject({ contradiction: 'said done, runs 0.8.2' });
    expect(back.provenAt).toBeUndefined();
    const again = judged(withRunning(back, running('KMD', 'satisfied', '2026-01-01T00:03:00Z')), one);
    expect(again.contradiction).toBeUndefined();
    expect(again.provenAt).toBe('2026-01-01T00:03:00Z');
  });

  it('never is both proven and contradicted, is judged once, and shows each change', () => {
    const names = fc.constantFrom('KMD', 'MCL', 'LTC');
    const looks = fc.array(fc.record({ name: names, standing: fc.constantFrom(...STANDINGS) }), {
      maxLength: 12,
    });
    const services = fc.uniqueArray(names, { maxLength: 3 }).map((list) => list.map(service));
    fc.assert(
      fc.property(looks, services, fc.constantFrom(undefined, ...ANSWERS), (seen, asked, answer) => {
        let entry = said(answer);
        for (const { name, standing } of seen) {
          const next = judged(withRunning(entry, running(name, standing)), asked);
          expect(next === entry).toBe(next.revision === entry.revision);
          expect(judged(next, asked)).toBe(next);
          expect(next.provenAt !== undefined && next.contradiction !== undefined).toBe(false);
          entry = next;
        }
        const last = asked.map((one) => seen.findLast(({ name }) => name === one.service)?.standing);
        expect(entry.provenAt !== undefined).toBe(
          last.length > 0 && last.every((one) => one === 'satisfied'),
        );
        expect(entry.contradiction !== undefined).toBe(answer === 'done' && last.includes('older'));
      }),
    );
  });
});

describe('what a notice is about', () => {
  const node = (id: string, server: string, services: readonly object[]) =>
    ({ id, seat: 'red_EU', server, access: { kind: 'local' }, services }) as unknown as Node;
  const coin = (id: string) => ({ id, profile: 'komodo', thresholds: {}, utxoSats: 10_000 });
  const fleet = fleetOf({
    ...smallFleet,
    coins: [coin('KMD'), coin('LTC')],
    nodes: [
      node('red-1', 'main', [
        { id: 'KMD', kind: 'utxo', coin: 'KMD' },
        { id: 'LTC', kind: 'utxo', coin: 'LTC' },
        { id: 'iguana', kind: 'iguana' },
      ]),
      node('red-3p', '3P', [{ id: 'KMD', kind: 'utxo', coin: 'KMD' }]),
      node('red-n', 'main', [{ id: 'notary', kind: 'corda' }]),
    ],
  });
  const names = (more: object): readonly string[] | undefined => {
    const about = aboutOf(fleet, noticeOf(more));
    return (
      about && servicesOf(fleet, seat.id, about).map((target) => `${target.node.id}/${target.service.id}`)
    );
  };
  const parameters = 'a'.repeat(64);
  it.each([
    ['the coins of its audience', { audience: { coins: ['LTC'] } }, ['red-1/LTC']],
    ['the coin of its height', { deadline: { height: 5, coin: 'KMD' } }, ['red-1/KMD', 'red-3p/KMD']],
    ['on the servers of its audience', { audience: { coins: 'KMD', servers: '3P' } }, ['red-3p/KMD']],
    ['the kinds of its audience', { audience: { kinds: 'iguana' } }, ['red-1/iguana']],
    ['kinds and coins', { audience: { kinds: 'utxo', coins: ['LTC'] } }, ['red-1/LTC']],
    ['what accepts parameters', { version: undefined, parameters }, ['red-n/notary']],
    ['nothing, where no coin is said and there are several', {}, undefined],
    ['nothing, where it asks nothing', { version: undefined, audience: { coins: ['LTC'] } }, undefined],
  ])('%s', (_, more, expected) => expect(names(more)).toEqual(expected));

  it('is the only coin there is', () => {
    expect(coinOf(smallFleet, noticeOf())).toBe('KMD');
    expect(coinOf(fleet, noticeOf())).toBeUndefined();
  });
});

describe('patrols prove', () => {
  let redis: TestRedis;
  beforeEach(async () => (redis = await testRedis()));
  afterEach(() => redis[Symbol.asyncDispose]());

  const [red, blue] = smallFleet.targets() as [Target, Target];
  const seen = (target: Target, facts: Facts | undefined, minute = 1): ServiceHealth =>
    health(
      [
        result('peers', 'down'),
        facts
          ? result('daemon-answers', 'up', { finding: { state: 'up', facts } })
          : result('daemon-answers', 'unknown'),
      ],
      { node: target.node.id, at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() },
    );

  async function sent(more: object = {}, remembered: readonly ServiceHealth[] = []) {
    const notice = noticeOf(more);
    const notices = [notice];
    const counted = { asked: 0, read: 0, shown: 0 };
    const heeded: string[] = [];
    let nowMs = 0;
    const roll = createRoll(redis.connection, notice.id);
    const rollOf: RollOf = () => ({
      ...roll,
      of: (seats) => {
        counted.read++;
        return roll.of(seats);
      },
    });
    const judge = createJudge({
      fleets: fixedFleets(),
      rollOf,
      latest: async (targets) => targets.map(({ node }) => remembered.find((one) => one.node === node.id)),
    });
    const proof = createProof({
      fleets: fixedFleets(),
      judge: judge.judge,
      rollOf,
      open: async () => {
        counted.asked++;
        return notices;
      },
      change: async (_, seats, change) => {
        counted.shown++;
        return await roll.update(seats, change);
      },
      heed: async (_, entries) => void heeded.push(...entries.map(stageOf)),
      now: () => new Date(nowMs),
    });
    await roll.add(smallFleet.seats.map(openEntry));
    await judge.begin(notice);
    return {
      proof,
      roll,
      counted,
      heeded,
      saw: (target: Target, facts: Facts | undefined, minute?: number) =>
        proof.saw(target, seen(target, facts, minute)),
      stage: async (of: Target) => stageOf((await roll.of([of.node.seat]))[0]!),
      says: (answer: 'done' | 'on-it') =>
        roll.update([red.node.seat], (entry) =>
          judge.judge(
            notice,
            acknowledge(entry, { by: 'alice' as OperatorId, on: 'discord', answer, at: new Date(nowMs) }),
          ),
        ),
      end: (): void => {
        notices.length = 0;
        nowMs += 60_000;
      },
    };
  }

  test('a node that runs it, and no other', async () => {
    const { saw, stage, roll } = await sent();
    await saw(red, { version: '0.9.2' });
    await saw(blue, { version: '0.9.2-2' });
    expect([await stage(red), await stage(blue)]).toEqual(['open', 'proven']);
    expect(await roll.totals()).toMatchObject({ seats: 3, proven: 1, missing: 2, contradicted: 0 });
    await saw(red, { version: '0.9.3' }, 2);
    expect(await roll.totals()).toMatchObject({ proven: 2, missing: 1 });
  });

  test('what was seen before it was sent counts', async () => {
    const { stage } = await sent({}, [seen(red, { version: '0.9.2-2' }), seen(blue, { version: '0.8.2' })]);
    expect([await stage(red), await stage(blue)]).toEqual(['proven', 'open']);
  });

  test('done is contradicted at once by the last look', async () => {
    const { saw, says, stage, roll } = await sent();
    await saw(red, { version: '0.8.2' });
    await says('done');
    expect(await stage(red)).toBe('contradicted');
    expect(await roll.totals()).toMatchObject({ contradicted: 1, acknowledged: 1 });
    await saw(red, { version: '0.9.2-2' }, 2);
    expect(await stage(red)).toBe('proven');
    expect(await roll.totals()).toMatchObject({ contradicted: 0, proven: 1 });
  });

  test('done is contradicted by the next look', async () => {
    const { saw, says, stage, heeded } = await sent();
    await says('done');
    expect(await stage(red)).toBe('acknowledged');
    await saw(red, { version: '0.8.2' });
    expect(await stage(red)).toBe('contradicted');
    expect(heeded).toEqual(['contradicted']);
  });

  test('a node that could not be looked at says nothing', async () => {
    const { saw, says, stage } = await sent();
    await saw(red, { version: '0.9.2-2' });
    await says('done');
    await saw(red, undefined, 2);
    expect(await stage(red)).toBe('proven');
  });

  test('the same seen again writes nothing, and shows nothing', async () => {
    const { saw, counted, roll } = await sent();
    await saw(red, { version: '0.8.2' }, 1);
    const { revision } = await roll.totals();
    for (let minute = 2; minute < 20; minute++) await saw(red, { version: '0.8.2' }, minute);
    expect((await roll.totals()).revision).toBe(revision);
    expect(counted).toMatchObject({ asked: 1, shown: 1 });
  });

  test('while no notice is open it costs nothing', async () => {
    const { saw, end, counted } = await sent();
    end();
    for (let minute = 2; minute < 20; minute++) await saw(red, { version: '0.8.2' }, minute);
    expect(counted).toEqual({ asked: 1, read: 0, shown: 0 });
  });

  test('a notice of which nobody could prove anything is left alone', async () => {
    const { saw, counted } = await sent({ version: undefined });
    await saw(red, { version: '0.8.2' });
    expect(counted).toMatchObject({ read: 0, shown: 0 });
  });
});
