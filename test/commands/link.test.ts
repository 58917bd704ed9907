import { describe, expect, test, vi } from 'vitest';

import { link } from '#commands/link.ts';
import type { Context } from '#src/command/define.ts';
import { callOf, splitWords } from '#src/command/parse.ts';
import type { AccountLink, Linking } from '#src/domain/linking.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const CODE = 'k7qx-93mf-0abc-w2hd';
const standing = {
  id: 'l1',
  operator: 'erin',
  from: { platform: 'discord', handle: 'd-erin' },
  platform: 'matrix',
  handle: '@erin:x',
  state: 'standing',
  approvedBy: 'carol',
} as AccountLink;
const waiting = {
  ...standing,
  id: 'l2',
  operator: 'dave',
  handle: '@dave:x',
  state: 'proven',
} as AccountLink;

function desk() {
  return {
    offer: vi.fn<Linking['offer']>(async () => ({
      code: CODE,
      platform: 'matrix',
      expiresAt: '2026-05-01T12:10:00.000Z',
    })),
    bring: vi.fn<Linking['bring']>(async () => ({ ...standing, state: 'proven' })),
    remove: vi.fn<Linking['remove']>(async () => standing),
    list: async () => [standing, waiting],
  };
}

async function type(who: string, line: string, inPublic = false) {
  const linking = desk();
  const context = {
    actor: smallFleet.operator(who)!,
    platform: 'discord',
    inPublic,
    fleet: smallFleet,
    linking,
    standings: () => [{ id: 'discord' }, { id: 'matrix' }],
  } as unknown as Context;
  const [, ...words] = splitWords(line);
  const call = callOf(link, undefined, words);
  return { shown: JSON.stringify(await call.run(context, call.args)), linking };
}

describe('link', () => {
  test.each([
    ['link', undefined],
    ['link matrix', 'matrix'],
  ])('%s: a code, for the asker’s eyes only', async (line, platform) => {
    const { shown, linking } = await type('erin', line);
    expect(linking.offer.mock.calls).toMatchObject([
      [{ id: 'erin' }, { platform: 'discord', handle: 'd-erin' }, platform],
    ]);
    expect(shown).toContain(`link ${CODE}`);
    expect(link.private).toBe(true);
  });

  test('CODE: what was typed, by which account, and whether others read it', async () => {
    const { linking, shown } = await type('erin', `link ${CODE}`, true);
    const account = { platform: 'discord', handle: 'd-erin' };
    expect(linking.bring.mock.calls).toEqual([[{ code: CODE, account, inPublic: true }]]);
    expect(shown).toContain('coordinator must confirm');
    expect(shown).not.toContain(CODE);
  });

  test('list: one’s own accounts; a coordinator sees those of all that are linked or wait', async () => {
    const { shown } = await type('erin', 'link list');
    for (const words of ['discord:d-erin', 'fleet file', 'matrix:@erin:x', 'confirmed by carol'])
      expect(shown).toContain(words);
    expect(shown).not.toContain('@dave:x');
    expect((await type('carol', 'link list')).shown).toMatch(/@erin:x.*@dave:x.*waits for a coordinator/);
  });

  test.each([
    ['link remove matrix', { platform: 'matrix', operator: 'erin' }],
    ['link remove matrix dave', { platform: 'matrix', operator: 'dave' }],
  ])('%s', async (line, asked) => {
    const { linking } = await type('erin', line);
    expect(linking.remove.mock.calls).toMatchObject([[asked, { id: 'erin' }]]);
  });

  test.each([
    ['link remove', 'Say which'],
    ['link matrix now', '"now" is too much'],
  ])('%s is refused', async (line, words) => {
    await expect(type('erin', line)).rejects.toThrow(words);
  });

  test('of a stranger only CODE is taken', async () => {
    const linking = desk();
    const account = { platform: 'matrix', handle: '@x:x' };
    const context = { linking, account, inPublic: false } as never;
    expect(link.forStranger?.(context, {})).toBeUndefined();
    await link.forStranger?.(context, { what: CODE });
    expect(linking.bring.mock.calls).toEqual([[{ code: CODE, account, inPublic: false }]]);
  });
});
