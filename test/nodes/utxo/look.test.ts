import { describe, expect, test } from 'vitest';

import { Refusal } from '#test/stand-ins/daemon/daemon.ts';
import { recording } from '#test/stand-ins/daemon/recorded.ts';
import { change, daemonOf, fineDaemon, look, NOW, outputs, statting, TIP_TIME } from './looking.ts';

const MINUTE_MS = 60_000;
const PUBKEY = '037e631c6a03d028e48aecfd93b2d2737d5d7e2852a426b940ff301f78aa31690c';
const soon = (): AbortSignal => AbortSignal.timeout(200);
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * MINUTE_MS);

test('a daemon that is fine is up in everything, with figures to read', async () => {
  const seen = await look(await fineDaemon());
  expect(Object.fromEntries(seen.results.map(({ check, finding }) => [check, finding.state]))).toEqual({
    'daemon-answers': 'up',
    'in-sync': 'up',
    fork: 'unknown',
    peers: 'up',
    'tip-age': 'up',
    version: 'up',
    balance: 'up',
    'wallet-size': 'up',
    disk: 'up',
    'listunspent-time': 'up',
    'utxo-count': 'up',
    'notary-utxos': 'up',
  });
  const shown = Object.fromEntries(seen.results.map(({ check, shown }) => [check, shown]));
  expect(shown).toMatchObject({
    'in-sync': '101',
    peers: '8',
    'tip-age': '1 min 30 s',
    balance: '50',
    'wallet-size': '1.4 MB',
    'notary-utxos': '20',
  });
  expect(seen.results.filter(({ remedy, advice }) => remedy ?? advice)).toEqual([]);
});

describe('recorded daemons', () => {
  test('a litecoind on regtest with no peers: old blocks are no fault, no peers are', async () => {
    const seen = await look(await daemonOf('litecoin'), { now: later(60 * 24) });
    expect(seen.state('daemon-answers')).toBe('up');
    expect(seen.state('tip-age')).toBe('up');
    expect(seen.of('peers')).toMatchObject({ alertname: 'PeersLow', shown: '0', finding: { state: 'down' } });
    expect(seen.state('in-sync')).toBe('unknown');
    expect(seen.why('notary-utxos')).toBe('0 notary UTXOs of 0.0001, fewer than 5');
  });

  test('a komodod tells by getinfo alone', async () => {
    const daemon = await daemonOf('komodo');
    daemon.on('listlockunspent', () => []);
    const seen = await look(daemon, { profile: 'komodo', now: new Date((1_728_914_950 + 31 * 60) * 1000) });
    expect(seen.of('in-sync')).toMatchObject({ shown: '974458', finding: { state: 'up' } });
    expect(seen.of('peers').shown).toBe('16');
    expect(seen.why('tip-age')).toBe('newest block is 31 min old, more than 30 min');
    expect(seen.of('tip-age').remedy).toBe('restart-chain');
    // Its own recorded notary UTXO, an output to a public key.
    expect(seen.of('notary-utxos')).toMatchObject({
      shown: '1',
      remedy: 'split',
      alertname: 'NotaryUtxosLow',
    });
    expect(seen.why('balance')).toBe('the daemon says: Method not found');
  });

  test('a komodod that never met a peer does not know how long the chain is', async () => {
    const daemon = await daemonOf('komodo');
    daemon.on('getinfo', () => ({ ...(recording('komodo-getinfo-alone').result as object), connections: 3 }));
    const seen = await look(daemon);
    expect(seen.state('in-sync')).toBe('unknown');
    expect(seen.state('peers')).toBe('degraded');
    expect(seen.why('peers')).toBe('3 peers, fewer than 4');
  });
});

describe('what a daemon says of itself, to be compared with a notice', () => {
  const factsOf = async (family: 'komodo' | 'litecoin', info: object = {}) => {
    const daemon = await daemonOf(family);
    if (family === 'komodo') change(daemon, 'getinfo', info);
    const { finding } = (await look(daemon)).of('daemon-answers');
    return 'facts' in finding ? finding.facts : {};
  };
  test('a litecoind: its subversion, its height and the time of its block', async () => {
    expect(await factsOf('litecoin')).toEqual({
      version: 'LitecoinCore:0.21.2.1',
      blocks: expect.any(Number) as number,
      tipAt: new Date(TIP_TIME * 1000).toISOString(),
    });
  });
  test.each([
    ['a komodod', {}, { version: '0.9.0' }],
    ['a hotfix of it', { KMDversion: '0.9.2-2' }, { version: '0.9.2-2' }],
    ['one that tells its number alone', { KMDversion: undefined }, { version: '90000' }],
    ['a verusd', { KMDversion: undefined, VRSCversion: '1.2.9-1' }, { version: '1.2.9-1' }],
    ["one of Zcash's kin", { build: 'v0.9.0-ga86845f3dc' }, { commit: 'a86845f3dc' }],
  ])('%s', async (_, info, facts) => expect(await factsOf('komodo', info)).toMatchObject(facts));
});

describe('a daemon that does not answer', () => {
  test('is down when nothing listens, and the rest is not known', async () => {
    const daemon = await fineDaemon();
    // Leaves a connection open, which its end must not make a riddle of.
    await look(daemon);
    await daemon.refuse();
    const seen = await look(daemon);
    expect(seen.of('daemon-answers')).toMatchObject({
      finding: { state: 'down' },
      shown: 'down',
      alertname: 'DaemonDown',
      remedy: 'restart-chain',
    });
    expect(seen.why('daemon-answers')).toBe(`does not run: nothing listens on 127.0.0.1:${daemon.port}`);
    for (const { check, finding } of seen.results.slice(1)) {
      expect(finding, check).toEqual({ state: 'unknown', why: 'the daemon does not run' });
    }
  });

  test('is starting, not down, until it has been so for more than half an hour', async () => {
    const daemon = await fineDaemon();
    daemon.failing(new Refusal(-28, 'Loading block index...'));
    const first = await look(daemon);
    expect(first.of('daemon-answers')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'DaemonStarting',
      remedy: undefined,
    });
    const second = await look(daemon, { earlier: first.results, now: later(30) });
    expect(second.state('daemon-answers')).toBe('degraded');
    const third = await look(daemon, { earlier: second.results, now: later(31) });
    expect(third.state('daemon-answers')).toBe('down');
    expect(third.why('daemon-answers')).toBe('is starting (Loading block index...), for 31 min now');
    expect(third.state('peers')).toBe('unknown');
    expect(third.why('peers')).toBe('the daemon is starting');
  });

  test('is silent, not down, until it has been so for minutes; asked once only', async () => {
    const daemon = await fineDaemon();
    daemon.fault('hang');
    const first = await look(daemon, { signal: soon() });
    expect(daemon.requests).toBe(1);
    expect(first.of('daemon-answers')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'DaemonSilent',
      remedy: undefined,
    });
    const later6 = await look(daemon, { earlier: first.results, now: later(6), signal: soon() });
    expect(later6.of('daemon-answers')).toMatchObject({
      finding: { state: 'down' },
      remedy: 'restart-chain',
    });
    // It started anew in between: the minutes count from then.
    const other = await look(await fineDaemon());
    const again = await look(daemon, { earlier: other.results, now: later(6), signal: soon() });
    expect(again.state('daemon-answers')).toBe('degraded');
  });

  test.each([
    ['unauthorized', 'unknown', /refuses our password/],
    ['forbidden', 'unknown', /rpcallowip/],
    ['garbage', 'unknown', /not JSON-RPC/],
    ['cut', 'unknown', /broke off/],
    ['busy', 'degraded', /work queue is full/],
  ] as const)('%s is %s, in words', async (fault, state, words) => {
    const daemon = await fineDaemon();
    daemon.fault(fault);
    const seen = await look(daemon);
    expect(seen.state('daemon-answers')).toBe(state);
    expect(seen.why('daemon-answers')).toMatch(words);
    expect(new Set(seen.results.slice(1).map(({ finding }) => finding.state))).toEqual(new Set(['unknown']));
  });

  test('is not known where the fleet gives no way to it', async () => {
    const seen = await look(await fineDaemon(), { rpc: undefined });
    expect(seen.results.every(({ finding }) => finding.state === 'unknown')).toBe(true);
    expect(seen.why('daemon-answers')).toMatch(/has no rpc in the fleet file/);
  });

  test('in the middle leaves what was seen before it', async () => {
    const daemon = await fineDaemon();
    daemon.on('getbalance', () => {
      daemon.fault('hang');
      return 50;
    });
    const seen = await look(daemon, { signal: AbortSignal.timeout(300) });
    expect(seen.state('balance')).toBe('up');
    expect(seen.state('notary-utxos')).toBe('unknown');
    expect(seen.why('notary-utxos')).toBe('no time was left to look');
  });
});

describe('in sync', () => {
  test.each([
    [101, 'up', '101'],
    [102, 'degraded', '101 −1'],
    [111, 'degraded', '101 −10'],
    [112, 'down', '101 −11'],
  ])('with headers up to %i it is %s', async (headers, state, shown) => {
    const daemon = await fineDaemon();
    change(daemon, 'getblockchaininfo', { headers });
    const seen = await look(daemon);
    expect([seen.state('in-sync'), seen.of('in-sync').shown]).toEqual([state, shown]);
  });

  test('a block on its way is no fault at first; it is when it was behind before', async () => {
    const daemon = await fineDaemon();
    const before = await look(daemon);
    change(daemon, 'getblockchaininfo', { headers: 102 });
    const first = await look(daemon, { earlier: before.results });
    expect(first.state('in-sync')).toBe('up');
    const second = await look(daemon, { earlier: first.results });
    expect(second.state('in-sync')).toBe('degraded');
    change(daemon, 'getblockchaininfo', { headers: 104 });
    expect((await look(daemon, { earlier: before.results })).state('in-sync')).toBe('degraded');
  });

  test('a first download is not in sync, though no header is ahead', async () => {
    const daemon = await fineDaemon();
    change(daemon, 'getblockchaininfo', { initialblockdownload: true });
    expect((await look(daemon)).state('in-sync')).toBe('degraded');
  });
});

test.each([
  [4, 'up'],
  [3, 'degraded'],
  [1, 'degraded'],
  [0, 'down'],
])('%i peers: %s', async (connections, state) => {
  const daemon = await fineDaemon();
  change(daemon, 'getnetworkinfo', { connections });
  expect((await look(daemon)).state('peers')).toBe(state);
});

test.each([
  ['litecoin', 45, 'up'],
  ['litecoin', 46, 'degraded'],
  ['litecoin', 181, 'down'],
  ['komodo', 31, 'degraded'],
  ['bitcoin', 119, 'up'],
])('tip age of %s after %i minutes: %s', async (profile, minutes, state) => {
  const now = new Date(TIP_TIME * 1000 + minutes * MINUTE_MS);
  expect((await look(await fineDaemon(), { profile, now })).state('tip-age')).toBe(state);
});

test('a block from a clock ahead of ours is of now', async () => {
  const seen = await look(await fineDaemon(), { now: new Date((TIP_TIME - 100) * 1000) });
  expect([seen.state('tip-age'), seen.of('tip-age').shown]).toEqual(['up', '0 ms']);
});

test.each([
  [0.1, 'up'],
  [0.099_999_99, 'degraded'],
  [0.02, 'degraded'],
  [0.019_999_99, 'down'],
  [0, 'down'],
])('a balance of %d: %s, compared in satoshis', async (coins, state) => {
  const daemon = await fineDaemon();
  daemon.on('getbalance', () => coins);
  expect((await look(daemon)).state('balance')).toBe(state);
});

describe('notary UTXOs', () => {
  test.each([
    [10, 'up', 'NotaryUtxosLow'],
    [9, 'degraded', 'NotaryUtxosLow'],
    [4, 'down', 'NotaryUtxosLow'],
    [100, 'up', 'NotaryUtxosLow'],
    [101, 'degraded', 'NotaryUtxosMany'],
  ])('%i of them: %s', async (count, state, alertname) => {
    const daemon = await fineDaemon();
    daemon.on('listunspent', () => [...outputs(count), ...outputs(3, 10_001, 500)]);
    const seen = await look(daemon);
    expect(seen.of('notary-utxos')).toMatchObject({ finding: { state }, alertname, shown: `${count}` });
    expect(seen.of('notary-utxos').remedy).toBe(
      alertname === 'NotaryUtxosLow' && state !== 'up' ? 'split' : undefined,
    );
  });

  test('count those that are locked, by their value, in one more round trip', async () => {
    const daemon = await fineDaemon();
    const locked = [...outputs(4, 10_000, 100), ...outputs(2, 500, 200)];
    daemon.on('listunspent', () => outputs(7));
    daemon.on('listlockunspent', () => locked.map(({ txid, vout }) => ({ txid, vout })));
    daemon.on('gettxout', ([txid]) => {
      const output = locked.find((one) => one.txid === txid);
      // One is spent by now.
      if (txid === locked[3]?.txid) return null;
      return { value: output?.amount, confirmations: 5, scriptPubKey: { hex: output?.scriptPubKey } };
    });
    const seen = await look(daemon);
    expect(seen.of('notary-utxos').finding).toMatchObject({ state: 'up', facts: { count: 10, locked: 3 } });
    expect(daemon.asked.filter((method) => method === 'gettxout')).toHaveLength(6);
    expect(daemon.requests).toBeLessThanOrEqual(7);
  });

  test('of a known key are those paid to the key', async () => {
    const daemon = await fineDaemon();
    const own = outputs(6).map((output) => ({ ...output, scriptPubKey: `21${PUBKEY}ac` }));
    daemon.on('listunspent', () => [...own, ...outputs(20, 10_000, 50)]);
    expect((await look(daemon, { pubkey: PUBKEY.toUpperCase() })).of('notary-utxos').shown).toBe('6');
    expect((await look(daemon)).of('notary-utxos').shown).toBe('26');
    expect((await look(daemon, { pubkey: 'nonsense' })).state('notary-utxos')).toBe('unknown');
  });

  test('of another size are counted where the coin asks for it, and not asked for where nothing is notarised', async () => {
    const daemon = await fineDaemon();
    daemon.on('listunspent', () => outputs(12, 100_000));
    expect((await look(daemon, { utxoSats: 100_000 })).of('notary-utxos').shown).toBe('12');
    const plain = await look(daemon, { profile: 'bitcoin' });
    expect([plain.state('notary-utxos'), plain.of('notary-utxos').shown]).toEqual(['up', '0']);
  });

  test('are not those that cannot be spent, nor coins of an extension block', async () => {
    const daemon = await fineDaemon();
    const hidden = {
      txid: 'a'.repeat(64),
      amount: 0.0001,
      confirmations: 3,
      spendable: true,
      address: 'ltcmweb1q',
    };
    const watched = outputs(1, 10_000, 90).map((output) => ({ ...output, spendable: false }));
    daemon.on('listunspent', () => [...outputs(11), hidden, ...watched]);
    expect((await look(daemon)).of('notary-utxos').shown).toBe('11');
  });
});

describe('listunspent', () => {
  test('is slow when it takes longer than the threshold', async () => {
    const daemon = await fineDaemon();
    const seen = await look(daemon, { thresholds: { 'listunspent-time': { warn: 0, critical: 5 } } });
    expect(seen.of('listunspent-time')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'ListunspentSlow',
    });
  });

  test('that was slow once is measured again, and the better time counts', async () => {
    const daemon = await fineDaemon();
    let times = 0;
    daemon.on('listunspent', () => {
      // The stand-in answers in the same process: being busy is all it takes to be slow.
      const until = performance.now() + (times++ === 0 ? 120 : 0);
      while (performance.now() < until);
      return outputs(20);
    });
    const seen = await look(daemon, { thresholds: { 'listunspent-time': { warn: 0.1, critical: 30 } } });
    expect(times).toBe(2);
    expect(seen.state('listunspent-time')).toBe('up');
  });

  test('that gives no answer in time is slow as far as one waited', async () => {
    const daemon = await fineDaemon();
    daemon.on('listwallets', () => []);
    daemon.on('getbalance', () => {
      daemon.fault('hang');
      return 50;
    });
    const thresholds = { 'listunspent-time': { warn: 0.05, critical: 0.1 } };
    const seen = await look(daemon, { thresholds, signal: AbortSignal.timeout(400) });
    expect(seen.state('listunspent-time')).toBe('down');
    expect(seen.of('listunspent-time').shown).toMatch(/^> \d+ ms$/);
  });
});

test('thresholds of the target go before the defaults, figure by figure', async () => {
  const daemon = await fineDaemon();
  const thresholds = {
    peers: { warn: 10 },
    balance: { warn: 100, critical: 60 },
    'tip-age': { critical: 1 },
    'notary-utxos': { warn: 0, critical: 0 },
  };
  daemon.on('listunspent', () => []);
  const seen = await look(daemon, { thresholds });
  expect(seen.why('peers')).toBe('8 peers, fewer than 10');
  expect(seen.why('balance')).toBe('balance is 50, less than 60');
  expect([seen.state('balance'), seen.state('tip-age')]).toEqual(['down', 'down']);
  expect(seen.state('notary-utxos')).toBe('up');
});

test.each([
  [4_000_000, 'up'],
  [4_000_001, 'degraded'],
  [20_000_001, 'down'],
])('a wallet of %i bytes: %s', async (bytes, state) => {
  expect((await look(await fineDaemon(), { executor: statting(bytes) })).state('wallet-size')).toBe(state);
});

test('an executor that hangs costs its own check only', async () => {
  const hung = { ...statting(0), fileBytes: () => new Promise<never>(() => undefined) };
  const began = performance.now();
  const seen = await look(await fineDaemon(), { executor: hung, signal: AbortSignal.timeout(300) });
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(seen.state('balance')).toBe('up');
  expect(seen.why('wallet-size')).toBe('no time was left to look');
});

test('a daemon seen up is remembered with its process, for the day when it is down', async () => {
  const daemon = await fineDaemon();
  const running = { pid: 7, startedAt: '1', argv: ['/usr/bin/litecoind'], cwd: '/', env: {} };
  const kept: unknown[] = [];
  const executor = {
    ...statting(1),
    listening: async (_: unknown, port: number) => (port === daemon.port ? running : undefined),
    remember: async (_: unknown, name: string, process: unknown) => void kept.push([name, process]),
  };
  await look(daemon, { executor });
  expect(kept).toEqual([['LTC', running]]);
  await daemon.refuse();
  await look(daemon, { executor });
  expect(kept).toHaveLength(1);
});
