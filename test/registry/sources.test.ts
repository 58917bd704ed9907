import { expect, test } from 'vitest';

import { faultLine } from '#src/registry/fault.ts';
import { parseFleet } from '#src/registry/parse.ts';

const MINUTE_MS = 60_000;

const sourcesOf = (source: string) => {
  const text = `network: n
rooms:
  - { id: notaries, matrix: '!n:x' }
coins:
  - { id: KMD }
sources:
  - ${source}
`;
  const parsed = parseFleet(text, { lookup: () => undefined, folder: '/etc/tocsin' });
  return parsed.faults ? parsed.faults.map((fault) => faultLine('f', fault)) : parsed.fleet.sources;
};

test.each<[string, object]>([
  [
    '{ github: GLEECBTC/komodo-daemon }',
    {
      kind: 'github',
      repository: 'GLEECBTC/komodo-daemon',
      coins: [],
      prereleases: false,
      everyMs: 15 * MINUTE_MS,
    },
  ],
  [
    '{ github: a/b.c_d, coins: [KMD], prereleases: true, every: 1h }',
    { kind: 'github', repository: 'a/b.c_d', coins: ['KMD'], prereleases: true, everyMs: 60 * MINUTE_MS },
  ],
  [
    '{ manifest: ./versions.json }',
    { kind: 'manifest', from: '/etc/tocsin/versions.json', everyMs: 5 * MINUTE_MS },
  ],
  [
    '{ manifest: "https://example.org/versions.json", every: 1d }',
    { kind: 'manifest', from: 'https://example.org/versions.json', everyMs: 24 * 60 * MINUTE_MS },
  ],
])('%s', (source, expected) => {
  expect(sourcesOf(source)).toEqual([expected]);
});

test.each([
  ['{ coins: [KMD] }', 'f:7 sources[0]: needs either github or manifest'],
  ['{ github: a/b, manifest: x }', 'f:7 sources[0]: needs either github or manifest'],
  ['{ github: komodo }', 'f:7 sources[0].github: must be a repository like owner/name'],
  ['{ github: ../../user }', 'f:7 sources[0].github: must be a repository like owner/name'],
  ['{ github: a/b, coins: [LTC] }', 'f:7 sources[0].coins[0]: there is no coin "LTC"'],
  [
    '{ github: a/b, every: 1s }',
    'f:7 sources[0].every: must be a time span like 5m or 1h, at least 10s and at most 1d',
  ],
  [
    '{ github: a/b, every: 30s }',
    'f:7 sources[0]: asks GitHub at most every 1m: use a webhook to be quicker',
  ],
  [
    '{ manifest: x.json, coins: [KMD] }',
    'f:7 sources[0]: takes coins and prereleases only with github: a manifest names its coins itself',
  ],
  [
    '{ manifest: "https://me:secret@example.org/v.json" }',
    'f:7 sources[0]: takes as manifest a path, or an address like https://example.org/versions.json without a login',
  ],
  ['{ githib: a/b }', 'f:7 sources[0]: there is no key "githib" here (did you mean "github"?)'],
])('%s is a fault', (source, fault) => {
  expect(sourcesOf(source)).toContain(fault);
});

test('a route goes on to further people only where it writes to people at all', () => {
  const text = (route: string): string => `network: n
rooms:
  - { id: notaries, matrix: '!n:x' }
routes:
  - ${route}
`;
  const parse = (route: string) => parseFleet(text(route), { lookup: () => undefined, folder: '/' });
  const parsed = parse('{ direct: true, escalateAfter: 5m }');
  expect(parsed.faults ?? parsed.fleet.routes[0]).toMatchObject({ escalateAfterMs: 5 * MINUTE_MS });
  expect(parse('{ escalateAfter: 5m }').faults?.map(({ words }) => words)).toEqual([
    'needs direct: true: there is nobody to go on from',
  ]);
});
