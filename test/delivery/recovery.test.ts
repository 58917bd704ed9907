import { expect, test } from 'vitest';

import { createCircuit } from '#src/delivery/circuit.ts';
import { createRecovery } from '#src/delivery/recovery.ts';
import type { Cause, Delivery, DueRange } from '#src/domain/delivery.ts';
import { openDelivery } from '#src/delivery/media.ts';
import type { RoomId } from '#src/domain/room.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { fakePlatform } from '#test/stand-ins/platform.ts';
import { fleetOf } from '#src/domain/fleet.ts';

const AT = new Date('2026-01-01T00:00:00Z');

/** What is due, and what each sweep puts back into the queues. */
function office(count: number) {
  const rows = Array.from({ length: count }, (_, index) =>
    openDelivery({
      cause: `note:${index}` as Cause,
      to: { kind: 'room', room: 'notaries' as RoomId },
      urgency: 'info',
      at: AT,
      platform: 'discord',
    }),
  );
  const platform = fakePlatform('discord');
  let enqueued: Delivery[] = [];
  const recovery = createRecovery({
    media: new Map([['discord', { platform, circuit: createCircuit(platform, Date.now) }]]),
    ledger: {
      due: async (limit, { skip = 0 }: DueRange = {}) => rows.slice(skip, skip + limit),
    },
    outages: { end: async () => undefined, untold: async () => [], told: async () => undefined },
    post: { send: async () => undefined } as never,
    fleets: fixedFleets(fleetOf(smallFleet)),
    enqueue: async (deliveries) => void enqueued.push(...deliveries),
    now: () => new Date(AT.getTime() + 60_000),
  });
  const taken = (): readonly string[] => {
    const ids = enqueued.map(({ id }) => id);
    enqueued = [];
    return ids;
  };
  return { rows, recovery, taken };
}

test('what is due goes on at once when its platform comes up', async () => {
  const { recovery, rows, taken } = office(500);
  await recovery.tick();
  expect(new Set(taken()).size).toBe(rows.length);
  await recovery.tick();
  expect(taken()).toEqual([]);
});

test('what may have lost its job has its turn: a part each time, all of it again and again', async () => {
  const { recovery, rows, taken } = office(500);
  await recovery.tick();
  taken();
  for (let round = 0; round < 2; round++) {
    const turns: (readonly string[])[] = [];
    for (let turn = 0; turn < 3; turn++) {
      await recovery.sweep();
      turns.push(taken());
    }
    expect(Math.max(...turns.map((turn) => turn.length))).toBeLessThan(rows.length / 2);
    expect(new Set(turns.flat())).toEqual(new Set(rows.map(({ id }) => id)));
  }
});
