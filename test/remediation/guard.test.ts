import { describe, expect, test } from 'vitest';

import type { AuditEntry } from '#src/domain/audit.ts';
import type { FindingState, ServiceHealth } from '#src/domain/finding.ts';
import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import type { Node, NodeId, ServiceId, Target } from '#src/domain/node.ts';
import type { GuardRules } from '#src/domain/remedy-rules.ts';
import type { Remedy, Request, RequestId, RequestState } from '#src/domain/remedy.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { createGuard, DESPITE_GUARD, type Guard, guarded, type TakenTurns } from '#src/remediation/guard.ts';
import { documents } from '#src/store/documents.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { people } from '#test/stand-ins/remediation/world.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const DOWNING = { id: 'restart-chain', takesDown: true };

/** How each seat was seen, in order; `old` = long ago, `gone` = never. */
type Seen = FindingState | 'old' | 'gone' | 'no iguana';
const REGIONS = ['AR', 'EU', 'NA', 'SH'];

const nodeOf = (index: number): Node => ({
  id: `n${index}` as NodeId,
  seat: `s${index}` as SeatId,
  access: { kind: 'local' },
  services: [
    { id: 'KMD' as ServiceId, kind: 'utxo', coin: 'KMD', thresholds: {} },
    { id: 'iguana' as ServiceId, kind: 'iguana', thresholds: {} },
  ],
});

const fleetOfSeats = (count: number, guard: Partial<GuardRules> = {}): Fleet =>
  fleetOf({
    network: 'test',
    rooms: [],
    routes: [],
    coins: [{ id: 'KMD', profile: 'komodo', thresholds: {}, utxoSats: 10_000 }],
    operators: [],
    seats: Array.from({ length: count }, (_, index) => ({
      id: `s${index}` as SeatId,
      team: 't',
      region: REGIONS[index % REGIONS.length],
    })),
    nodes: Array.from({ length: count }, (_, index) => nodeOf(index)),
    patrol: { everyMs: 30_000 },
    remedies: { propose: {}, guard: { minSeats: 13, maxShareDown: 0.2, perRegion: 1, ...guard } },
  });

function healthOf({ node, service }: Target, seen: Seen): ServiceHealth | undefined {
  if (seen === 'gone') return undefined;
  const isIguana = service.kind === 'iguana';
  const state = seen === 'no iguana' ? (isIguana ? 'down' : 'up') : seen === 'old' || isIguana ? 'up' : seen;
  const finding =
    state === 'up'
      ? { state, facts: {} }
      : { state, why: 'so it is', ...(state !== 'unknown' && { facts: {} }) };
  return {
    node: node.id,
    service: service.id,
    state,
    at: new Date(NOW.getTime() - (seen === 'old' ? 3_600_000 : 1_000)).toISOString(),
    tookMs: 1,
    results: [
      {
        check: 'answers',
        title: 'daemon',
        alertname: 'DaemonDown',
        shown: '',
        costs: isIguana ? 'node' : 'notarisations',
        finding: finding as ServiceHealth['results'][number]['finding'],
      },
      // What costs only time makes no seat unable.
      {
        check: 'slow',
        title: 'slow',
        alertname: 'ListunspentSlow',
        shown: '',
        costs: 'time',
        finding: { state: 'down', why: 'slow', facts: {} },
      },
    ],
  };
}

interface World {
  readonly guard: Guard;
  readonly states: Map<string, RequestState>;
  readonly audited: Omit<AuditEntry, 'at'>[];
  readonly asked: (seat: number, args?: Readonly<Record<string, string>>) => Parameters<Guard['look']>[0];
}

function memoryTurns(): TakenTurns {
  let kept: Awaited<ReturnType<TakenTurns['get']>>;
  return {
    get: async () => kept,
    update: async (_id, change) => (kept = change(kept) ?? kept),
  };
}

function world(
  seen: readonly Seen[],
  { rules = {}, turns = memoryTurns() }: { rules?: Partial<GuardRules>; turns?: TakenTurns } = {},
): World {
  const fleet = fleetOfSeats(seen.length, rules);
  const states = new Map<string, RequestState>();
  const audited: Omit<AuditEntry, 'at'>[] = [];
  return {
    states,
    audited,
    guard: createGuard({
      fleets: { current: () => fleet, onChange: () => undefined },
      latest: async (targets) =>
        targets.map((target) => healthOf(target, seen[Number(target.node.seat.slice(1))] ?? 'gone')),
      requests: {
        get: async (id) =>
          states.has(id) ? ({ id: id as RequestId, state: states.get(id) } as Request) : undefined,
      },
      turns,
      audit: { write: async (entry) => void audited.push(entry) },
      now: () => NOW,
    }),
    asked: (seat, args = {}) => ({ remedy: DOWNING, target: fleet.target(`n${seat}`, 'KMD')!, args }),
  };
}

const seats = (count: number, ...others: readonly Seen[]): readonly Seen[] => [
  ...Array.from({ length: count - others.length }, (): Seen => 'up'),
  ...others,
];
const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);

describe('whether seat 0 may be taken down', () => {
  test.each<[what: string, seen: readonly Seen[], rules: Partial<GuardRules>, may: boolean, words: RegExp]>([
    ['64 of 64 are well', seats(64), {}, true, /63 of 64 .*\(0 down, 0 not known.*at least 52/],
    ['11 of 64 are down: 12 make a fifth', seats(64, ...times(11, 'down' as const)), {}, true, /52 of 64/],
    ['12 of 64 are down', seats(64, ...times(12, 'down' as const)), {}, false, /51 of 64 .*12 down/],
    ['12 of 64 are not known', seats(64, ...times(12, 'unknown' as const)), {}, false, /12 not known/],
    ['12 of 64 were seen long ago', seats(64, ...times(12, 'old' as const)), {}, false, /12 not known/],
    ['12 of 64 were never seen', seats(64, ...times(12, 'gone' as const)), {}, false, /12 not known/],
    ['12 of 64 have no iguana', seats(64, ...times(12, 'no iguana' as const)), {}, false, /12 down/],
    ['degraded seats sign', seats(64, ...times(30, 'degraded' as const)), {}, true, /63 of 64/],
    [
      '13 are kept, whatever share is allowed',
      seats(64, ...times(50, 'down' as const)),
      { maxShareDown: 1 },
      true,
      /13 of 64/,
    ],
    [
      'not 12',
      seats(64, ...times(51, 'down' as const)),
      { maxShareDown: 1 },
      false,
      /12 of 64 .*at least 13/,
    ],
    ['a fleet of 13 knows too little of the network for that', seats(13), {}, true, /12 of 13 .*at least 11/],
    ['a fleet of 14 does not', seats(14, 'down'), {}, false, /12 of 14 .*at least 13/],
    ['one of two', seats(2), {}, true, /1 of 2/],
    ['one of two while the other is down', seats(2, 'down'), {}, false, /0 of 2/],
    ['the only one', seats(1), {}, true, /0 of 1/],
    [
      'nothing is taken from who is down',
      ['down', ...seats(63, ...times(40, 'down' as const))],
      {},
      true,
      /40 down/,
    ],
    [
      'who is not known may be able',
      ['unknown', ...seats(63, ...times(12, 'down' as const))],
      {},
      false,
      /51 of 64/,
    ],
  ])('%s', async (_what, seen, rules, may, words) => {
    const { guard, asked } = world(seen, { rules });
    const look = guard.look(asked(0), people.alice);
    if (may) expect(await look).toEqual({ 'Seats able to sign': expect.stringMatching(words) as string });
    else await expect(look).rejects.toThrow(words);
    const waits = await guard.turn({ id: 'r1' } as Request, asked(0));
    expect(waits === undefined).toBe(may);
  });
});

test('a remedy that takes nothing down is none of its business', async () => {
  const { guard, asked } = world(times(64, 'down'));
  const { target } = asked(0);
  const split = { remedy: { id: 'split' }, target, args: {} };
  expect(await guard.look(split, people.alice)).toEqual({});
  expect(await guard.turn({ id: 'r1' } as Request, split)).toBeUndefined();
  const remedy = { id: 'split', parameters: [] } as unknown as Remedy;
  expect(guarded(remedy)).toBe(remedy);
  expect(guarded({ ...remedy, takesDown: true }).parameters).toMatchObject([{ name: DESPITE_GUARD }]);
});

test('in a region one waits for the other, and is told of it when it is asked for; elsewhere one may run', async () => {
  const { guard, states, asked } = world(seats(64));
  for (const id of ['r0', 'r4', 'r1']) states.set(id, 'approved');
  expect(await guard.turn({ id: 'r0' } as Request, asked(0))).toBeUndefined();
  states.set('r0', 'running');
  const words = /n0 \(request r0\) of region AR is under another remedy/;
  expect(await guard.turn({ id: 'r4' } as Request, asked(4))).toMatch(words);
  expect((await guard.look(asked(4), people.alice))['Guard']).toMatch(words);
  expect(await guard.turn({ id: 'r1' } as Request, asked(1))).toBeUndefined();
  expect(await guard.turn({ id: 'r0' } as Request, asked(0))).toBeUndefined();
  states.set('r0', 'failed');
  expect(await guard.turn({ id: 'r4' } as Request, asked(4))).toBeUndefined();
});

test('who is being restarted is not able', async () => {
  const { guard, states, asked } = world(seats(5), { rules: { perRegion: 5 } });
  states.set('r0', 'running');
  expect(await guard.turn({ id: 'r0' } as Request, asked(0))).toBeUndefined();
  expect(await guard.turn({ id: 'r1' } as Request, asked(1))).toMatch(/3 of 5 .*1 under another remedy/);
});

test('a coordinator sets it aside, which is shown and audited; nobody else does', async () => {
  const { guard, audited, asked } = world(times(64, 'unknown'));
  const despite = asked(0, { [DESPITE_GUARD]: 'yes' });
  await expect(guard.look(despite, people.alice)).rejects.toThrow(/Only a coordinator/);
  expect((await guard.look(despite, people.carol))['Guard']).toMatch(/SET ASIDE by carol, though too few/);
  expect(await guard.turn({ id: 'r1' } as Request, despite)).toBeUndefined();
  expect(audited).toMatchObject([
    {
      what: 'remedy.guard-set-aside',
      about: 'r1',
      detail: { why: expect.stringMatching(/too few/) as string },
    },
  ]);
});

test('of twenty processes that begin at once in one region, one does, in real Redis, again and again', async () => {
  await using redis = await testRedis();
  for (let round = 0; round < 20; round++) {
    const turns = documents<NonNullable<Awaited<ReturnType<TakenTurns['get']>>>>(
      redis.connection,
      `guard ${round}`,
      { keep: 1 },
    );
    const all = Array.from({ length: 20 }, () => world(seats(64), { turns }));
    for (const { states } of all) for (let seat = 0; seat < 64; seat += 4) states.set(`r${seat}`, 'approved');
    const waits = await Promise.all(
      all.map(({ guard, asked }, index) => {
        const seat = (index * 4) % 64;
        return guard.turn({ id: `r${seat}` } as Request, asked(seat));
      }),
    );
    const begun = new Set(waits.flatMap((why, index) => (why === undefined ? [(index * 4) % 64] : [])));
    expect(begun.size).toBe(1);
  }
});
