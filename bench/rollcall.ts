import { Redis } from 'ioredis';

import { createCircuit } from '#src/delivery/circuit.ts';
import { createPost } from '#src/delivery/post.ts';
import type { Cause, Delivery } from '#src/domain/delivery.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { NodeId, ServiceId } from '#src/domain/node.ts';
import { Announcement } from '#src/domain/notice.ts';
import type { Operator, OperatorId } from '#src/domain/operator.ts';
import type { Place, RoomId } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { createBundles } from '#src/store/bundles.ts';
import { createLedger } from '#src/store/ledger.ts';
import { noticeDesk } from '#test/broadcast/desk.ts';
import { startRedis } from '#test/real/redis.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';

import { asked, whole, wholes } from './asked.ts';
import { percentile, print, progress, shown, table } from './figures.ts';

/**
 * What one acknowledgement and one update of the messages costs, for a roll of few and of many seats: time, calls to
 * Redis, and bytes that Redis answers. Everything but the platforms is real.
 */
const { sizes, rounds } = asked('bench:rollcall', {
  sizes: wholes([64, 1_000, 10_000], 'seats'),
  rounds: whole(40, 'acknowledgements and updates that are measured, of each size'),
});
/**
 * The largest ratio between the most and the fewest seats that passes. Of bytes: the missing are named, up to a hundred,
 * and of 64 fewer are missing. Of time: on a busy machine.
 */
const MOST = { calls: 1.1, bytes: 3, ms: 3 } as const;

const ROOMS = ['notaries', 'ops'];
const OPS: Place = { kind: 'room', room: 'ops' as RoomId };
const NOTARIES: Place = { kind: 'room', room: 'notaries' as RoomId };

interface Cost {
  readonly ms: number;
  readonly calls: number;
  readonly bytes: number;
}

interface Figures {
  readonly seats: number;
  readonly acknowledgement: Cost;
  readonly update: Cost;
}

const operatorsOf = (index: number): readonly Operator[] =>
  ['a', 'b'].map((letter) => ({
    id: `${letter}${index}` as OperatorId,
    role: 'notary',
    team: `team${index}`,
    handles: { discord: `d-${letter}${index}`, matrix: `@${letter}${index}:x` },
  }));

const fleetWith = (seats: number) => {
  const indexes = Array.from({ length: seats }, (_, index) => index);
  const staff = (id: string): Operator => ({
    id: id as OperatorId,
    role: 'coordinator',
    team: 'staff',
    handles: { discord: id },
  });
  return fleetOf({
    network: 'bench',
    rooms: ROOMS.map((id) => ({ id: id as RoomId, addresses: { discord: id, matrix: `!${id}:x` } })),
    routes: [],
    coins: [{ id: 'KMD', profile: 'komodo', thresholds: {}, utxoSats: 10_000 }],
    operators: [staff('carol'), staff('dave'), ...indexes.flatMap(operatorsOf)],
    seats: indexes.map((index) => ({
      id: `seat${index}` as SeatId,
      region: ['AR', 'EU', 'NA', 'SH'][index % 4],
      team: `team${index}`,
    })),
    nodes: indexes.map((index) => ({
      id: `node${index}` as NodeId,
      seat: `seat${index}` as SeatId,
      access: { kind: 'local' },
      services: [{ id: 'KMD' as ServiceId, kind: 'utxo', coin: 'KMD', thresholds: {} }],
    })),
    patrol: { everyMs: 30_000 },
  });
};

async function measure(seats: number): Promise<Figures> {
  await using server = await startRedis();
  const redis = new Redis(server.url);
  const watching = new Redis(server.url);
  try {
    const fleet = fleetWith(seats);
    const fleets = fixedFleets(fleet);
    const now = (): Date => new Date();
    const media = new Map(
      ['discord', 'matrix'].map((id) => {
        const platform = fakePlatform(id);
        return [id, { platform, circuit: createCircuit(platform, Date.now) }] as const;
      }),
    );
    const ledger = createLedger(redis);
    const jobs: Delivery[] = [];
    const enqueue = (list: readonly Delivery[]): Promise<void> => Promise.resolve(void jobs.push(...list));
    const post = createPost({ media, ledger, bundles: createBundles(redis), fleets, enqueue, now });
    const desk = noticeDesk(redis, { post, now, fleets });
    const announcement = Announcement.parse({ subject: 'Bench', version: 'v0.9.2', text: 'Update.' });
    const notice = await desk.announce(announcement, fleet.operator('carol')!, 'bench');
    await desk.confirm(notice.id, fleet.operator('dave')!);

    const costOf = async (deeds: readonly (() => Promise<unknown>)[]): Promise<Cost> => {
      const times: number[] = [];
      const before = await figuresOf(watching);
      for (const deed of deeds) {
        const began = performance.now();
        await deed();
        times.push(performance.now() - began);
      }
      const after = await figuresOf(watching);
      const each = (name: string): number =>
        ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / deeds.length;
      return {
        ms: percentile(times, 0.5),
        calls: each('total_commands_processed'),
        bytes: each('total_net_output_bytes'),
      };
    };
    const answerOf = (index: number) => () =>
      desk.acknowledge(notice.id, fleet.operator(`a${index}`)!, 'done', 'discord');
    const updateOf = (index: number) => async () => {
      await desk.compose(`notice:${notice.id}` as Cause, NOTARIES);
      await desk.compose(`board:${notice.id}` as Cause, OPS);
      await desk.compose(`notice:${notice.id}` as Cause, {
        kind: 'direct',
        operator: `a${index}` as OperatorId,
      });
    };
    // What is compiled on the first call is not what a call costs.
    const indexes = Array.from({ length: rounds + 10 }, (_, index) => index);
    await costOf(indexes.slice(0, 10).map(answerOf));
    await costOf(indexes.slice(0, 10).map(updateOf));
    jobs.length = 0;
    const acknowledgement = await costOf(indexes.slice(10).map(answerOf));
    const update = await costOf(indexes.slice(10).map(updateOf));
    progress(
      `${seats} seats: done, ${(jobs.length / rounds).toFixed(0)} messages are edited after each answer`,
    );
    return { seats, acknowledgement, update };
  } finally {
    redis.disconnect();
    watching.disconnect();
  }
}

async function figuresOf(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const lines = (await redis.info('stats')).split('\r\n');
  return new Map(lines.map((line) => [line.split(':')[0] ?? '', Number(line.split(':')[1])]));
}

const found: Figures[] = [];
for (const seats of sizes) found.push(await measure(seats));

const rowOf = ({ seats, acknowledgement, update }: Figures) => [
  `${seats}`,
  ...[acknowledgement, update].flatMap(({ ms, calls, bytes }) => [
    `${shown(ms)} ms`,
    calls.toFixed(0),
    `${(bytes / 1_024).toFixed(1)} KiB`,
  ]),
];
const head = ['seats', 'acknowledgement', 'calls', 'answered', 'update of three', 'calls', 'answered'];
const [smallest, largest] = [found[0], found.at(-1)];
const ratioOf = (of: (figures: Figures) => Cost, name: keyof Cost): number =>
  smallest && largest ? of(largest)[name] / of(smallest)[name] : Number.NaN;
const ratios = (
  [({ acknowledgement }: Figures) => acknowledgement, ({ update }: Figures) => update] as const
).flatMap((of) => (['ms', 'calls', 'bytes'] as const).map((name) => ({ name, ratio: ratioOf(of, name) })));
const last = [
  `${largest?.seats} ÷ ${smallest?.seats}`,
  ...ratios.map(({ name, ratio }) => `${ratio.toFixed(2)} (≤ ${MOST[name]})`),
];
print(table(head, [...found.map(rowOf), last]));
print(
  `Middle values of ${rounds}. An update composes the messages of the room, of the coordinators and of one operator.`,
);
process.exitCode = ratios.some(({ name, ratio }) => !(ratio <= MOST[name])) ? 1 : 0;
