import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Service } from '#src/domain/node.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { root } from '#test/real/root.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

import { type OpenPoller, openPoller } from './open.ts';

const MINUTE_MS = 60_000;
const recorded = JSON.parse(
  readFileSync(`${root}/test/recorded/manifest/daemon_versions.json`, 'utf8'),
) as Readonly<Record<string, string>>;
const coins = ['KMD', 'LTC', 'CCL', 'MCL'];
const fleet = {
  coins: coins.map((id) => ({ id, profile: 'komodo', thresholds: {}, utxoSats: 10_000 })),
  nodes: smallFleet.nodes.map((node) => ({
    ...node,
    services: coins.map((coin): Service => ({ ...node.services[0]!, coin })),
  })),
};

let redis: TestRedis;
let open: OpenPoller;
let versions: Record<string, unknown>;

beforeEach(async () => {
  redis = await testRedis();
  versions = { ...recorded };
  open = openPoller(redis, { apiUrl: 'http://127.0.0.1:1', fleet });
});
afterEach(() => redis[Symbol.asyncDispose]());

const look = async (): Promise<void> => {
  open.clock.at += 5 * MINUTE_MS;
  await open.poller.look();
};
const announced = () => open.drafted.map(({ announcement }) => announcement);
const told = (): string => JSON.stringify(open.told);

describe('a manifest in a file', () => {
  let file: string;
  const write = (text = JSON.stringify(versions, null, 4)): void => writeFileSync(file, text);

  beforeEach(async () => {
    const folder = temporaryFolder('manifest');
    file = join(folder.path, 'daemon_versions.json');
    open.sources = [{ kind: 'manifest', from: file, everyMs: 5 * MINUTE_MS }];
    write();
    await look();
    return () => folder[Symbol.dispose]();
  });

  test('what it says at first is no news, nor is the same said again', async () => {
    write(JSON.stringify(versions));
    await look();
    expect(open.drafted).toEqual([]);
  });

  test('a coin with another commit is drafted for that coin, with what it was before', async () => {
    versions['MCL'] = '1234abc';
    write();
    await look();
    expect(open.drafted).toEqual([
      {
        from: 'manifest',
        key: `manifest:${file}:1:1234abc`,
        announcement: {
          subject: 'MCL: 1234abc',
          commit: '1234abc',
          severity: 'recommended',
          text: 'The version manifest says:\nMCL: 7938b2c → 1234abc',
          audience: { coins: ['MCL'] },
        },
      },
    ]);
    await look();
    expect(open.drafted).toHaveLength(1);
  });

  test('a tag is a version', async () => {
    versions['LTC'] = 'v0.21.4-1';
    write();
    await look();
    expect(announced()[0]).toMatchObject({ version: 'v0.21.4-1', audience: { coins: ['LTC'] } });
    expect(announced()[0]).not.toHaveProperty('commit');
  });

  test('one new commit for many coins is one draft, for those that are run here', async () => {
    for (const [coin, version] of Object.entries(recorded))
      if (version === 'e0f463a') versions[coin] = '2651eaf';
    versions['MCL'] = '1234abc';
    write();
    await look();
    expect(announced().map(({ subject, audience }) => [subject, audience])).toEqual([
      ['KMD, CCL: 2651eaf', { coins: ['KMD', 'CCL'] }],
      ['MCL: 1234abc', { coins: ['MCL'] }],
    ]);
  });

  test('a coin that nobody here runs is not drafted; one that is new in the list is', async () => {
    versions['TOKEL'] = 'ffffff1';
    versions['CCL'] = undefined;
    write();
    await look();
    expect(open.drafted).toEqual([]);
    versions['CCL'] = 'ffffff2';
    write();
    await look();
    expect(announced()[0]?.text).toBe('The version manifest says:\nCCL: not named → ffffff2');
  });

  test('a commit that is only written longer is the same', async () => {
    versions['KMD'] = 'E0F463AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    write();
    await look();
    expect(open.drafted).toEqual([]);
  });

  test('there and back and there again: each time a draft of its own', async () => {
    for (const version of ['1234abc', '7938b2c', '1234abc']) {
      versions['MCL'] = version;
      write();
      await look();
    }
    expect(announced().map(({ commit }) => commit)).toEqual(['1234abc', '7938b2c', '1234abc']);
    expect(new Set(open.drafted.map(({ key }) => key)).size).toBe(3);
  });

  test('killed between the draft and its record: drafted again under the same key', async () => {
    versions['MCL'] = '1234abc';
    write();
    const update = open.records.update;
    Object.assign(open.records, { update: () => Promise.reject(new Error('killed')) });
    await expect(look()).rejects.toThrow('killed');
    Object.assign(open.records, { update });
    await look();
    expect(new Set(open.drafted.map(({ key }) => key)).size).toBe(1);
    expect(open.drafted).toHaveLength(2);
  });

  test.each([
    ['no JSON', '<html>', 'not a JSON object'],
    ['a list', '["KMD"]', 'not a JSON object'],
    ['a version that is a number', '{"KMD":1,"MCL":"1234abc"}', 'KMD'],
    ['an empty version', '{"KMD":" "}', 'KMD'],
    ['too long', `{"KMD":"${'x'.repeat(2_000_000)}"}`, 'larger than 1 MiB'],
  ])('%s: nothing of it is taken, it is told once, and what was known stays', async (_name, text, words) => {
    write(text);
    await look();
    expect(told()).toContain(words);
    open.clock.at += 60 * MINUTE_MS;
    await look();
    expect(open.told).toHaveLength(1);
    versions['MCL'] = '1234abc';
    write();
    open.clock.at += 60 * MINUTE_MS;
    await look();
    expect(announced().map(({ subject }) => subject)).toEqual(['MCL: 1234abc']);
  });
});

describe('a manifest at an address', () => {
  let server: Server;
  const asked: (string | undefined)[] = [];
  let etag: string | undefined = '"one"';

  beforeEach(async () => {
    asked.splice(0);
    etag = '"one"';
    server = createServer((request, response) => {
      asked.push(request.headers['if-none-match']);
      if (request.url === '/moved.json') response.writeHead(301, { location: '/versions.json' }).end();
      else if (request.url !== '/versions.json') response.writeHead(404).end('<html>');
      else if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { ...(etag !== undefined && { etag }) }).end(JSON.stringify(versions));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return () => void server.close();
  });
  const at = (path: string): void => {
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    open.sources = [{ kind: 'manifest', from, everyMs: 5 * MINUTE_MS }];
  };

  test('is asked with the ETag, and drafted with the address', async () => {
    at('/versions.json');
    await look();
    await look();
    expect(asked).toEqual([undefined, '"one"']);
    versions['KMD'] = '2651eaf';
    etag = '"two"';
    await look();
    await look();
    expect(asked).toEqual([undefined, '"one"', '"one"', '"two"']);
    expect(announced()).toMatchObject([
      { subject: 'KMD: 2651eaf', url: open.sources[0]?.kind === 'manifest' && open.sources[0].from },
    ]);
  });

  test('without ETags its content is compared', async () => {
    etag = undefined;
    at('/versions.json');
    await look();
    versions['KMD'] = '2651eaf';
    await look();
    await look();
    expect(open.drafted).toHaveLength(1);
  });

  test('is followed where it has moved', async () => {
    at('/moved.json');
    await look();
    versions['KMD'] = '2651eaf';
    etag = '"two"';
    await look();
    expect(open.drafted).toHaveLength(1);
  });

  test('that is not there is told', async () => {
    at('/nothing.json');
    await look();
    expect(told()).toContain('has nothing there');
  });
});
