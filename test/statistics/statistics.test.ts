import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { fleetOf } from '#src/domain/fleet.ts';
import type { StatisticsSource } from '#src/domain/source.ts';
import { statisticsLine } from '#src/statistics/line.ts';
import { createStatistics } from '#src/statistics/statistics.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';
import { root } from '#test/real/root.ts';
import { type OpenPoller, openPoller } from '#test/sources/open.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

/** Nobody listens there. */
const dead: StatisticsSource = {
  kind: 'statistics',
  site: 'kmd-stats',
  url: 'http://127.0.0.1:1',
  season: 'Season_8',
  everyMs: 900_000,
};

let redis: TestRedis;
let open: OpenPoller;

beforeEach(async () => {
  redis = await testRedis();
  open = openPoller(redis, { apiUrl: 'http://127.0.0.1:1' });
  open.sources = [dead];
});
afterEach(() => redis[Symbol.asyncDispose]());

const reading = async (source = dead, seat = 'red_EU') => {
  const statistics = createStatistics({
    fleets: fixedFleets(fleetOf({ ...smallFleet, sources: [source] })),
    records: open.records,
    now: () => new Date(open.clock.at),
  });
  const [first] = await statistics.of(seat);
  return first;
};

test('a site that is dead is unknown, is told in the end, and is asked less and less', async () => {
  expect(await reading()).toEqual({
    site: '127.0.0.1:1',
    readAt: undefined,
    failingSince: undefined,
    isOld: false,
    said: undefined,
  });
  const began = open.clock.at;
  let looks = 0;
  for (let round = 0; round < 8 * 24 * 4; round++) {
    const before = await open.records.getMany(['statistics:kmd-stats:http://127.0.0.1:1:Season_8']);
    await open.poller.look();
    const after = await open.records.getMany(['statistics:kmd-stats:http://127.0.0.1:1:Season_8']);
    if (before[0]?.trouble?.looks !== after[0]?.trouble?.looks) looks++;
    open.clock.at += 900_000;
  }
  expect(await reading()).toMatchObject({ failingSince: new Date(began), said: undefined });
  expect(looks).toBeLessThan(110);
  expect(open.told).toHaveLength(1);
  expect(open.told[0]?.title).toContain('statistics:kmd-stats');
});

test('what was read is told until it is too old', async () => {
  const said = { lastNotarisation: { coin: 'KMD', at: '2025-12-31T23:50:00.000Z' }, score: 1, rank: 2 };
  const readAt = new Date(open.clock.at).toISOString();
  await open.records.update('statistics:kmd-stats:http://127.0.0.1:1:Season_8', () => ({
    source: 'statistics:kmd-stats:http://127.0.0.1:1:Season_8',
    dueAtMs: 0,
    statistics: { readAt, seats: { red_EU: said }, etags: {} },
  }));
  open.clock.at += 3 * 900_000;
  expect(await reading()).toMatchObject({ readAt: new Date(readAt), isOld: false, said });
  open.clock.at += 1;
  expect(await reading()).toMatchObject({ isOld: true });
});

test('a site that falls ill is told as it was, then as unknown, and as it is once it is well again', async () => {
  const recorded = (name: string): string =>
    readFileSync(join(root, 'test/recorded/statistics', `kmd-stats-${name}.json`), 'utf8');
  let ill = false;
  await using site = createServer(({ url = '' }, response) => {
    response.statusCode = ill ? 502 : 200;
    response.end(ill ? '<html>' : recorded(url.includes('last_ntx') ? 'notary-last-ntx' : 'season-stats'));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const { port } = site.address() as AddressInfo;
  const source = { ...dead, url: `http://127.0.0.1:${port}` };
  open.sources = [source];
  open.clock.at = Date.parse('2025-11-21T12:00:00Z');
  const line = async (): Promise<string> => {
    const found = await reading(source, 'alright_DEV');
    return found ? statisticsLine(found, new Map(), new Date(open.clock.at)) : '';
  };
  const pass = async (minutes: number): Promise<void> => {
    open.clock.at += minutes * 60_000;
    await open.poller.look();
  };

  await open.poller.look();
  const head = `127.0.0.1:${port}`;
  expect(await line()).toBe(
    `${head}, just now: last notarisation 14 min ago (CLC), score 842.31, rank 1 of its region`,
  );
  ill = true;
  await pass(15);
  expect(await line()).toContain(`${head}, 15 min ago: last notarisation 29 min ago`);
  await pass(31);
  expect(await line()).toBe(
    `${head}, 46 min ago: unknown, that is too long ago; it cannot be read since 2025-11-21 12:15 UTC`,
  );
  ill = false;
  await pass(4 * 60);
  expect(await line()).toContain(': last notarisation 5 h ago (CLC)');
  expect(open.told).toEqual([]);
});
