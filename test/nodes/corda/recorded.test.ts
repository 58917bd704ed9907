import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { createCordaKind } from '#src/nodes/corda/index.ts';
import { pollIn } from '#src/nodes/corda/polls.ts';
import { root } from '#test/real/root.ts';
import { seenBy } from '#test/nodes/iguana/looking.ts';
import { networkMap } from '#test/stand-ins/corda/serialised.ts';
import { targetOf } from './looking.ts';

const recorded = (name: string): Buffer => readFileSync(join(root, 'test/recorded/corda', name));
const update = JSON.parse(recorded('parameters-update.json').toString()) as Parameters<
  typeof networkMap
>[0]['parametersUpdate'];
const CURRENT = 'a54aa61f13757c3680c45951d506fd778c1f6552d9caa7257e54d0832988ac28';

/** One look at what was recorded: by the end of the path. */
async function lookAt(
  settings: object,
  answers: Readonly<Record<string, Buffer | string>>,
  now = new Date('2017-08-25T10:12:41Z'),
) {
  const kind = createCordaKind(() => async (url) => {
    const found = Object.entries(answers).find(([end]) => url.endsWith(end))?.[1];
    const body = Buffer.isBuffer(found) ? found : recorded(found ?? 'jolokia-missing.json');
    return { status: 200, headers: { 'cache-control': 'public, max-age=600' }, body };
  });
  return seenBy(await kind.look(targetOf({ ...settings }), { now }, AbortSignal.timeout(5_000)));
}

describe('parameters that the network map announces', () => {
  const NETWORK_MAP = 'https://map.example.org';
  const map = { networkParameterHash: CURRENT.toUpperCase(), parametersUpdate: update };
  test.each([
    ['in its own form', { '/network-map': networkMap(map) }],
    [
      'as JSON',
      { 'network-map-user/network-map': Buffer.from(JSON.stringify(map)), '/network-map': 'node-log.txt' },
    ],
  ])('%s', async (_, answers) => {
    const seen = await lookAt({ networkMap: NETWORK_MAP }, answers);
    expect(seen.of('corda-network-map')).toMatchObject({
      shown: '10 min',
      finding: { state: 'up', facts: { networkParameters: CURRENT, pollSeconds: 600 } },
    });
    expect(seen.why('corda-parameters')).toContain('pending, 5 d 18 h left');
  });
});

describe('a node through Jolokia', () => {
  const settings = { jolokia: 'http://127.0.0.1:7005' };
  test('that runs', async () => {
    const seen = await lookAt(settings, {
      'type=Node': 'jolokia-status.json',
      StartTime: 'jolokia-start-time.json',
    });
    expect(seen.of('corda-workers')).toMatchObject({ shown: '1 of 1', finding: { state: 'up' } });
  });
  test.each([
    ['jolokia-missing.json', 'tells of no Corda node'],
    ['jolokia-forbidden.json', 'see its jolokia-access.xml'],
    ['node-log.txt', 'is it a Jolokia agent?'],
  ])('%s', async (file, why) => {
    const seen = await lookAt(settings, { 'type=Node': file });
    expect(seen.state('corda-workers')).toBe('unknown');
    expect(seen.why('corda-workers')).toContain(why);
  });
});

test('counts of a health check', async () => {
  const settings = { healthCheck: 'http://127.0.0.1:7006' };
  const seen = await lookAt(settings, { Count: 'jolokia-health.json' });
  expect(seen.of('corda-notary')).toMatchObject({
    shown: '2 well',
    finding: {
      state: 'up',
      facts: {
        'O_Raft__L_Zurich__C_CH success': 41,
        'O_Raft__L_Zurich__C_CH fail': 3,
        'O_Notary_Service_0__L_Zurich__C_CH inflight': 1,
      },
    },
  });
});

test("the last poll of a node's log", () => {
  expect(pollIn(recorded('node-log.txt').toString())).toEqual(new Date('2017-08-25T10:11:03.501Z'));
});
