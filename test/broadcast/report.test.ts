import { expect, test } from 'vitest';

import { createReports } from '#src/broadcast/report.ts';
import type { RollCall } from '#src/domain/roll.ts';

import { after, seasonRoll } from './roll-call.ts';

const PNG = new Uint8Array([137, 80, 78, 71]);
const OPS = { kind: 'room', room: 'ops' } as never;

const reportsOf = (roll: RollCall | undefined, png: Uint8Array | undefined) => {
  const drawn: string[] = [];
  const compose = createReports({
    broadcast: { rollCall: async (id) => (id === 'n1b2c3d' ? roll : undefined) },
    pictures: {
      png: async (svg) => {
        drawn.push(svg);
        return png;
      },
    },
  });
  return { compose, drawn };
};

const ended = seasonRoll({ state: 'closed', endedAt: after(31 * 60) });

test('a notice that has ended is told of once: the message never changes, and shows the board as it was then', async () => {
  const { compose, drawn } = reportsOf(ended, PNG);
  const composed = await compose('report:n1b2c3d', OPS);
  expect(composed?.revision).toBe(1);
  expect(composed?.message.blocks.at(-1)).toMatchObject({ kind: 'image', png: PNG });
  expect(drawn[0]).toContain('as of 2026-12-01 15:00 UTC');
  expect(await compose('report:n1b2c3d', OPS)).toEqual(composed);
});

test('without its picture it is told all the same', async () => {
  const composed = await reportsOf(ended, undefined).compose('report:n1b2c3d', OPS);
  expect(JSON.stringify(composed?.message)).toContain('64 seats: 24 proven, 16 answered');
  expect(composed?.message.blocks.some(({ kind }) => kind === 'image')).toBe(false);
});

test('what goes on, or is not there, is not told of', async () => {
  expect(await reportsOf(seasonRoll(), PNG).compose('report:n1b2c3d', OPS)).toBeUndefined();
  expect(await reportsOf(undefined, PNG).compose('report:n1b2c3d', OPS)).toBeUndefined();
});
