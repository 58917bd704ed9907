import { expect, test } from 'vitest';

import { PROFILES } from '#src/domain/profile.ts';
import { settingsByKind, THRESHOLD_NAMES } from '#src/nodes/kinds.ts';
import { faultLine } from '#src/registry/fault.ts';
import { parseFleet } from '#src/registry/parse.ts';

const HEAD = "network: n\nrooms:\n  - { id: notaries, matrix: '!n:x' }\n";

const parse = (coin: string) =>
  parseFleet(`${HEAD}coins: [{ id: A, ${coin} }]`, {
    lookup: () => undefined,
    folder: '/',
    known: { kinds: settingsByKind, thresholds: THRESHOLD_NAMES, profiles: Object.keys(PROFILES) },
  });

test.each([
  ['dpow: {}', { dpow: {} }],
  ['dpow: false', { dpow: false }],
  ['dpow: { until: { height: 4771595 } }', { dpow: { until: { height: 4_771_595 } } }],
  [
    'dpow: { until: { height: 5, time: "2026-01-04T12:00:00Z" } }',
    { dpow: { until: { height: 5, time: '2026-01-04T12:00:00Z' } } },
  ],
  ['references: ["https://explorer.example.org/api"]', { references: ['https://explorer.example.org/api'] }],
  ['profile: verus', { profile: 'verus' }],
  ['thresholds: { fork-depth: { critical: 3 } }', { thresholds: { 'fork-depth': { critical: 3 } } }],
])('a coin with %s', (written, read) => {
  const parsed = parse(written);
  if (parsed.faults) return expect.unreachable(parsed.faults.map(({ words }) => words).join(', '));
  expect(parsed.fleet.coin('A')).toMatchObject(read);
});

test.each([
  ['dpow: { untill: {} }', 'dpow: there is no key "untill" here (did you mean "until"?)'],
  ['dpow: 5', 'dpow: must be false, or like { until: { height: 4771595 } }'],
  ['dpow: { until: {} }', 'dpow.until: needs a height, a time or both'],
  ['references: [explorer]', 'references[0]: must be an address like http://127.0.0.1:7771'],
  ['profile: litecion', 'profile: there is no profile "litecion" (did you mean "litecoin"?)'],
  [
    'thresholds: { forkdepth: { critical: 3 } }',
    'thresholds.forkdepth: there is no check "forkdepth" (did you mean "fork-depth"?)',
  ],
])('a coin with %s is told so', (written, words) => {
  expect(parse(written).faults?.map((fault) => faultLine('f', fault))).toEqual([`f:4 coins[0].${words}`]);
});

test('every threshold of a make is one that the fleet file may set', () => {
  const names = Object.values(PROFILES).flatMap(({ thresholds }) => Object.keys(thresholds));
  expect(names.filter((name) => !THRESHOLD_NAMES.includes(name))).toEqual([]);
});
