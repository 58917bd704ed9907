import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { GithubSource } from '#src/domain/source.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';
import { root } from '#test/real/root.ts';
import { type GithubStandIn, openGithub, type Release } from '#test/stand-ins/github/github.ts';

import { type OpenPoller, openPoller } from './open.ts';

const MINUTE_MS = 60_000;
const NAME = 'GLEECBTC/komodo-daemon';
const [hotfix, older] = JSON.parse(readFileSync(`${root}/test/recorded/github/releases.json`, 'utf8')) as [
  Release,
  Release,
];
const source = (over: Partial<GithubSource> = {}): GithubSource => ({
  kind: 'github',
  repository: NAME,
  coins: ['KMD'],
  prereleases: false,
  everyMs: 15 * MINUTE_MS,
  ...over,
});

let redis: TestRedis;
let github: GithubStandIn;
let open: OpenPoller;

beforeEach(async () => {
  redis = await testRedis();
  github = await openGithub();
  github.repository(NAME, 1, [older]);
  open = openPoller(redis, { apiUrl: github.url });
  open.sources = [source()];
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** The next look is due. */
const look = async (minutes = 15, on = open): Promise<void> => {
  on.clock.at += minutes * MINUTE_MS;
  await on.poller.look();
};
const tags = (): readonly (string | undefined)[] =>
  open.drafted.map(({ announcement }) => announcement.version);
const told = (): string => JSON.stringify(open.told);

describe('releases', () => {
  test('what stands there at the first look is no news; what comes after it is drafted for its coins', async () => {
    await look();
    expect(open.drafted).toEqual([]);
    github.publish(NAME, hotfix);
    await look();
    expect(open.drafted).toEqual([
      {
        from: `github:${NAME}`,
        key: 'release:1:v0.9.2-2',
        announcement: {
          subject: `${NAME} v0.9.2-2`,
          version: 'v0.9.2-2',
          severity: 'recommended',
          url: `https://github.com/${NAME}/releases/tag/v0.9.2-2`,
          text: `Komodo 0.9.2-2\n${hotfix.body}`,
          audience: { coins: ['KMD'] },
          suggested: [
            'it says "mandatory"',
            'it says "must upgrade"',
            'its tag v0.9.2-2 is a hotfix: the version without it is older',
          ],
        },
      },
    ]);
    await look();
    expect(open.drafted).toHaveLength(1);
  });

  test('several at once come oldest first, each a draft', async () => {
    await look();
    github.publish(NAME, { ...hotfix, id: 4, tag_name: 'v0.9.3' });
    github.publish(NAME, { ...hotfix, id: 5, tag_name: 'v0.9.3-1' });
    await look();
    expect(tags()).toEqual(['v0.9.3', 'v0.9.3-1']);
  });

  test('pre-releases only where they are wanted; one that becomes a release is news', async () => {
    await look();
    github.publish(NAME, { ...hotfix, prerelease: true });
    await look();
    expect(tags()).toEqual([]);
    github.publish(NAME, hotfix);
    await look();
    expect(tags()).toEqual(['v0.9.2-2']);
    open.sources = [source({ prereleases: true })];
    github.publish(NAME, { ...hotfix, id: 9, tag_name: 'v0.9.3-rc1', prerelease: true });
    await look();
    expect(open.drafted.at(-1)).toMatchObject({ key: 'release:1:v0.9.3-rc1:prerelease' });
    expect(open.drafted.at(-1)?.announcement.suggested).toContain('it is marked as a pre-release');
  });

  test('a webhook that told of it already gives the same key: one draft', async () => {
    await look();
    await open.publications.take({
      repository: { id: 1, fullName: NAME },
      tag: 'v0.9.2-2',
      name: hotfix.name ?? undefined,
      body: hotfix.body ?? undefined,
      url: `https://github.com/${NAME}/releases/tag/v0.9.2-2`,
      prerelease: false,
    });
    github.publish(NAME, hotfix);
    await look();
    const [webhook, poller] = open.drafted;
    expect(open.drafted).toHaveLength(2);
    expect(poller).toEqual(webhook);
  });

  test('a webhook of a repository that has moved since knows its coins', async () => {
    await look();
    await open.publications.take({
      repository: { id: 1, fullName: 'other/name' },
      tag: 'v1',
      prerelease: false,
    });
    await open.publications.take({ repository: { id: 2, fullName: NAME }, tag: 'v1', prerelease: false });
    expect(open.drafted.map(({ announcement }) => announcement.audience)).toEqual([
      { coins: ['KMD'] },
      'all',
    ]);
  });
});

describe('how often GitHub is asked', () => {
  test('once in the interval, serially, with the ETag: nothing new counts nothing', async () => {
    open.sources = [source(), source({ repository: 'other/one' })];
    github.repository('other/one', 2);
    await look(0);
    expect(github.asked.map(({ path }) => path)).toEqual([
      `/repos/${NAME}`,
      `/repos/${NAME}/releases?per_page=30`,
      '/repos/other/one',
      '/repos/other/one/releases?per_page=30',
    ]);
    github.clear();
    await look(14.9);
    expect(github.asked).toEqual([]);
    await look(0.1);
    expect(github.asked.map(({ status }) => status)).toEqual([304, 304]);
    expect(github.counted).toBe(0);
  });

  test('with the version of the API, a user agent, and the token where there is one', async () => {
    await look();
    expect(github.asked[0]?.headers).toMatchObject({
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'tocsin',
    });
    expect(github.asked[0]?.headers.authorization).toBeUndefined();
    const other = openPoller(redis, { apiUrl: github.url, token: 'ghp_secret' }, open.clock);
    other.sources = open.sources;
    await look(15, other);
    expect(github.asked.at(-1)?.headers.authorization).toBe('Bearer ghp_secret');
  });

  test('another process that takes over goes on where this one was', async () => {
    await look();
    github.clear();
    github.publish(NAME, hotfix);
    const other = openPoller(redis, { apiUrl: github.url }, open.clock);
    other.sources = open.sources;
    await look(5, other);
    expect(github.asked).toEqual([]);
    await look(10, other);
    expect(other.drafted).toHaveLength(1);
  });

  test.each([
    ['the limit is used up', () => github.limit(0, open.clock.at + 55 * MINUTE_MS), 40],
    [
      'it asks to wait',
      () =>
        github.fault((_, response) => {
          response.writeHead(429, { 'retry-after': '3300' }).end('{"message":"secondary rate limit"}');
          return true;
        }),
      40,
    ],
  ])('%s: nothing is asked until then, of no repository', async (_name, happens, minutes) => {
    open.sources = [source(), source({ repository: 'other/one' })];
    github.repository('other/one', 2);
    await look();
    github.clear();
    open.clock.at += 15 * MINUTE_MS;
    happens();
    await open.poller.look();
    expect(github.asked).toHaveLength(1);
    await look(minutes);
    expect(github.asked).toHaveLength(1);
    github.fault(undefined);
    github.limit(60, open.clock.at + 60 * MINUTE_MS);
    github.publish(NAME, hotfix);
    await look(60);
    expect(tags()).toEqual(['v0.9.2-2']);
    expect(open.told).toEqual([]);
  });
});

describe('a repository that moves', () => {
  test('is followed, and known by its id', async () => {
    await look();
    github.move(NAME, 'NewOwner/komodo');
    github.publish('NewOwner/komodo', hotfix);
    await look();
    expect(open.drafted[0]).toMatchObject({ from: 'github:NewOwner/komodo', key: 'release:1:v0.9.2-2' });
    github.clear();
    await look();
    expect(github.asked.map(({ path, status }) => [path, status])).toEqual([
      ['/repos/NewOwner/komodo/releases?per_page=30', 304],
    ]);
  });

  test('had moved before it was looked at for the first time', async () => {
    github.move(NAME, 'NewOwner/komodo');
    await look();
    github.publish('NewOwner/komodo', hotfix);
    await look();
    expect(open.drafted[0]?.key).toBe('release:1:v0.9.2-2');
  });

  test('and whose name somebody else takes: nothing of theirs is drafted, and a person is told, once', async () => {
    await look();
    github.move(NAME, 'NewOwner/komodo');
    github.repository(NAME, 666, [{ ...hotfix, id: 66, tag_name: 'v9.9.9', body: 'mandatory' }]);
    await look();
    await look(60);
    expect(open.drafted).toEqual([]);
    expect(open.told).toHaveLength(1);
    expect(told()).toContain('another repository now (id 666, before 1)');
  });

  test('taken out of the fleet file and put back, it begins anew', async () => {
    await look();
    github.move(NAME, 'NewOwner/komodo');
    github.repository(NAME, 666, [older]);
    open.sources = [];
    await look(1);
    open.sources = [source()];
    await look(1);
    github.publish(NAME, { ...hotfix, id: 66 });
    await look();
    expect(open.drafted[0]?.key).toBe('release:666:v0.9.2-2');
  });

  test('elsewhere than on the API: not followed, and the token stays', async () => {
    await look();
    const elsewhere = await openGithub();
    github.fault((_, response) => {
      response.writeHead(301, { location: `${elsewhere.url}/repositories/1/releases` }).end('{}');
      return true;
    });
    await look();
    expect(elsewhere.asked).toEqual([]);
    expect(told()).toContain('not its API');
    await elsewhere[Symbol.asyncDispose]();
  });
});

describe('what goes wrong', () => {
  const answers = (status: number, body: string, headers: Record<string, string> = {}) =>
    github.fault((_, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    });

  test.each<[string, () => void, string]>([
    ['it is not there', () => answers(404, '{"message":"Not Found"}'), 'has nothing there'],
    ['the token is bad', () => answers(401, '{"message":"Bad credentials"}'), 'does not take the token'],
    ['no JSON', () => answers(200, '<html>'), 'no JSON'],
    ['no list', () => answers(200, '{"message":"?"}'), 'not what it should be'],
    ['a release without a tag', () => answers(200, '[{"id":1}]'), 'tag_name'],
    ['round and round', () => answers(302, '', { location: '/repos/x/y' }), 'on and on'],
  ])('%s: told at once and once, and tried again', async (_name, happens, words) => {
    await look();
    happens();
    await look();
    expect(told()).toContain(words);
    await look(30);
    expect(open.told).toHaveLength(1);
    github.fault(undefined);
    github.publish(NAME, hotfix);
    await look(60);
    expect(tags()).toEqual(['v0.9.2-2']);
  });

  test.each<[string, () => void]>([
    ['trouble of GitHub’s own', () => answers(502, '<html>')],
    ['no answer', () => github.fault((request) => (request.socket.destroy(), true))],
  ])(
    '%s passes by itself: told only when it does not, and asked less and less often',
    async (_name, happens) => {
      await look();
      happens();
      github.clear();
      let asked = 0;
      for (let minute = 0; minute < 60 * 5; minute += 5) await look(5);
      expect(open.told).toEqual([]);
      expect((asked = github.asked.length)).toBeLessThan(6);
      for (let minute = 0; minute < 60 * 10; minute += 5) await look(5);
      expect(open.told).toHaveLength(1);
      expect(github.asked.length - asked).toBeLessThan(7);
    },
  );

  test('one source in trouble does not hold up the others', async () => {
    open.sources = [source({ repository: 'no/where' }), source()];
    await look();
    github.publish(NAME, hotfix);
    await look();
    expect(tags()).toEqual(['v0.9.2-2']);
  });

  test('killed between the draft and its record: drafted again under the same key', async () => {
    await look();
    github.publish(NAME, hotfix);
    const update = open.records.update;
    Object.assign(open.records, { update: () => Promise.reject(new Error('killed')) });
    await expect(look()).rejects.toThrow('killed');
    Object.assign(open.records, { update });
    await look(1);
    expect(open.drafted.map(({ key }) => key)).toEqual(['release:1:v0.9.2-2', 'release:1:v0.9.2-2']);
  });

  test('a draft that Redis cannot take is tried again; one that the fleet refuses is told, and not tried again', async () => {
    const { OutsideError, UserError } = await import('#src/domain/errors.ts');
    await look();
    github.publish(NAME, hotfix);
    const { notices } = open;
    open.notices = { draft: () => Promise.reject(new OutsideError('Redis', 'unavailable', 'away')) };
    await look();
    open.notices = { draft: () => Promise.reject(new UserError('This audience has no seat.')) };
    await look(60);
    expect(told()).toContain('This audience has no seat.');
    open.notices = notices;
    await look();
    expect(open.drafted).toEqual([]);
    expect(open.told).toHaveLength(1);
  });
});

test('it goes on looking until its term is over', async () => {
  const over = new AbortController();
  const running = open.poller.run(over.signal);
  await expect.poll(() => github.asked.length).toBe(2);
  over.abort();
  await running;
});
