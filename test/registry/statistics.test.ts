import { expect, test } from 'vitest';

import { faultLine } from '#src/registry/fault.ts';
import { parseFleet } from '#src/registry/parse.ts';

const sourcesOf = (entry: string) => {
  const source = `network: n
rooms: [{ id: notaries, console: n }]
statistics:
  - ${entry}
`;
  const parsed = parseFleet(source, { lookup: () => undefined, folder: '/' });
  return parsed.faults ? parsed.faults.map((fault) => faultLine('f', fault)) : parsed.fleet.sources;
};

test.each([
  ['', 900_000],
  [', every: 1h', 3_600_000],
])('a site is a source that is read regularly%s', (every, everyMs) => {
  expect(sourcesOf(`{ kind: kmd-stats, url: 'https://stats.kmd.io', season: Season_8${every} }`)).toEqual([
    { kind: 'statistics', site: 'kmd-stats', url: 'https://stats.kmd.io', season: 'Season_8', everyMs },
  ]);
});

test.each([
  ["{ kind: other, url: 'https://x', season: S }", 'kind'],
  ["{ kind: kmd-stats, url: 'https://me:secret@x', season: S }", 'without a login'],
  ["{ kind: kmd-stats, url: 'file:///etc', season: S }", 'without a login'],
  ["{ kind: kmd-stats, url: 'https://x', season: 'S&x=1' }", 'must be a season'],
  ["{ kind: kmd-stats, url: 'https://x', season: S, every: 1m }", 'at least 5m'],
  ["{ kind: kmd-stats, url: 'https://x' }", 'season'],
])('%s is a fault', (entry, words) => {
  expect(sourcesOf(entry)).toEqual([expect.stringContaining(words)]);
});
