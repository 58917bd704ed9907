import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { suggestionsIn } from '#src/domain/release-text.ts';

const found = (body: string, tag = 'v1.0.0', prerelease = false): readonly string[] =>
  suggestionsIn(body, { tag, prerelease });

/** As they stand in published releases; test/recorded/github/README.md says in which. */
describe('what stands in real releases', () => {
  test.each<[string, string, string, readonly string[]]>([
    [
      'GLEECBTC/komodo-daemon v0.9.2-2',
      'v0.9.2-2',
      '⚠️ This is a mandatory upgrade. … All node operators\nand GUI wallet users must upgrade from 0.9.2-1.',
      [
        'it says "mandatory"',
        'it says "must upgrade"',
        'its tag v0.9.2-2 is a hotfix: the version without it is older',
      ],
    ],
    [
      'KomodoPlatform/komodo 0.7.2',
      '0.7.2',
      'This is a mandatory update, Komodo Season 6 HF planned on height 2963330 for KMD, and timestamp 1656077853 (Fri Jun 24 2022 13:37:33 GMT+0000) for assetchains. All wallets/nodes should be updated to the latest (0.7.2) software to continue following mainnet.',
      [
        'it says "mandatory"',
        'it says "should be updated"',
        'it names block height 2963330 (KMD)',
        'it names the time Jun 24 2022',
        'it names the time 2022-06-24T13:37:33.000Z',
      ],
    ],
    [
      'KomodoPlatform/komodo 0.5.0',
      '0.5.0-bf30f32',
      'Hardfork upgrade activation to Komodo Obsidian [0.5.0]:\ntimestamp (smart chains) = 1576840000 (12/20/2019 @ 11:06amUTC)\nblockheight (KMD): 1670000',
      [
        'it says "hardfork"',
        'it names block height 1670000 (KMD)',
        'it names the time 2019-12-20T11:06:40.000Z',
      ],
    ],
    [
      'DeckerSU/KomodoOcean build 26',
      'komodoqt_win64_build26',
      'This is important update, make sure your wallet is updated to Build 26 or higher, before 814000 block (approximately 1 May 2018) is comes. Non-updated wallets will reject main KMD chain after 814000 block',
      ['it names block height 814000', 'it names the time 1 May 2018'],
    ],
    [
      'bitshares 0.9.1',
      'bts/0.9.1',
      'All users must upgrade to at least 0.9.0 by block 2580000 (approximately 2015-05-19 17:00 UTC)',
      ['it says "must upgrade"', 'it names block height 2580000', 'it names the time 2015-05-19 17:00 UTC'],
    ],
  ])('%s', (_name, tag, body, suggestions) => {
    expect(found(body, tag).filter((words) => !words.includes('pre-release'))).toEqual(suggestions);
  });
});

test('a height that is a placeholder is told as not set', () => {
  expect(found('activates at height 777333777333')).toEqual([
    'it names block height 777333777333, a placeholder: not set yet',
  ]);
});

test('a tag that says so is a pre-release, also where nobody has marked it', () => {
  expect(found('', 'v0.9.2-rc4')).toEqual(['it is marked as a pre-release']);
  expect(found('', 'v0.9.2')).toEqual([]);
});

test.each(['port 7771 is used', 'blocks are 1 MB', 'fixes #1234', 'in 2026', 'blocked 12'])(
  'nothing is read out of "%s"',
  (body) => {
    expect(found(body)).toEqual([]);
  },
);

test('any text is read in time that grows with it, and gives a bounded number of suggestions', () => {
  const hostile = [
    `block${' '.repeat(100_000)}x`,
    'height '.repeat(20_000),
    `timestamp (${'a'.repeat(100_000)}`,
  ];
  for (const body of [...hostile, '1'.repeat(100_000), 'Jan '.repeat(30_000)]) {
    const began = performance.now();
    found(body);
    expect(performance.now() - began).toBeLessThan(500);
  }
  fc.assert(
    fc.property(
      fc.string(),
      (body) => found(body).length <= 20 && found(body).every((one) => one.length <= 200),
    ),
  );
});
