import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, it, onTestFinished, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { local } from '#src/remediation/executors/local.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { parametersFile } from '#test/stand-ins/corda/serialised.ts';
import { ago, FIRST, inDays, look, networkMap, NOW, SECOND, updateIn } from './looking.ts';

describe('the network map', () => {
  it('is there, and says how often nodes ask for it', async () => {
    const map = await networkMap();
    const seen = await look({ networkMap: map.url });
    expect(seen.of('corda-network-map')).toMatchObject({
      alertname: 'CordaNetworkMapUnreachable',
      shown: '10 min',
      figure: { value: 600, unit: 'seconds' },
      finding: { state: 'up', facts: { networkParameters: FIRST.hash, pollSeconds: 600 } },
    });
    expect(seen.of('corda-parameters')).toMatchObject({ shown: 'none', finding: { state: 'up' } });
    expect(map.asked).toEqual(['/network-map']);
  });

  it.each([undefined, 'no-store', 'max-age=abc'])('says nothing of it: %s', async (header) => {
    const map = await networkMap();
    map.cacheControl = header;
    expect((await look({ networkMap: map.url })).of('corda-network-map')).toMatchObject({
      alertname: 'CordaPollIntervalMissing',
      finding: { state: 'degraded' },
    });
  });

  it('of thousands of nodes is read as well', async () => {
    const map = await networkMap(updateIn(30));
    map.content = { ...map.content, nodeInfoHashes: Array.from({ length: 5_000 }, () => SECOND.hash) };
    expect((await look({ networkMap: map.url })).state('corda-network-map')).toBe('up');
  });

  it('in a form that is not known is read from the JSON of it, where there is one', async () => {
    const map = await networkMap(updateIn(30));
    map.body = Buffer.from('corda\u0002\u0000 of a later version');
    expect((await look({ networkMap: map.url })).state('corda-network-map')).toBe('unknown');
    map.json = true;
    const seen = await look({ networkMap: `${map.url}/` });
    expect(seen.state('corda-network-map')).toBe('up');
    expect(seen.why('corda-parameters')).toContain('pending, 30 d left');
  });

  const lasting = async (seconds: number, thresholds = {}) => {
    const map = await networkMap();
    await map.refuse();
    const first = await look({ networkMap: map.url });
    const before = first.of('corda-network-map');
    expect(before).toMatchObject({
      alertname: 'CordaNetworkMapUnreachable',
      finding: { state: 'degraded', facts: { how: 'failing', since: NOW.toISOString() } },
    });
    const finding = { ...before.finding, facts: { how: 'failing', since: ago(seconds).toISOString() } };
    const earlier = [{ ...before, finding } as typeof before];
    return (await look({ networkMap: map.url }, { earlier, thresholds })).of('corda-network-map').finding;
  };
  it('that nobody answers is degraded, and down when that lasts', async () => {
    expect(await lasting(3_540)).toMatchObject({ state: 'degraded' });
    expect(await lasting(3_660)).toMatchObject({
      state: 'down',
      why: expect.stringContaining('for 1 h 1 min'),
    });
    expect(await lasting(3_660, { 'corda-network-map': { critical: 90 } })).toMatchObject({
      state: 'degraded',
    });
  });

  it.each([
    ['hang', 'degraded'],
    ['drip', 'degraded'],
    ['error', 'degraded'],
    ['html', 'unknown'],
    ['garbage', 'unknown'],
    ['oversize', 'unknown'],
    ['cut', 'unknown'],
    ['forbidden', 'unknown'],
    ['lost', 'unknown'],
  ] as const)('that does this is never up: %s', async (fault, state) => {
    const map = await networkMap(updateIn(1));
    map.fault = fault;
    const signal = AbortSignal.timeout(['hang', 'drip'].includes(fault) ? 300 : 5_000);
    const seen = await look({ networkMap: map.url }, { signal });
    expect([seen.state('corda-network-map'), seen.state('corda-parameters')]).toEqual([state, 'unknown']);
  });

  it('to which there is no way is not known', async () => {
    const refuse = () =>
      Promise.reject(new OutsideError('ssh', 'untrusted', 'another host key than on record'));
    const executor = { ...local({ dataDir: 'unused' }), connect: refuse };
    const access = { kind: 'kubernetes', namespace: 'n' } as const;
    const seen = await look({ networkMap: 'http://127.0.0.1:10000' }, { access, executor });
    expect(seen.state('corda-network-map')).toBe('unknown');
    expect(seen.why('corda-network-map')).toBe('another host key than on record');
  });
});

describe('network parameters', () => {
  let directory: string;
  beforeEach(async () => {
    const folder = temporaryFolder('corda');
    onTestFinished(() => folder[Symbol.dispose]());
    directory = folder.path;
    await has('network-parameters', FIRST.file);
  });
  const has = (name: string, file: Buffer | string, folder = directory): Promise<void> =>
    writeFile(join(folder, name), file);

  test.each([
    [8, 'up', '8 d left'],
    [7, 'up', '7 d left'],
    [6.5, 'degraded', '6 d 12 h left'],
    [1, 'degraded', '1 d left'],
    [0.5, 'down', '12 h left'],
    [-1, 'down', 'over 1 d'],
  ] as const)(
    'an update that is not accepted, %d days before its deadline: %s',
    async (days, state, shown) => {
      const map = await networkMap(updateIn(days));
      const seen = await look({ networkMap: map.url, directory });
      expect(seen.of('corda-parameters')).toMatchObject({
        alertname: 'CordaParametersPending',
        shown,
        finding: {
          state,
          facts: { newParameters: SECOND.hash, updateDeadline: inDays(days), accepted: 0, of: 1 },
        },
        figure: { value: days * 86_400, unit: 'seconds' },
      });
      if (state !== 'up')
        expect(seen.of('corda-parameters').advice).toContain(`parametersHash: "${SECOND.hash}"`);
      expect(seen.of('corda-accepted').finding).toEqual({ state: 'up', facts: { parameters: FIRST.hash } });
    },
  );

  test("when to warn is the fleet's to say", async () => {
    const map = await networkMap(updateIn(8));
    const thresholds = { 'corda-parameters': { warn: 10 } };
    expect((await look({ networkMap: map.url, directory }, { thresholds })).state('corda-parameters')).toBe(
      'degraded',
    );
  });

  test('an update that was accepted', async () => {
    await has('network-parameters-update', SECOND.file);
    const map = await networkMap(updateIn(0.5));
    const seen = await look({ networkMap: map.url, directory });
    expect(seen.of('corda-parameters')).toMatchObject({ shown: 'accepted', finding: { state: 'up' } });
    expect(seen.of('corda-accepted').finding).toEqual({ state: 'up', facts: { parameters: SECOND.hash } });
  });

  test('an update that replaced the one which was accepted', async () => {
    await has('network-parameters-update', parametersFile(3).file);
    const map = await networkMap(updateIn(0.5));
    expect((await look({ networkMap: map.url, directory })).state('corda-parameters')).toBe('down');
  });

  test('of one worker of two', async () => {
    const other = temporaryFolder('corda');
    onTestFinished(() => other[Symbol.dispose]());
    await has('network-parameters', FIRST.file, other.path);
    await has('network-parameters-update', SECOND.file, other.path);
    const map = await networkMap(updateIn(2));
    const workers = [
      { id: 'w0', directory: other.path },
      { id: 'w1', directory },
    ];
    const seen = await look({ networkMap: map.url, workers });
    expect(seen.of('corda-parameters').finding).toMatchObject({
      state: 'degraded',
      why: expect.stringContaining('are not accepted by w1, 2 d left: "a second notary"'),
      facts: { accepted: 1, of: 2 },
    });
    expect(seen.of('corda-accepted').finding).toEqual({ state: 'up', facts: { parameters: FIRST.hash } });
    map.content = { networkParameterHash: FIRST.hash };
    expect((await look({ networkMap: map.url, workers })).of('corda-accepted').finding).toEqual({
      state: 'up',
      facts: {},
    });
  });

  test('whether they were accepted is not guessed', async () => {
    const map = await networkMap(updateIn(0.5));
    const seen = await look({ networkMap: map.url });
    expect(seen.state('corda-parameters')).toBe('unknown');
    expect(seen.why('corda-parameters')).toContain('pending, 12 h left');
  });

  test('what was accepted is told without the network map as well', async () => {
    expect((await look({ directory })).of('corda-accepted').finding).toEqual({
      state: 'up',
      facts: { parameters: FIRST.hash },
    });
    const map = await networkMap();
    await map.refuse();
    expect((await look({ networkMap: map.url, directory })).state('corda-accepted')).toBe('up');
  });

  test('a flag day: the network has what the node accepted', async () => {
    await has('network-parameters-update', SECOND.file);
    const map = await networkMap();
    map.content = { networkParameterHash: SECOND.hash };
    const seen = await look({ networkMap: map.url, directory });
    expect(seen.of('corda-accepted')).toMatchObject({
      alertname: 'CordaFlagDay',
      finding: { state: 'degraded', facts: { parameters: SECOND.hash } },
    });
    expect(seen.of('corda-accepted').advice).toContain('most recently comes last');
  });

  test('a flag day: the network has what the node never accepted', async () => {
    const map = await networkMap();
    map.content = { networkParameterHash: SECOND.hash };
    expect((await look({ networkMap: map.url, directory })).of('corda-accepted')).toMatchObject({
      alertname: 'CordaParametersMismatch',
      finding: {
        state: 'down',
        why: expect.stringContaining('which it never accepted'),
        facts: { parameters: FIRST.hash },
      },
    });
  });

  test.each([
    ['no parameters at all'],
    ['corda\u0001\u0000\u0000 garbage'],
    [FIRST.file.subarray(0, 200)],
    [Buffer.alloc(2 * 1024 * 1024)],
  ])('a file that is none is not known', async (file: Buffer | string) => {
    await has('network-parameters', file);
    const map = await networkMap(updateIn(0.5));
    const seen = await look({ networkMap: map.url, directory });
    expect([seen.state('corda-parameters'), seen.state('corda-accepted')]).toEqual(['unknown', 'unknown']);
  });

  test("a folder that is no node's is not known", async () => {
    const seen = await look({ directory: '/nowhere' });
    expect(seen.why('corda-accepted')).toBe(
      'there is no network-parameters in /nowhere: is that the base directory of the node?',
    );
  });
});
