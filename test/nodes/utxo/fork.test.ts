import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { markHeights, type Voice } from '#src/domain/voice.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { change, fineDaemon, hashOf, look, NOW } from './looking.ts';

const TIP = 1_000;
const DEPTH = 4;
const MINUTE_MS = 60_000;

/** What another node said; from `forkedAt` on it has a branch of its own. */
const voice = (
  node: string,
  { height = TIP, forkedAt = Infinity, ...more }: Partial<Voice> & { forkedAt?: number } = {},
): Voice => ({
  node,
  service: 'LTC',
  height,
  syncing: false,
  marks: markHeights(height - DEPTH).map((at) => ({
    height: at,
    hash: hashOf(at, at >= forkedAt ? 'b' : 'a'),
  })),
  at: NOW.toISOString(),
  ...more,
});

/** A daemon at the tip; from `forkedAt` on it has a branch of its own. */
async function daemonAt(forkedAt = Infinity, tip = TIP) {
  const daemon = await fineDaemon();
  change(daemon, 'getblockchaininfo', { blocks: tip, headers: tip });
  daemon.on('getblockhash', ([height]) => hashOf(Number(height), Number(height) >= forkedAt ? 'b' : 'a'));
  return daemon;
}

const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * MINUTE_MS).toISOString();

describe('a daemon among others of its coin', () => {
  test('agrees with two that are a block apart', async () => {
    const seen = await look(await daemonAt(), { voices: [voice('a'), voice('b', { height: TIP + 1 })] });
    expect(seen.of('fork')).toMatchObject({
      finding: { state: 'up', facts: { voices: 3 } },
      shown: '3 agree',
      figure: { value: 0, unit: 'blocks' },
    });
  });

  test.each([
    ['two nodes', [voice('a')], '2 voices, 3 are needed'],
    ['one', [], '1 voice, 3 are needed'],
    ['voices of long ago', [voice('a'), voice('b', { at: minutesAgo(11) })], '2 voices, 3 are needed'],
    ['beginners', [voice('a'), voice('b', { syncing: true })], '2 voices, 3 are needed'],
    ['several daemons of one node', [voice('a'), voice('a', { service: 'LTC2' })], '2 voices, 3 are needed'],
    ['its own node', [voice('a'), voice('red-1', { service: 'LTC2' })], '2 voices, 3 are needed'],
  ])('cannot know with %s', async (_, voices, why) => {
    const seen = await look(await daemonAt(990), { voices });
    expect(seen.of('fork')).toMatchObject({ finding: { state: 'unknown', why }, aside: true });
  });

  test('is on a fork when two others agree on another block: named with the block since which', async () => {
    const daemon = await daemonAt(994);
    daemon.on('getchaintips', () => [
      { height: TIP, hash: hashOf(TIP, 'b'), branchlen: 0, status: 'active' },
      { height: TIP + 2, hash: hashOf(TIP + 2), branchlen: 9, status: 'invalid' },
      { height: 12, hash: hashOf(12, 'c'), branchlen: 1, status: 'valid-fork' },
    ]);
    const seen = await look(daemon, { voices: [voice('a'), voice('b')] });
    expect(seen.of('fork')).toMatchObject({
      alertname: 'ForkDetected',
      shown: 'since 994',
      figure: { value: 7, unit: 'blocks' },
      finding: {
        state: 'down',
        facts: {
          voices: 3,
          against: 2,
          split: 994,
          ours: hashOf(994, 'b'),
          theirs: hashOf(994),
          tips: 'invalid up to 1,002',
        },
      },
    });
    expect(seen.why('fork')).toBe(
      'on a fork since block 994: has …00000000b3e2 where 2 of 3 have …00000000a3e2; it knows of others: invalid up to 1,002',
    );
  });

  test('is with the majority when another one is on a fork: no alert here', async () => {
    const seen = await look(await daemonAt(), { voices: [voice('a'), voice('b', { forkedAt: 990 })] });
    expect(seen.of('fork')).toMatchObject({
      finding: { state: 'up', facts: { voices: 3, agree: 2 } },
      shown: '2 of 3',
    });
  });

  test('cannot say who is right when they are two against two', async () => {
    const voices = [voice('a'), voice('b', { forkedAt: 990 }), voice('c')];
    const seen = await look(await daemonAt(990), { voices });
    expect(seen.of('fork')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'ChainSplit',
      shown: '2 of 4',
    });
    expect(seen.why('fork')).toMatch(/^the chain is split since block 990: 2 of 4 have what it has/);
  });

  test('a chain turned round near its tip is no fork', async () => {
    // The newest blocks differ, those that are compared do not.
    const seen = await look(await daemonAt(TIP - DEPTH + 1), { voices: [voice('a'), voice('b')] });
    expect(seen.state('fork')).toBe('up');
  });

  test('is not known where nobody listens', async () => {
    expect((await look(await daemonAt(), { coin: undefined })).state('fork')).toBe('unknown');
  });
});

describe('a fork of long ago', () => {
  const SPLIT = 771;
  const voices = [voice('a'), voice('b')];
  const fellowTo = (url: Awaited<ReturnType<typeof daemonAt>>) => (of: { node: string }) => ({
    target: targetOf({ rpc: url, node: of.node }),
  });

  test('is found to the block by asking one of the majority, once', async () => {
    const [daemon, other] = [await daemonAt(SPLIT), await daemonAt()];
    const first = await look(daemon, { voices, fellow: fellowTo(other) });
    expect(first.of('fork').finding).toMatchObject({ state: 'down', facts: { split: SPLIT } });
    const asked = other.requests;
    expect(asked).toBeGreaterThan(0);
    const second = await look(daemon, { voices, fellow: fellowTo(other), earlier: first.results });
    expect(second.of('fork').finding).toMatchObject({ state: 'down', facts: { split: SPLIT } });
    expect(other.requests).toBe(asked);
  });

  test('is told as a range where nobody can be asked', async () => {
    const other = await daemonAt();
    await other.refuse();
    const daemon = await daemonAt(SPLIT);
    let own: readonly Voice[] = [];
    for (let more = 0; more < 4; more++) own = (await look(daemon, { voices: own })).told;
    for (const fellow of [undefined, fellowTo(other)]) {
      const seen = await look(daemon, { voices: [...voices, ...own], fellow });
      expect(seen.why('fork')).toBe('on a fork since a block between 769 and 832: 2 of 3 have another chain');
    }
  });
});

describe('what it says itself', () => {
  test('its blocks at the heights that are compared, and its tip', async () => {
    const { told } = await look(await daemonAt());
    expect(told).toEqual([
      expect.objectContaining({
        node: 'red-1',
        service: 'LTC',
        height: TIP,
        syncing: false,
        at: NOW.toISOString(),
      }),
    ]);
    expect(told[0]?.marks.slice(0, 2)).toEqual([
      { height: 996, hash: hashOf(996) },
      { height: 995, hash: hashOf(995) },
    ]);
  });

  test('what was asked before is asked again only when the chain was turned round', async () => {
    const daemon = await daemonAt();
    let known = (await look(daemon)).told;
    // Few at a time: the rest follows at later looks.
    for (let more = 0; more < 3; more++) known = (await look(daemon, { voices: known })).told;
    expect(known[0]?.marks.map(({ height }) => height)).toEqual(markHeights(TIP - DEPTH));
    const before = countOf(daemon.asked);
    await look(daemon, { voices: known });
    expect(countOf(daemon.asked)).toBe(before);
    change(daemon, 'getblockchaininfo', { bestblockhash: hashOf(TIP, 'c') });
    await look(daemon, { voices: known });
    expect(countOf(daemon.asked) - before).toBe(1);
    change(daemon, 'getblockchaininfo', { bestblockhash: hashOf(TIP, 'b') });
    daemon.on('getblockhash', ([height]) => hashOf(Number(height), Number(height) >= 995 ? 'b' : 'a'));
    const turned = (await look(daemon, { voices: known })).told[0]?.marks;
    expect(turned?.find(({ height }) => height === 996)?.hash).toBe(hashOf(996, 'b'));
    expect(turned?.every(({ height, hash }) => hash === hashOf(height, height >= 995 ? 'b' : 'a'))).toBe(
      true,
    );
  });

  const countOf = (asked: readonly string[]): number =>
    asked.filter((method) => method === 'getblockhash').length;

  test.each([
    ['its first download', { initialblockdownload: true }],
    ['far behind', { headers: TIP + 11 }],
  ])('that it is a beginner: %s', async (_, info) => {
    const daemon = await daemonAt();
    change(daemon, 'getblockchaininfo', info);
    expect((await look(daemon)).told).toMatchObject([{ syncing: true }]);
  });
});

describe('an explorer', () => {
  async function explorer(answer: (height: number) => string) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/json');
      response.end(answer(Number(request.url?.split('/').at(-1))));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/insight-api`, asked };
  }

  test('is a voice like any other', async () => {
    const { url, asked } = await explorer((height) => JSON.stringify({ blockHash: hashOf(height) }));
    const seen = await look(await daemonAt(980), { voices: [voice('a')], references: [url] });
    expect(seen.of('fork').finding).toMatchObject({ state: 'down', facts: { voices: 3, against: 2 } });
    expect(asked).toEqual(['/insight-api/block-index/992', '/insight-api/block-index/984']);
    // Asked every few minutes, however many nodes there are.
    await look(await daemonAt(), { voices: [voice('a')], references: [url] });
    expect(asked).toHaveLength(2);
  });

  test.each(['<html>', '{"blockHash":"?"}', '{}'])('that answers %s has no voice', async (answer) => {
    const { url } = await explorer(() => answer);
    const seen = await look(await daemonAt(), { voices: [voice('a')], references: [url] });
    expect(seen.why('fork')).toBe('2 voices, 3 are needed');
  });
});
