import { describe, expect, test } from 'vitest';

import type { Mandate } from '#src/domain/mandate.ts';
import { Refusal } from '#test/stand-ins/daemon/daemon.ts';
import { recording } from '#test/stand-ins/daemon/recorded.ts';
import { change, daemonOf, fineDaemon, look, NOW, outputs, statting } from './looking.ts';

const PUBKEY = '037e631c6a03d028e48aecfd93b2d2737d5d7e2852a426b940ff301f78aa31690c';
/** Of that key, on Komodo's chains (as its recorded output has it), and on Litecoin's. */
const ADDRESS = { KMD: 'RPS3xTZCzr6aQfoMw5Bu1rpQBF6iVCWsyu', LTC: 'LZNp99ykUgY4bU8Ke3C5CMYxdC1PwrjKCq' };
const HOUR_MS = 3_600_000;

/** An assetchain's komodod, before the end of dPoW unless told otherwise. */
async function komodod(info: object = {}) {
  const daemon = await daemonOf('komodo');
  change(daemon, 'getinfo', info);
  daemon.on('getbalance', () => 3);
  daemon.on('listlockunspent', () => []);
  daemon.on('validateaddress', ([address]) => ({ isvalid: true, address, ismine: true }));
  daemon.on('listtransactions', () => []);
  return daemon;
}
const komodo = { service: 'KMD', profile: 'komodo', now: new Date((1_728_914_950 + 60) * 1000) };

describe('outputs', () => {
  test.each([
    [1_000, 'up'],
    [1_001, 'down'],
  ])('%i of them in the wallet: %s', async (count, state) => {
    const daemon = await fineDaemon();
    daemon.on('listunspent', () => outputs(count, 700));
    const seen = await look(daemon);
    expect(seen.of('utxo-count')).toMatchObject({
      finding: { state },
      alertname: 'UtxosDust',
      figure: { value: count, unit: 'count' },
    });
    if (state === 'down')
      expect(seen.why('utxo-count')).toBe('the wallet has 1,001 unspent outputs, more than 1,000');
  });
});

describe('the key', () => {
  test('is not asked for where nobody has one', async () => {
    const seen = await look(await fineDaemon());
    expect(seen.results.map(({ check }) => check)).not.toContain('key-loaded');
  });

  test.each([
    [true, 'up'],
    [false, 'down'],
  ])('on a newer daemon, owned: %s, by the address of its chain', async (ismine, state) => {
    const daemon = await fineDaemon();
    const asked: unknown[] = [];
    daemon.on('getaddressinfo', ([address]) => {
      asked.push(address);
      return { address, ismine };
    });
    const seen = await look(daemon, { pubkey: PUBKEY });
    expect(seen.of('key-loaded')).toMatchObject({ finding: { state }, alertname: 'KeyMissing' });
    expect(asked).toEqual([ADDRESS.LTC]);
  });

  test('of a komodod is the one it was started with, and in its wallet', async () => {
    const daemon = await komodod({ pubkey: PUBKEY, notaryid: 7 });
    const seen = await look(daemon, komodo);
    expect(seen.of('key-loaded').finding).toEqual({
      state: 'up',
      facts: { address: ADDRESS.KMD, notaryId: 7 },
    });
  });

  test.each([
    ['without any', {}, PUBKEY, /was started without -pubkey/],
    ['with another', { pubkey: `02${'ab'.repeat(32)}` }, PUBKEY, /another public key \(02ababababab…\)/],
  ])('of a komodod that was started %s is missing', async (_, info, pubkey, words) => {
    const seen = await look(await komodod(info), { ...komodo, pubkey });
    expect(seen.state('key-loaded')).toBe('down');
    expect(seen.why('key-loaded')).toMatch(words);
    expect(seen.of('key-loaded').remedy).toBeUndefined();
  });

  test('is not known where its address is none', async () => {
    const daemon = await komodod({ pubkey: PUBKEY });
    daemon.on('validateaddress', () => ({ isvalid: false }));
    expect((await look(daemon, komodo)).why('key-loaded')).toMatch(/is the coin's profile right/);
    const unnamed = await look(daemon, { ...komodo, profile: 'unheard-of' });
    expect(unnamed.why('key-loaded')).toMatch(/give it its profile/);
    daemon.on('validateaddress', () => {
      throw new Refusal(-4, 'wallet busy');
    });
    expect((await look(daemon, komodo)).why('key-loaded')).toBe('the daemon says: wallet busy');
  });
});

describe('the disk', () => {
  test.each([
    [15, 'up', '15 %'],
    [14.9, 'degraded', '15 %'],
    [5, 'degraded', '5.0 %'],
    [4.9, 'down', '4.9 %'],
  ])('with %d %% free: %s', async (percent, state, shown) => {
    const executor = { ...statting(1), space: async () => ({ freeBytes: percent * 1e9, totalBytes: 100e9 }) };
    const seen = await look(await fineDaemon(), { executor });
    expect(seen.of('disk')).toMatchObject({ finding: { state }, shown, alertname: 'DiskLow' });
    expect(seen.of('disk').figure?.value).toBeCloseTo(percent / 100);
  });

  test('is looked at where the wallet file lies; without a trace of it, it is not known', async () => {
    const asked: string[] = [];
    const space = async (_: unknown, path: string) => {
      asked.push(path);
      return undefined;
    };
    const seen = await look(await fineDaemon(), { executor: { ...statting(1), space } });
    expect(asked).toEqual(['/data']);
    expect(seen.state('disk')).toBe('unknown');
  });
});

describe('what runs, against mandatory notices', () => {
  const mandate = (more: Partial<Mandate> = {}): Mandate => ({
    notice: 'n7',
    subject: 'Komodo 0.9.2',
    version: '0.9.2',
    dueAt: new Date(komodo.now.getTime() + 25 * HOUR_MS),
    ...more,
  });
  const due = (hours: number): Mandate =>
    mandate({ dueAt: new Date(komodo.now.getTime() + hours * HOUR_MS) });

  test.each([
    ['nothing is asked', [], 'up'],
    ['it runs what is asked', [mandate({ version: '0.9.0' })], 'up'],
    ['there is time', [due(24)], 'up'],
    ['less than a day is left', [due(23.9)], 'degraded'],
    ['the deadline is over', [due(-0.1)], 'down'],
    ['nobody knows the deadline', [mandate({ dueAt: undefined })], 'up'],
    ['the nearest of several is over', [due(100), due(-3), due(30)], 'down'],
    ['it does not tell its commit', [mandate({ version: undefined, commit: 'a86845f3dc' })], 'unknown'],
  ])('%s', async (_, mandates, state) => {
    const seen = await look(await komodod(), { ...komodo, mandates });
    expect(seen.of('version')).toMatchObject({
      finding: { state },
      alertname: 'VersionOutdated',
      shown: state === 'unknown' ? '?' : '0.9.0',
    });
  });

  test('in words', async () => {
    const seen = await look(await komodod(), { ...komodo, mandates: [due(-3)] });
    expect(seen.why('version')).toBe('runs 0.9.0, older than 0.9.2: Komodo 0.9.2, overdue by 3 h');
    expect(seen.of('version').figure).toMatchObject({ value: -10_800, unit: 'seconds' });
    expect(seen.of('version').advice).toContain('n7');
  });
});

describe('the last notarisation', () => {
  const paid = (minutesAgo: number) => ({
    category: 'send',
    address: 'RXL3YXG2ceaB6C5hfJcN4fvmLH2C34knhA',
    amount: -0.000836,
    time: komodo.now.getTime() / 1000 - minutesAgo * 60,
    confirmations: 1,
  });
  const other = (minutesAgo: number) => ({ ...paid(minutesAgo), address: ADDRESS.KMD });
  const notary = { pubkey: PUBKEY, notaryid: 7 };

  test.each([
    [150, 'up'],
    [151, 'degraded'],
    [961, 'down'],
  ])('%i minutes ago: %s', async (minutes, state) => {
    const daemon = await komodod(notary);
    daemon.on('listtransactions', () => [paid(minutes + 30), paid(minutes), other(1)]);
    const seen = await look(daemon, komodo);
    expect(seen.of('last-notarisation')).toMatchObject({
      finding: { state },
      alertname: 'NotarisationOld',
      figure: { value: minutes * 60, unit: 'seconds' },
    });
  });

  test('is asked for every few minutes only, and ages meanwhile', async () => {
    const daemon = await komodod(notary);
    daemon.on('listtransactions', () => [paid(149)]);
    const first = await look(daemon, komodo);
    const later = (minutes: number): Date => new Date(komodo.now.getTime() + minutes * 60_000);
    const second = await look(daemon, { ...komodo, now: later(4), earlier: first.results });
    expect(second.why('last-notarisation')).toBe(
      'its last notarisation was 2 h 33 min ago, longer than 2 h 30 min',
    );
    expect(daemon.asked.filter((method) => method === 'listtransactions')).toHaveLength(1);
    await look(daemon, { ...komodo, now: later(5), earlier: second.results });
    expect(daemon.asked.filter((method) => method === 'listtransactions')).toHaveLength(2);
  });

  test('that is not among the newest transactions was before them', async () => {
    const daemon = await komodod(notary);
    const busy = (oldest: number) =>
      Array.from({ length: 200 }, (_, index) => other(((oldest * (200 - index)) / 200) | 0));
    daemon.on('listtransactions', () => busy(1_000));
    expect((await look(daemon, komodo)).of('last-notarisation')).toMatchObject({
      shown: '> 16 h 40 min',
      finding: { state: 'down' },
    });
    daemon.on('listtransactions', () => busy(100));
    expect((await look(daemon, komodo)).why('last-notarisation')).toBe(
      'none among its 200 newest transactions',
    );
    daemon.on('listtransactions', () => [other(9_000)]);
    expect((await look(daemon, komodo)).why('last-notarisation')).toBe('its wallet has no notarisation yet');
  });
});

describe('the end of dPoW', () => {
  const notary = { pubkey: PUBKEY, notaryid: 7 };
  const rowsOf = async (info: object, asked: object = {}): Promise<readonly string[]> => {
    const seen = await look(await komodod({ ...notary, ...info }), { ...komodo, ...asked });
    const rows = seen.results.map(({ check }) => check);
    return ['notary-utxos', 'last-notarisation'].filter((check) => rows.includes(check));
  };
  const BOTH = ['notary-utxos', 'last-notarisation'];
  const ENDED = Date.parse('2026-01-04T12:00:00Z') / 1000;

  test.each([
    ['KMD before its last notarised block', { name: 'KMD', blocks: 4_771_594 }, BOTH],
    ['KMD from that height on', { name: 'KMD', blocks: 4_771_595 }, []],
    ['an assetchain before that time', { name: 'MCL', tiptime: ENDED - 1 }, BOTH],
    ['an assetchain from then on, however low it is', { name: 'MCL', tiptime: ENDED }, []],
  ])('%s', async (_, info, rows) => expect(await rowsOf(info)).toEqual(rows));

  test.each([
    ['goes on', {}, { name: 'KMD', blocks: 9_000_000 }, BOTH],
    ['never was', false, { name: 'KMD' }, []],
    ['ends at a height', { until: { height: 974_458 } }, { name: 'MCL' }, []],
    [
      'ends at a time to come',
      { until: { time: '2030-01-01T00:00:00Z' } },
      { name: 'MCL', tiptime: ENDED },
      BOTH,
    ],
  ])('as the fleet file has it: %s', async (_, dpow, info, rows) =>
    expect(await rowsOf(info, { dpow })).toEqual(rows),
  );

  test('takes back what was wrong before it, once; then there is no row', async () => {
    const daemon = await komodod({ ...notary, name: 'MCL' });
    const before = await look(daemon, komodo);
    expect(before.state('notary-utxos')).toBe('down');
    change(daemon, 'getinfo', { tiptime: ENDED });
    const now = new Date((ENDED + 60) * 1000);
    const at = await look(daemon, { ...komodo, now, earlier: before.results });
    expect(at.of('notary-utxos')).toMatchObject({ finding: { state: 'up' }, shown: '–' });
    const after = await look(daemon, { ...komodo, now, earlier: at.results });
    expect(after.results.map(({ check }) => check)).not.toContain('notary-utxos');
    await daemon.refuse();
    const down = await look(daemon, { ...komodo, now, earlier: after.results });
    expect(down.results.map(({ check }) => check)).toEqual(after.results.map(({ check }) => check));
  });

  test('is none for a coin whose make was never notarised: its UTXOs are counted', async () => {
    expect((await look(await fineDaemon())).state('notary-utxos')).toBe('up');
  });
});

test.each([
  [{ warn: 10, critical: 5 }, undefined],
  [{ warn: 40, critical: 5 }, { target: '60' }],
  [{ warn: 1_000 }, { target: '252' }],
])('too few UTXOs by %j: the split that is offered ends the alert', async (threshold, args) => {
  const seen = await look(await komodod({ pubkey: PUBKEY, notaryid: 7 }), {
    ...komodo,
    thresholds: { 'notary-utxos': threshold },
  });
  expect(seen.of('notary-utxos')).toMatchObject({ remedy: 'split' });
  expect(seen.of('notary-utxos').remedyArguments).toEqual(args);
});

describe('the last block mined', () => {
  test.each([
    [974_458 - 240, 'up', true],
    [974_458 - 241, 'degraded', true],
    [974_458 - 99, 'up', true],
    [974_458 - 1_441, 'down', false],
  ])('as the daemon tells it, at %i: %s', async (lastmined, state) => {
    const daemon = await komodod({ pubkey: PUBKEY, notaryid: 7, lastmined });
    const ago = 974_458 - lastmined;
    expect((await look(daemon, komodo)).of('last-mined')).toMatchObject({
      finding: { state, facts: { blocksAgo: ago, inLast100: ago < 100 } },
      alertname: 'MinedOld',
      figure: { value: ago * 60, unit: 'seconds' },
    });
  });

  test('is looked for in the wallet where the fleet asks for it and the daemon does not tell', async () => {
    const daemon = await komodod();
    const thresholds = { 'last-mined': { warn: 5 } };
    // Its recorded output was mined six blocks ago.
    const seen = await look(daemon, { ...komodo, thresholds });
    expect(seen.why('last-mined')).toBe('mined its last block 6 blocks ago, about 6 min, longer than 5 min');
    daemon.on('listunspent', () => []);
    expect((await look(daemon, { ...komodo, thresholds })).state('last-mined')).toBe('unknown');
  });

  test('is not looked at elsewhere', async () => {
    const rows = (await look(await fineDaemon())).results.map(({ check }) => check);
    expect(rows).not.toContain('last-mined');
  });
});

test('every check that measures says its figure, with its limits', async () => {
  const daemon = await komodod({ pubkey: PUBKEY, notaryid: 7, lastmined: 974_400 });
  daemon.on('listtransactions', () => []);
  const seen = await look(daemon, komodo);
  const figures = Object.fromEntries(
    seen.results.flatMap(({ check, figure }) =>
      figure ? [[check, `${figure.unit} ${figure.limits?.length ?? 0}`]] : [],
    ),
  );
  expect(figures).toEqual({
    'in-sync': 'blocks 2',
    peers: 'count 2',
    'tip-age': 'seconds 2',
    'key-loaded': 'count 0',
    balance: 'coins 2',
    'wallet-size': 'bytes 2',
    disk: 'ratio 2',
    'listunspent-time': 'seconds 2',
    'utxo-count': 'count 1',
    'notary-utxos': 'count 3',
    'last-mined': 'seconds 2',
  });
});

test('a look asks few times: what the daemon tells of its chain and of its wallet comes together', async () => {
  const daemon = await fineDaemon();
  daemon.on('getaddressinfo', ([address]) => ({ address, ismine: true }));
  await look(daemon, { pubkey: PUBKEY });
  expect(daemon.requests).toBe(4);
  const notary = await komodod({ pubkey: PUBKEY, notaryid: 7, blocks: 3 });
  await look(notary, komodo);
  // Chain, wallet, outputs, and every five minutes the transactions.
  expect(notary.requests).toBe(4);
});

test('recorded -28 of a komodod leaves everything else silent', async () => {
  const daemon = await komodod();
  const { error } = recording('warming-up');
  daemon.failing(new Refusal(error?.code ?? 0, error?.message ?? ''));
  const seen = await look(daemon, { ...komodo, now: NOW });
  expect(seen.of('daemon-answers')).toMatchObject({ alertname: 'DaemonStarting', settling: true });
  expect(new Set(seen.results.slice(1).map(({ finding }) => finding.state))).toEqual(new Set(['unknown']));
});
