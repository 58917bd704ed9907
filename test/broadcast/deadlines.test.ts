import { expect, it } from 'vitest';

import { createDeadlines } from '#src/broadcast/deadlines.ts';
import type { Facts } from '#src/domain/finding.ts';
import { Announcement, type Notice, type NoticeId } from '#src/domain/notice.ts';
import { health, result } from '#test/health/seen.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

const NOW = Date.UTC(2026, 0, 1);
const notice = (deadline: object | undefined): Notice => ({
  ...Announcement.parse({ subject: 'Komodo 0.9.2', ...(deadline && { deadline }) }),
  id: 'n1' as NoticeId,
  state: 'sent',
  createdBy: 'carol',
  createdAt: new Date(NOW).toISOString(),
  sentAt: new Date(NOW).toISOString(),
  reminded: [],
  announced: true,
  revision: 1,
});

function knowing(...told: readonly (Facts | undefined)[]) {
  const world = { told, asked: 0, nowMs: NOW };
  const deadlines = createDeadlines({
    fleets: fixedFleets(),
    now: () => new Date(world.nowMs),
    latest: async (targets) => {
      world.asked++;
      return targets.map((_, at) => {
        const facts = world.told[at];
        return facts && health([result('daemon-answers', 'up', { finding: { state: 'up', facts } })]);
      });
    },
  });
  const due = async (deadline?: object) => {
    const { at, by, words } = await deadlines.dueOf(notice(deadline));
    return { hours: at && (at.getTime() - NOW) / 3_600_000, by, words };
  };
  return { world, due };
}
const tip = (blocks: number, minutes = 0): Facts => ({
  blocks,
  tipAt: new Date(NOW + minutes * 60_000).toISOString(),
});

it("a height's time is estimated from the nodes of the only coin there is, a minute a block", async () => {
  const { due } = knowing(tip(1_000), tip(1_000));
  expect(await due({ height: 1_120 })).toMatchObject({ hours: 2, by: 'height' });
  expect((await due({ height: 1_120 })).words).toContain('KMD height 1120 (about 2026-01-01 02:00 UTC');
});

it('nodes are asked once a minute, and at once again while they tell nothing', async () => {
  const { world, due } = knowing();
  expect(await due({ height: 1_120 })).toMatchObject({ hours: undefined, by: 'none' });
  world.told = [tip(1_000)];
  expect(await due({ height: 1_120 })).toMatchObject({ hours: 2 });
  world.told = [tip(1_060)];
  expect(await due({ height: 1_120 })).toMatchObject({ hours: 2 });
  expect(world.asked).toBe(2);
  world.nowMs += 60_000;
  expect(await due({ height: 1_120 })).toMatchObject({ hours: 1 });
});

it('where no height is named nobody is asked', async () => {
  const { world, due } = knowing(tip(1_000));
  expect(await due({ time: '2026-01-01T05:00:00Z' })).toMatchObject({ hours: 5, by: 'time' });
  expect(await due()).toMatchObject({ hours: 24, by: 'rule' });
  expect(world.asked).toBe(0);
});

it('a block that is dated into the future, or not at all, tells nothing', async () => {
  const { due } = knowing(tip(5, 60 * 24 * 365), { blocks: 7 });
  expect(await due({ height: 1_120 })).toMatchObject({ by: 'none' });
  expect(await due({ height: 1_120, coin: 'LTC' })).toMatchObject({ by: 'none' });
});
