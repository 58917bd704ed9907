import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { iguana } from '#src/nodes/iguana/index.ts';
import { maskOf } from '#test/stand-ins/iguana/iguana.ts';
import { ago, look, NOW, OWN, roundOf, runningSince, seeing, standIn, targetOf } from './looking.ts';

const states = ({ results }: Awaited<ReturnType<typeof look>>) => results.map(({ finding }) => finding.state);

test('an iguana that is well', async () => {
  const seen = await look(await standIn());
  expect(states(seen)).toEqual(['up', 'up', 'up']);
  expect(seen.results.map(({ shown }) => shown)).toEqual(['answers', '1 of 1', '7 of 7']);
  expect(seen.of('iguana-connectivity').figure).toEqual({
    value: 7,
    unit: 'count',
    limits: [{ at: 1, severity: 'critical', bad: 'below' }],
  });
});

describe('iguana answers', () => {
  it('is down when nothing listens, and nothing else is guessed', async () => {
    const iguana = await standIn();
    await iguana.refuse();
    const seen = await look(iguana);
    expect(states(seen)).toEqual(['down', 'unknown', 'unknown']);
    expect(seen.of('iguana-answers')).toMatchObject({ alertname: 'IguanaDown', contact: 'refused' });
    expect(seen.of('iguana-answers').remedy).toBe('restart-iguana');
    expect(seen.of('iguana-answers').advice).toContain('m_notary');
    expect(seen.why('iguana-answers')).toBe(`does not run: nothing listens on 127.0.0.1:${iguana.port}`);
  });

  it('is down when nothing listens on the loopback of another machine', async () => {
    const iguana = await standIn();
    await iguana.refuse();
    const seen = await look(iguana, { access: { kind: 'kubernetes', namespace: 'n' } });
    expect(seen.of('iguana-answers')).toMatchObject({ contact: 'refused', finding: { state: 'down' } });
  });

  it('is not known when the way to its machine is not there', async () => {
    const refuse = () =>
      Promise.reject(new OutsideError('ssh', 'untrusted', 'another host key than on record'));
    const executor = { ...seeing(undefined), connect: refuse };
    const seen = await look(await standIn(), { access: { kind: 'kubernetes', namespace: 'n' }, executor });
    expect(states(seen)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(seen.why('iguana-answers')).toBe('another host key than on record');
    expect(seen.of('iguana-answers').contact).toBeUndefined();
  });

  it('tells that a machine gave no sign', async () => {
    const refuse = () =>
      Promise.reject(new OutsideError('ssh', 'timeout', 'no connection to 203.0.113.9 in 3 s'));
    const executor = { ...seeing(undefined), connect: refuse };
    const seen = await look(await standIn(), { access: { kind: 'kubernetes', namespace: 'n' }, executor });
    expect(seen.of('iguana-answers')).toMatchObject({
      contact: 'unreachable',
      finding: { state: 'unknown' },
    });
  });

  it.each(['hang', 'drip'] as const)(
    'is silent when it takes the call and answers nothing: %s',
    async (fault) => {
      const iguana = await standIn();
      iguana.fault = fault;
      const signal = () => AbortSignal.timeout(300);
      const first = await look(iguana, { signal: signal() });
      expect(first.of('iguana-answers')).toMatchObject({
        alertname: 'IguanaSilent',
        finding: { state: 'degraded', facts: { how: 'silent', since: NOW.toISOString() } },
      });
      const finding = {
        state: 'degraded',
        why: 'silent',
        facts: { how: 'silent', since: ago(6).toISOString() },
      } as const;
      const earlier = [{ ...first.of('iguana-answers'), finding }];
      const later = await look(iguana, { earlier, signal: signal() });
      expect(later.state('iguana-answers')).toBe('down');
      expect(later.why('iguana-answers')).toContain('for 6 min now');
      const patient = { 'iguana-silent': { critical: 10 } };
      const same = await look(iguana, { earlier, signal: signal(), thresholds: patient });
      expect(same.state('iguana-answers')).toBe('degraded');
    },
  );

  it.each([
    ['html', 'answers HTTP 401: is it iguana?'],
    ['error', 'answers HTTP 500: is it iguana?'],
    ['garbage', 'does not speak HTTP'],
    ['oversize', 'answers more than may be read'],
    ['cut', 'broke off'],
  ] as const)('is not known when something else answers: %s', async (fault, why) => {
    const iguana = await standIn();
    iguana.fault = fault;
    const seen = await look(iguana);
    expect(states(seen)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(seen.why('iguana-answers')).toBe(`127.0.0.1:${iguana.port} ${why}`);
  });

  it.each(['', 'null', '[]', '{}', '{"result":{}}', '{"result":{"agents":[]}}', '"up"', '{"result":"up"}'])(
    'is never up for %s',
    async (saying) => {
      const iguana = await standIn();
      iguana.saying = saying;
      expect(states(await look(iguana))).toEqual(['unknown', 'unknown', 'unknown']);
    },
  );

  it('is degraded when it refuses', async () => {
    const iguana = await standIn();
    iguana.saying = '{"error":"cant get helpjson"}';
    const seen = await look(iguana);
    expect(seen.of('iguana-answers')).toMatchObject({
      alertname: 'IguanaFailing',
      finding: { state: 'degraded' },
    });
  });

  it('says so when the fleet does not say where', async () => {
    const seen = await look({ url: undefined });
    expect(states(seen)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(seen.why('iguana-answers')).toContain('no url');
  });

  it('a port that only accepts is silent, not up', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const seen = await look({ url }, { signal: AbortSignal.timeout(200) });
    expect(seen.of('iguana-answers').alertname).toBe('IguanaSilent');
  });
});

describe('its coins', () => {
  const settings = { coins: ['KMD', 'LTC', 'MCL'] };
  it('are all there', async () => {
    const iguana = await standIn();
    iguana.coins = ['KMD', 'LTC', 'MCL', 'TOKEL'];
    const seen = await look(iguana, { settings });
    expect(seen.of('iguana-coins')).toMatchObject({ shown: '3 of 3', finding: { state: 'up' } });
  });
  it('miss one', async () => {
    const seen = await look(await standIn(), { settings });
    expect(seen.of('iguana-coins')).toMatchObject({
      alertname: 'IguanaCoinMissing',
      shown: '2 of 3',
      finding: { state: 'degraded', why: 'MCL is not added to iguana' },
    });
  });
  it('miss all', async () => {
    const iguana = await standIn();
    iguana.coins = [];
    const seen = await look(iguana, { settings });
    expect(seen.of('iguana-coins')).toMatchObject({ shown: '0 of 3', finding: { state: 'down' } });
  });
});

describe('connectivity', () => {
  it('is lost when none of the others hears this one', async () => {
    const iguana = await standIn();
    iguana.rows = roundOf(8, [OWN]);
    const seen = await look(iguana);
    expect(seen.of('iguana-connectivity')).toMatchObject({
      alertname: 'IguanaDisconnected',
      shown: '0 of 7',
      finding: {
        state: 'down',
        why: 'is heard by none of the 7 notaries that it hears (bit 5)',
        facts: { notary: OWN, voices: 7, heardBy: 0 },
      },
    });
    expect(seen.of('iguana-connectivity').advice).toContain('addnotary');
  });

  it('is there when only one would sign with it', async () => {
    const iguana = await standIn();
    iguana.rows = roundOf(8, [OWN]).map((row, id) => (id === 0 ? { ...row, bestmask: maskOf(OWN) } : row));
    expect((await look(iguana)).of('iguana-connectivity')).toMatchObject({
      shown: '1 of 7',
      finding: { state: 'up' },
    });
  });

  it('warns where the fleet says so', async () => {
    const iguana = await standIn();
    const thresholds = { 'iguana-heard-by': { warn: 13 } };
    expect((await look(iguana, { thresholds })).state('iguana-connectivity')).toBe('degraded');
  });

  it.each([
    ['by its name', { notary: 'Notary9_ar' }, 9],
    ['by its number', { notary: 63 }, undefined],
    ['by its number', { notary: 0 }, 0],
    ['by a name that is not there', { notary: 'blue_EU' }, undefined],
  ])('finds its own line %s', async (_, settings, own) => {
    const seen = await look(await standIn(), { settings });
    const { finding } = seen.of('iguana-connectivity');
    if (own === undefined) expect(seen.why('iguana-connectivity')).toContain('knows no notary');
    else expect(finding).toMatchObject({ facts: { notary: own } });
  });

  it('the 64th of 64 is told from the first', async () => {
    const iguana = await standIn();
    iguana.rows = Array.from({ length: 64 }, (_, id) => ({
      notary: `n${id}`,
      bestk: -1,
      recvmask: maskOf(0, 1, 2, 3),
      bestmask: maskOf(63),
    }));
    const heardBy = async (notary: number) =>
      (await look(iguana, { settings: { notary } })).of('iguana-connectivity').shown;
    expect([await heardBy(63), await heardBy(62), await heardBy(0)]).toEqual([
      '63 of 63',
      '0 of 63',
      '63 of 63',
    ]);
  });

  it('hears hardly anybody: so it is at the beginning of a round, and down when it lasts', async () => {
    const iguana = await standIn();
    iguana.rows = roundOf(2);
    const first = await look(iguana);
    expect(first.of('iguana-connectivity')).toMatchObject({
      alertname: 'IguanaDisconnected',
      shown: 'hears 2',
      finding: { state: 'degraded', why: 'hears 2 of 9 other notaries' },
    });
    const before = first.of('iguana-connectivity');
    const lasting = {
      ...before,
      finding: { ...before.finding, facts: { how: 'alone', since: ago(11).toISOString() } },
    } as typeof before;
    const later = await look(iguana, { earlier: [...runningSince(60), lasting] });
    expect(later.state('iguana-connectivity')).toBe('down');
    expect(later.why('iguana-connectivity')).toContain('for 11 min now');
  });

  it('is not known while no round is going on', async () => {
    const iguana = await standIn();
    iguana.rows = [];
    expect((await look(iguana)).state('iguana-connectivity')).toBe('unknown');
  });

  it('is idle when no round has begun', async () => {
    const iguana = await standIn();
    iguana.rows = undefined;
    expect((await look(iguana)).of('iguana-connectivity')).toMatchObject({
      alertname: 'IguanaIdle',
      finding: { state: 'degraded', why: 'no dPoW round has begun' },
    });
  });

  it('is not known when iguana does not reach the daemon of its coin', async () => {
    const iguana = await standIn();
    iguana.blind = true;
    const seen = await look(iguana);
    expect(seen.state('iguana-connectivity')).toBe('unknown');
    expect(seen.why('iguana-connectivity')).toBe('iguana says to dpow/active: cant get current height');
  });
});

describe('a question that would end iguana', () => {
  const asks = async (asked: Parameters<typeof look>[1], rows: 'never' | undefined = 'never') => {
    const iguana = await standIn();
    iguana.rows = rows;
    const seen = await look(iguana, asked);
    return { seen, crashed: iguana.crashed, asked: iguana.asked.includes('dpow/active') };
  };
  it.each([
    ['the first look ever', { earlier: undefined }, 'asked once'],
    ['seen for nine minutes', { earlier: runningSince(9) }, 'asked once'],
    [
      'another process than before',
      { executor: seeing({ pid: 4712, startedAt: '90', argv: [], cwd: '/', env: {} }) },
      'asked once',
    ],
    ['its process is not ours to see', { executor: seeing(undefined) }, 'cannot be told since when'],
  ])('is not asked: %s', async (_, options, why) => {
    const { seen, crashed, asked } = await asks(options);
    expect({ crashed, asked }).toEqual({ crashed: false, asked: false });
    expect(states(seen)).toEqual(['up', 'up', 'unknown']);
    expect(seen.why('iguana-connectivity')).toContain(why);
  });
  it('is asked when it has been seen for long enough, or when the fleet says so', async () => {
    expect((await asks({ earlier: runningSince(10) }, undefined)).asked).toBe(true);
    const always = { earlier: undefined, executor: seeing(undefined), settings: { rounds: 'always' } };
    expect((await asks(always, undefined)).asked).toBe(true);
  });
  it('would have ended it', async () => {
    const { crashed, seen } = await asks({ settings: { rounds: 'always' } });
    expect(crashed).toBe(true);
    expect(seen.state('iguana-connectivity')).toBe('unknown');
  });
  it('carries on since when it was seen', async () => {
    const seen = await look(await standIn(), { earlier: runningSince(9) });
    expect(seen.of('iguana-answers').finding).toMatchObject({ facts: { runsSince: ago(9).toISOString() } });
  });
});

describe('when the network notarises no more', () => {
  const at = async (more: object, now: Date): Promise<number> => {
    const target = { ...targetOf('http://127.0.0.1:1'), ...more };
    const results = await iguana.look(target, { now }, AbortSignal.timeout(5_000));
    return results.length;
  };
  const [before, after] = [new Date('2026-01-04T11:59:00Z'), new Date('2026-01-04T12:00:00Z')];
  it.each([
    ['as the coin says', { dpow: { until: { time: '2026-01-04T12:00:00Z' } } }, 3, 0],
    ['as its make has it', { profile: 'komodo' }, 3, 0],
    ['unless the coin says otherwise', { profile: 'komodo', dpow: {} }, 3, 3],
    ['and never did', { dpow: false }, 0, 0],
    ['of a make without an end', { profile: 'litecoin' }, 3, 3],
  ])('it has no rows, %s', async (_, more, rowsBefore, rowsAfter) => {
    expect([await at(more, before), await at(more, after)]).toEqual([rowsBefore, rowsAfter]);
  });
});
