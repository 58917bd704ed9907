import { describe, expect, it } from 'vitest';

import { createComplete } from '#src/command/complete.ts';
import { SUGGESTS } from '#src/domain/menu.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';

const complete = createComplete({
  fleets: fixedFleets(),
  alerting: { list: () => Promise.resolve([{ id: 'a1' }]) } as never,
  broadcast: {
    list: () =>
      Promise.resolve([
        { id: 'n1', state: 'sent' },
        { id: 'n2', state: 'draft' },
      ]),
  } as never,
  remediation: {
    remedies: [{ id: 'split' }],
    list: () =>
      Promise.resolve([
        { id: 'r1', state: 'requested' },
        { id: 'r2', state: 'succeeded' },
      ]),
  } as never,
  linking: {
    list: () =>
      Promise.resolve([
        { id: 'l1', state: 'proven' },
        { id: 'l2', state: 'standing' },
      ] as never),
  },
  silences: { list: () => Promise.resolve([{ id: 's1' }]) } as never,
  now: () => new Date(),
});

describe('completing what is typed', () => {
  it.each<[(typeof SUGGESTS)[number], string, string[]]>([
    ['subject', '', ['red-1', 'blue-1', 'red_EU', 'blue_NA', 'grey_SH', 'KMD']],
    ['subject', 'RED', ['red-1', 'red_EU']],
    ['node', 'e-1', ['blue-1']],
    ['service', '', ['KMD']],
    ['acknowledgeable', '', ['a1', 'n1']],
    ['decidable', '', ['r1', 'n2', 'l1']],
    ['request', 'r', ['r1', 'r2']],
    ['silence', '', ['s1']],
    ['remedy', 'x', []],
  ])('%s "%s"', async (suggest, typed, found) => {
    expect(await complete(suggest, typed, 'discord', 'd-alice')).toEqual(found);
  });

  it('puts beginnings first', async () => {
    expect(await complete('seat', 'a', 'discord', 'd-alice')).toEqual(['blue_NA']);
    expect((await complete('subject', 'k', 'discord', 'd-alice'))[0]).toBe('KMD');
  });

  it.each(SUGGESTS)('tells a stranger nothing of %s', async (suggest) => {
    expect(await complete(suggest, '', 'discord', 'd-stranger')).toEqual([]);
  });
});
