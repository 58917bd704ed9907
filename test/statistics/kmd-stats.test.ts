import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { StatisticsSource } from '#src/domain/source.ts';
import { kmdStats } from '#src/statistics/sites/kmd-stats.ts';
import { root } from '#test/real/root.ts';

const NOW = new Date('2025-11-21T12:00:00Z');
const recorded = (name: string): string =>
  readFileSync(join(root, 'test/recorded/statistics', `kmd-stats-${name}.json`), 'utf8');

let server: Server;
let source: StatisticsSource;
let asked: { readonly url: string; readonly tag: string | undefined }[];
let answers: Record<string, { status?: number; body?: string; etag?: string }>;

beforeEach(async () => {
  asked = [];
  answers = {
    'table/notary_last_ntx': { body: recorded('notary-last-ntx'), etag: '"n1"' },
    'ntx/season_stats': { body: recorded('season-stats'), etag: '"s1"' },
  };
  server = createServer(({ url = '', headers }, response) => {
    const tag = headers['if-none-match'];
    asked.push({ url, tag });
    const [, path = ''] = /^\/api\/(.*)\/\?season=Season_8$/.exec(url) ?? [];
    const { status = 200, body = '', etag } = answers[path] ?? { status: 404 };
    const same = etag !== undefined && tag === etag;
    response.writeHead(same ? 304 : status, { 'content-type': 'application/json', ...(etag && { etag }) });
    response.end(same ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  source = {
    kind: 'statistics',
    site: 'kmd-stats',
    url: `http://127.0.0.1:${port}/`,
    season: 'Season_8',
    everyMs: 900_000,
  };
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const read = (before?: Awaited<ReturnType<typeof kmdStats.read>>, now = NOW) =>
  kmdStats.read(source, before, now, undefined);

describe('a site that runs kmd_ntx_stats', () => {
  test('tells the latest notarisation of each seat over its coins, and its score', async () => {
    const { seats, readAt } = await read();
    expect(readAt).toBe(NOW.toISOString());
    expect(seats['alright_DEV']).toEqual({
      lastNotarisation: { coin: 'CLC', at: '2025-11-21T11:46:00.000Z' },
      score: 842.31337421,
      rank: 1,
    });
    expect(seats['chmex_AR']?.lastNotarisation?.at).toBe('2025-11-21T03:15:00.000Z');
    expect(seats['blackice_DEV']).toEqual({ lastNotarisation: undefined, score: 831.00214, rank: 2 });
  });

  test('a notarisation at the beginning of time is none, and one that has not come yet neither', async () => {
    const { seats } = await read(undefined, new Date('2025-11-21T09:00:00Z'));
    expect(seats['kolo_AR']).toBeUndefined();
    expect(seats['alright_DEV']?.lastNotarisation).toEqual({
      coin: 'GLEEC_OLD',
      at: '2025-11-21T09:02:00.000Z',
    });
    expect(seats['blackice_EU']?.lastNotarisation).toBeUndefined();
  });

  test('is asked for what has changed, and what has not stays as it was', async () => {
    const first = await read();
    const later = new Date(NOW.getTime() + 900_000);
    const second = await read(first, later);
    expect(asked.map(({ tag }) => tag)).toEqual([undefined, undefined, '"n1"', '"s1"']);
    expect(second).toEqual({ ...first, readAt: later.toISOString() });
    answers['ntx/season_stats'] = {
      body: recorded('season-stats').replaceAll('842.31337421', '850.5'),
      etag: '"s2"',
    };
    const third = await read(second, later);
    expect(third.seats['alright_DEV']).toMatchObject({
      lastNotarisation: { coin: 'CLC' },
      score: 850.5,
    });
  });

  test.each([
    ['an error', { status: 502, body: '<html>Bad Gateway</html>' }, 'unavailable'],
    ['gone', { status: 404 }, 'not-found'],
    ['too many questions', { status: 429 }, 'rate-limited'],
    ['a page instead of JSON', { body: '<!doctype html>' }, 'unreadable'],
    [
      'an error in JSON',
      { body: '{"error":"You need to specify season","count":1,"results":{}}' },
      'unreadable',
    ],
    [
      'a time in words',
      { body: '{"results":[{"notary":"a","coin":"KMD","kmd_ntx_blocktime":"now"}]}' },
      'unreadable',
    ],
    [
      'a negative time',
      { body: '{"results":[{"notary":"a","coin":"KMD","kmd_ntx_blocktime":-5}]}' },
      'unreadable',
    ],
    ['more than there can be', { body: `{"results":"${'x'.repeat(9 * 1024 * 1024)}"}` }, 'unreadable'],
  ])('%s is an error of the site, and nothing is taken of it', async (_, answer, reason) => {
    answers['table/notary_last_ntx'] = answer;
    await expect(read()).rejects.toMatchObject({ name: 'OutsideError', system: 'kmd-stats', reason });
  });

  test('that is not there cannot be reached', async () => {
    await expect(
      kmdStats.read({ ...source, url: 'http://127.0.0.1:1' }, undefined, NOW, undefined),
    ).rejects.toMatchObject({ reason: 'unavailable' });
  });
});
