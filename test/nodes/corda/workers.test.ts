import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished, test } from 'vitest';

import { courseOf } from '#src/nodes/corda/notary-checks.ts';
import { pollIn, reckoned } from '#src/nodes/corda/polls.ts';
import { settingsByKind } from '#src/nodes/kinds.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { healthMBeans } from '#test/stand-ins/corda/corda.ts';
import { ago, jolokia, look, networkMap, NOW } from './looking.ts';

test('a service of which the fleet says nothing is not known, in one row', async () => {
  const seen = await look({});
  expect(seen.results).toHaveLength(1);
  expect(seen.why('corda-workers')).toContain('give jolokia, networkMap, directory or healthCheck');
});

describe("the notary's workers", () => {
  it('alone, it works', async () => {
    const agent = await jolokia();
    const seen = await look({ jolokia: agent.url });
    expect(seen.results).toHaveLength(1);
    expect(seen.of('corda-workers')).toMatchObject({
      shown: '1 of 1',
      finding: { state: 'up', facts: { 'worker node': 'up' } },
      figure: { value: 1, unit: 'count', limits: [{ at: 1, severity: 'critical', bad: 'below' }] },
    });
    expect(agent.asked.toSorted()).toEqual([
      '/jolokia/read/java.lang:type=Runtime/StartTime',
      '/jolokia/read/net.corda:name=Status,type=Node',
    ]);
  });

  it('alone, it is down when nothing listens, and when it is stopping', async () => {
    const agent = await jolokia(ago(60), 'STOPPING');
    const stopping = await look({ jolokia: agent.url });
    expect(stopping.of('corda-workers')).toMatchObject({
      alertname: 'CordaNotaryDown',
      finding: { state: 'down', why: 'is stopping' },
    });
    await agent.refuse();
    const seen = await look({ jolokia: agent.url });
    expect(seen.why('corda-workers')).toContain('does not run: nothing listens on');
    expect(seen.state('corda-workers')).toBe('down');
  });

  it.each(['STARTING', 'WAITING_TO_START'])('alone, it is %s', async (status) => {
    const agent = await jolokia(ago(10), status);
    expect((await look({ jolokia: agent.url })).of('corda-workers')).toMatchObject({
      alertname: 'CordaWorkerDown',
      settling: true,
      finding: { state: 'degraded', why: 'is starting' },
    });
  });

  it.each(['hang', 'drip', 'html', 'garbage', 'oversize', 'cut', 'error', 'forbidden', 'lost'] as const)(
    'is not known when its agent does this: %s',
    async (fault) => {
      const agent = await jolokia();
      agent.fault = fault;
      const signal = AbortSignal.timeout(['hang', 'drip'].includes(fault) ? 300 : 5_000);
      expect((await look({ jolokia: agent.url }, { signal })).state('corda-workers')).toBe('unknown');
    },
  );

  it('is not known when another program has the agent', async () => {
    const agent = await jolokia();
    agent.mbeans.delete('net.corda:name=Status,type=Node');
    expect((await look({ jolokia: agent.url })).why('corda-workers')).toBe(
      'its Jolokia agent tells of no Corda node',
    );
    agent.mbeans.set('net.corda:name=Status,type=Node', { Value: 'DANCING' });
    expect((await look({ jolokia: agent.url })).state('corda-workers')).toBe('unknown');
  });

  /** u up, d refused, s starting, ? hidden behind a login. */
  it.each([
    ['uuu', undefined, 'up', 'CordaNotaryDown'],
    ['uud', undefined, 'degraded', 'CordaWorkerDown'],
    ['uus', undefined, 'degraded', 'CordaWorkerDown'],
    ['uu?', undefined, 'unknown', 'CordaNotaryDown'],
    ['udd', undefined, 'down', 'CordaNotaryDown'],
    ['udd', 1, 'degraded', 'CordaWorkerDown'],
    ['uud', 3, 'down', 'CordaNotaryDown'],
    ['ud?', undefined, 'degraded', 'CordaWorkerDown'],
    ['u??', undefined, 'unknown', 'CordaNotaryDown'],
    ['dd?', undefined, 'down', 'CordaNotaryDown'],
    ['ddd', undefined, 'down', 'CordaNotaryDown'],
  ] as const)('of a cluster %s, quorum %s: %s', async (states, quorum, state, alertname) => {
    const agents = await Promise.all(
      states.split('').map(async (letter, index) => {
        const agent = await jolokia(ago(3_600), letter === 's' ? 'STARTING' : 'STARTED');
        if (letter === 'd') await agent.refuse();
        if (letter === '?') agent.fault = 'forbidden';
        return { id: `w${index}`, jolokia: agent.url };
      }),
    );
    const seen = await look({ workers: agents, quorum });
    expect(seen.of('corda-workers')).toMatchObject({ alertname, finding: { state } });
    const missing = states.split('').findIndex((letter) => letter !== 'u');
    if (missing >= 0) expect(seen.why('corda-workers')).toContain(`w${missing} `);
  });
});

describe('notarisation, as the health check app counts it', () => {
  const RAFT = 'O_Raft__L_Zurich__C_CH';
  async function counting(counts: Readonly<Record<'success' | 'fail' | 'inflight', number>>) {
    const agent = await jolokia();
    const set = (next: typeof counts): void => {
      for (const [name, attributes] of Object.entries(healthMBeans(RAFT, next)))
        agent.mbeans.set(name, attributes);
    };
    set(counts);
    return { agent, set };
  }
  const at = (seconds: number): Date => ago(-seconds);

  it('is well, fails once, goes on failing, and is well again', async () => {
    const { agent, set } = await counting({ success: 41, fail: 3, inflight: 0 });
    const settings = { healthCheck: agent.url };
    const first = await look(settings);
    expect(first.of('corda-notary')).toMatchObject({ shown: '1 well', finding: { state: 'up' } });

    set({ success: 41, fail: 4, inflight: 0 });
    const second = await look(settings, { earlier: first.results, now: at(30) });
    expect(second.of('corda-notary')).toMatchObject({
      alertname: 'CordaNotaryUnhealthy',
      finding: { state: 'degraded', why: `notarisation fails: ${RAFT} (4 failed so far)` },
      figure: { value: 0, unit: 'seconds' },
    });

    const third = await look(settings, { earlier: second.results, now: at(300) });
    expect(third.of('corda-notary')).toMatchObject({
      finding: { state: 'degraded' },
      figure: { value: 270 },
    });

    set({ success: 41, fail: 6, inflight: 0 });
    const fourth = await look(settings, { earlier: third.results, now: at(331) });
    expect(fourth.of('corda-notary')).toMatchObject({
      finding: { state: 'down', why: expect.stringContaining('6 failed so far, no success for 5 min 1 s') },
    });

    set({ success: 42, fail: 6, inflight: 0 });
    const fifth = await look(settings, { earlier: fourth.results, now: at(400) });
    expect(fifth.state('corda-notary')).toBe('up');
  });

  it('hangs', async () => {
    const { agent, set } = await counting({ success: 41, fail: 3, inflight: 1 });
    const settings = { healthCheck: agent.url };
    const first = await look(settings);
    const second = await look(settings, { earlier: first.results, now: at(60) });
    expect(second.state('corda-notary')).toBe('up');
    const third = await look(settings, { earlier: second.results, now: at(61) });
    expect(third.of('corda-notary').finding).toMatchObject({
      state: 'degraded',
      why: `notarisation fails: ${RAFT} (1 in flight, no success for 1 min 1 s)`,
    });
    const fourth = await look(settings, { earlier: third.results, now: at(301) });
    expect(fourth.state('corda-notary')).toBe('down');
    set({ success: 42, fail: 3, inflight: 1 });
    const fifth = await look(settings, { earlier: fourth.results, now: at(310) });
    expect(fifth.state('corda-notary')).toBe('up');
  });

  it('is not checked any more', async () => {
    const { agent } = await counting({ success: 41, fail: 3, inflight: 0 });
    const first = await look({ healthCheck: agent.url });
    const later = await look({ healthCheck: agent.url }, { earlier: first.results, now: at(901) });
    expect(later.of('corda-notary')).toMatchObject({
      alertname: 'CordaHealthCheckIdle',
      shown: 'idle',
      finding: { state: 'degraded', why: 'no check of the notary has ended for 15 min 1 s' },
    });
  });

  it('failed whenever it was tried', async () => {
    const { agent } = await counting({ success: 0, fail: 2, inflight: 0 });
    expect((await look({ healthCheck: agent.url })).state('corda-notary')).toBe('degraded');
  });

  it('names the members of a cluster that fail', async () => {
    const { agent } = await counting({ success: 41, fail: 0, inflight: 0 });
    for (const index of [0, 1]) {
      const name = `O_Notary_Service_${index}__L_Zurich__C_CH`;
      const counts = { success: index, fail: 2, inflight: 0 };
      for (const [mbean, attributes] of Object.entries(healthMBeans(name, counts)))
        agent.mbeans.set(mbean, attributes);
    }
    const seen = await look({ healthCheck: agent.url });
    expect(seen.of('corda-notary').shown).toBe('1 of 3 ✗');
    expect(seen.why('corda-notary')).toContain('O_Notary_Service_0__L_Zurich__C_CH (2 failed so far)');
  });

  it('in a domain of its own is found as well', async () => {
    const agent = await jolokia();
    agent.mbeans.set('net.corda.notaryhealthcheck:name=O_A.success,type=meters', { Count: 2 });
    expect((await look({ healthCheck: agent.url })).state('corda-notary')).toBe('up');
  });

  it('of which there are no counts is not known', async () => {
    const agent = await jolokia();
    expect((await look({ healthCheck: agent.url })).why('corda-notary')).toContain('is the app installed');
  });

  it.each(['hang', 'html', 'garbage', 'oversize', 'cut', 'error', 'forbidden', 'lost'] as const)(
    'is not known when the agent does this: %s',
    async (fault) => {
      const { agent } = await counting({ success: 41, fail: 3, inflight: 0 });
      agent.fault = fault;
      const signal = AbortSignal.timeout(fault === 'hang' ? 300 : 5_000);
      expect((await look({ healthCheck: agent.url }, { signal })).state('corda-notary')).toBe('unknown');
    },
  );

  it('says nothing of the notary when the node that checks it is down', async () => {
    const { agent } = await counting({ success: 41, fail: 3, inflight: 0 });
    await agent.refuse();
    const seen = await look({ healthCheck: agent.url });
    expect(seen.state('corda-notary')).toBe('unknown');
    expect(seen.why('corda-notary')).toContain('nothing is known of the notary by it');
  });

  it('counts that begin anew with their node are not fails', () => {
    const before = {
      'n success': 41,
      'n fail': 3,
      'n inflight': 0,
      'n state': 'well',
      'n since': ago(100).toISOString(),
    };
    const counted = { target: 'n', success: 1, fail: 2, inflight: 0 };
    expect(courseOf(counted, before, NOW)).toMatchObject({ state: 'well', since: NOW });
  });
});

describe('polls', () => {
  it('are reckoned from the start of each worker', async () => {
    const map = await networkMap();
    const [one, two] = [await jolokia(ago(3_600 + 20)), await jolokia(ago(1_800 + 320))];
    const workers = [
      { id: 'w0', jolokia: one.url },
      { id: 'w1', jolokia: two.url },
    ];
    const seen = await look({ networkMap: map.url, workers });
    expect(seen.of('corda-polls')).toMatchObject({
      shown: '5 min',
      figure: { value: 300, unit: 'seconds' },
      finding: {
        state: 'up',
        facts: {
          'polled w0': ago(20).toISOString(),
          'polled w0 by': 'start',
          'polled w1': ago(320).toISOString(),
          'polled w1 by': 'start',
        },
      },
    });
  });

  it('that coincide are told', async () => {
    const map = await networkMap();
    const [one, two] = [await jolokia(ago(3_600 + 20)), await jolokia(ago(1_800 + 595))];
    const workers = [
      { id: 'w0', jolokia: one.url },
      { id: 'w1', jolokia: two.url },
    ];
    const seen = await look({ networkMap: map.url, workers });
    expect(seen.of('corda-polls')).toMatchObject({
      alertname: 'CordaPollsCoincide',
      shown: '25 s',
      finding: { state: 'degraded' },
    });
    expect(seen.why('corda-polls')).toContain('within 25 s of each other');
    const thresholds = { 'corda-polls': { warn: 20 } };
    expect((await look({ networkMap: map.url, workers }, { thresholds })).state('corda-polls')).toBe('up');
  });

  it('are read from the logs, where there are some', async () => {
    const map = await networkMap();
    const agent = await jolokia(ago(3_600 + 20));
    const folder = temporaryFolder('corda');
    onTestFinished(() => folder[Symbol.dispose]());
    const log = join(folder.path, 'node.log');
    const line = `[TRACE] 2026-01-02T11:58:11,359Z [NetworkMapUpdater] network.NetworkMapClient. - Fetched network map update from x\n`;
    await writeFile(log, `${'x'.repeat(500_000)}\n${line}`);
    const seen = await look({ networkMap: map.url, jolokia: agent.url, log });
    expect(seen.of('corda-polls')).toMatchObject({
      shown: 'one',
      finding: { state: 'up', facts: { 'polled node': '2026-01-02T11:58:11.359Z', 'polled node by': 'log' } },
    });
    const gone = await look({ networkMap: map.url, jolokia: agent.url, log: '/nowhere/node.log' });
    expect(gone.state('corda-polls')).toBe('unknown');
  });

  it('are not known when the worker has run for too long to reckon, or does not run', async () => {
    const map = await networkMap();
    const agent = await jolokia(ago(600 * 301));
    expect((await look({ networkMap: map.url, jolokia: agent.url })).why('corda-polls')).toContain(
      'level TRACE',
    );
    await agent.refuse();
    expect((await look({ networkMap: map.url, jolokia: agent.url })).state('corda-polls')).toBe('unknown');
    map.cacheControl = undefined;
    expect((await look({ networkMap: map.url, jolokia: agent.url })).why('corda-polls')).toContain(
      'no interval',
    );
  });

  test.each([
    [0, 600, 0],
    [599, 600, 599],
    [600, 600, 0],
    [600 * 300 + 7, 600, 7],
    [600 * 301, 600, undefined],
    [-1, 600, undefined],
    [10, 0, undefined],
  ])('%d s after the start, every %d s', (seconds, every, expected) => {
    expect(reckoned(ago(seconds), every, NOW)).toEqual(expected === undefined ? undefined : ago(expected));
  });

  test('of a log without any', () =>
    expect(pollIn('[INFO ] 2026-01-02T11:58:11,359Z nothing')).toBeUndefined());
});

describe('what the fleet file may say', () => {
  const Settings = settingsByKind.get('corda');
  const worker = { id: 'w0', jolokia: 'http://127.0.0.1:7005' };
  test.each([
    [{ networkMap: 'map.example.org' }, 'must be an address'],
    [{ jolokia: 'http://me:secret@127.0.0.1:7005' }, 'without a login'],
    [{ directory: 'corda' }, 'a whole path'],
    [{ workers: [worker, worker] }, 'another worker "w0"'],
    [{ workers: [worker], jolokia: 'http://127.0.0.1:7005' }, 'give them there'],
    [{ workers: [worker], quorum: 2 }, 'only 1 workers'],
    [{ jolokai: 'http://127.0.0.1:7005' }, 'jolokai'],
  ])('%j', (settings, words) => {
    const { error } = Settings?.safeParse(settings) ?? {};
    expect(error?.issues.map(({ message }) => message).join()).toContain(words);
  });
  test('all of it', () => {
    const whole = {
      networkMap: 'https://map.example.org',
      workers: [worker],
      quorum: 1,
      healthCheck: 'http://h:7006',
    };
    expect(Settings?.safeParse(whole).success).toBe(true);
  });
});
