import { expect, test } from 'vitest';

import { createMandates } from '#src/broadcast/mandates.ts';
import { Announcement, type Notice, type NoticeId } from '#src/domain/notice.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

const NOW = Date.UTC(2026, 0, 1);
const DUE = new Date(NOW + 3_600_000);

const notice = (id: string, says: object): Notice => ({
  ...Announcement.parse({ subject: id, version: '0.9.2', ...says }),
  id: id as NoticeId,
  state: 'sent',
  createdBy: 'carol',
  createdAt: new Date(NOW).toISOString(),
  reminded: [],
  announced: true,
  revision: 1,
});

function open(...notices: readonly Notice[]) {
  const fleets = fixedFleets();
  const world = { notices, asked: 0, nowMs: NOW, broken: false };
  const mandates = createMandates({
    fleets,
    open: async () => {
      world.asked++;
      if (world.broken) throw new Error('Redis is away');
      return world.notices;
    },
    dueOf: async () => ({ at: DUE, by: 'time', words: 'soon' }),
    now: () => new Date(world.nowMs),
  });
  const [target] = fleets.current().targets();
  if (!target) return expect.unreachable('the fleet has services');
  return { world, of: () => mandates.of(target) };
}

test('a mandatory notice about the service’s coin is one, with what it asks and when it is due', async () => {
  const { of } = open(notice('n1', {}), notice('n2', { audience: { coins: 'KMD' }, commit: 'a86845f3dc' }));
  expect(await of()).toEqual([
    { notice: 'n1', subject: 'n1', version: '0.9.2', commit: undefined, parameters: undefined, dueAt: DUE },
    {
      notice: 'n2',
      subject: 'n2',
      version: '0.9.2',
      commit: 'a86845f3dc',
      parameters: undefined,
      dueAt: DUE,
    },
  ]);
});

test.each([
  ['recommended only', { severity: 'recommended' }],
  ['about another coin', { audience: { coins: 'LTC' } }],
  ['about another kind', { audience: { kinds: 'corda' } }],
  ['nothing that a node could show', { version: undefined }],
])('what is %s is none', async (_, says) => {
  expect(await open(notice('n1', says)).of()).toEqual([]);
});

test('many services ask at once, the notices are read once', async () => {
  const { world, of } = open(notice('n1', {}));
  await Promise.all([of(), of(), of()]);
  expect(world.asked).toBe(1);
  world.notices = [];
  world.nowMs += 5_000;
  expect(await of()).toEqual([]);
});

test('what could not be read is asked for again at once', async () => {
  const { world, of } = open(notice('n1', {}));
  world.broken = true;
  await expect(of()).rejects.toThrow('Redis is away');
  world.broken = false;
  expect(await of()).toHaveLength(1);
});
