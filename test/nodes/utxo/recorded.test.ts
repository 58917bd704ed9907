import { describe, expect, test } from 'vitest';

import type { CheckResult } from '#src/domain/finding.ts';
import { Refusal } from '#test/stand-ins/daemon/daemon.ts';
import type { Family } from '#test/stand-ins/daemon/recorded.ts';
import { daemonOf, look } from './looking.ts';

/** Some minutes after the newest block that each of them was recorded with. */
const AT: Readonly<Record<Family, Date>> = {
  komodo: new Date((1_728_914_950 + 90) * 1000),
  litecoin: new Date((1_795_239_554 + 90) * 1000),
  bitcoin: new Date((1_571_793_802 + 1_800) * 1000),
  verus: new Date((1_771_000_000 + 90) * 1000),
};

const brief = ({ finding, shown }: CheckResult): string => `${finding.state} ${shown}`;

/** The rows of a look at a recorded daemon, as far as they tell of its chain. */
async function rowsOf(family: Family, prepare: (daemon: Awaited<ReturnType<typeof daemonOf>>) => void) {
  const daemon = await daemonOf(family);
  prepare(daemon);
  const { results } = await look(daemon, { profile: family, now: AT[family] });
  const chain = ['daemon-answers', 'in-sync', 'peers', 'tip-age', 'version'];
  return Object.fromEntries(
    results.filter(({ check }) => chain.includes(check)).map((row) => [row.check, brief(row)]),
  );
}

describe('what was recorded becomes findings', () => {
  test('of a komodod', async () => {
    expect(await rowsOf('komodo', () => undefined)).toEqual({
      'daemon-answers': 'up answers',
      'in-sync': 'up 974458',
      peers: 'up 16',
      'tip-age': 'up 1 min 30 s',
      version: 'up 0.9.0',
    });
  });

  test('of a litecoind alone on regtest', async () => {
    expect(await rowsOf('litecoin', () => undefined)).toEqual({
      'daemon-answers': 'up answers',
      'in-sync': 'unknown ?',
      peers: 'down 0',
      'tip-age': 'up 1 min 30 s',
      version: 'up LitecoinCore:0.21.2.1',
    });
  });

  test('of a bitcoind', async () => {
    const header = { time: AT.bitcoin.getTime() / 1000 - 600 };
    const rows = await rowsOf('bitcoin', (daemon) => daemon.on('getblockheader', () => header));
    expect(rows).toEqual({
      'daemon-answers': 'up answers',
      'in-sync': 'up 600625',
      peers: 'up 7',
      'tip-age': 'up 10 min',
      version: 'up Satoshi:0.20.99',
    });
  });

  test('of a verusd, which does not tell when its newest block was found: its header does', async () => {
    expect(await rowsOf('verus', () => undefined)).toMatchObject({
      'in-sync': 'up 926996',
      peers: 'up 5',
      'tip-age': 'unknown ?',
      version: 'up 1.2.14-2',
    });
    const rows = await rowsOf('verus', (daemon) => {
      daemon.on('getblockchaininfo', () => ({
        chain: 'test',
        blocks: 926_996,
        headers: 926_996,
        bestblockhash: 'ab'.repeat(32),
      }));
      daemon.on('getblockheader', () => ({ time: AT.verus.getTime() / 1000 - 90 }));
    });
    expect(rows['tip-age']).toBe('up 1 min 30 s');
  });
});

describe('what is no answer is never up', () => {
  test.each([
    ['an HTML page that refuses the password', 'unauthorized', 'unknown'],
    ['a full queue', 'busy', 'degraded'],
  ] as const)('%s', async (_, fault, state) => {
    const daemon = await daemonOf('komodo');
    daemon.fault(fault);
    const { results } = await look(daemon);
    expect(results[0]?.finding.state).toBe(state);
    expect(results.slice(1).every(({ finding }) => finding.state === 'unknown')).toBe(true);
  });

  test.each([
    ['notarizedtxid_height as a number', { notarizedtxid_height: 5 }, 'up'],
    ['blocks as text', { blocks: '974458' }, 'unknown'],
    ['no connections', { connections: undefined }, 'unknown'],
    ['a notaryid of none', { notaryid: -1 }, 'up'],
    ['lastmined as text', { lastmined: 'never' }, 'unknown'],
  ])('a komodod with %s', async (_, keys, state) => {
    const daemon = await daemonOf('komodo');
    const before = daemon.answering('getinfo');
    daemon.on('getinfo', () => ({ ...(before([]) as object), ...keys }));
    expect((await look(daemon, { profile: 'komodo', now: AT.komodo })).state('daemon-answers')).toBe(state);
  });

  test.each([
    ['no list', { outputs: [] }],
    ['a row without a place', [{ txid: 'ab'.repeat(32), amount: 1, scriptPubKey: '21', confirmations: 1 }]],
    [
      'an amount as text',
      [{ txid: 'ab'.repeat(32), vout: 0, amount: '1', scriptPubKey: '21', confirmations: 1 }],
    ],
  ])('a wallet that lists %s', async (_, listed) => {
    const daemon = await daemonOf('komodo');
    daemon.on('listlockunspent', () => []);
    daemon.on('listunspent', () => listed);
    const seen = await look(daemon, { profile: 'komodo', now: AT.komodo });
    for (const check of ['listunspent-time', 'utxo-count', 'notary-utxos'])
      expect(seen.state(check)).toBe('unknown');
  });

  test('a wallet that is not loaded', async () => {
    const daemon = await daemonOf('bitcoin');
    daemon.on('getblockheader', () => ({ time: 1_571_793_802 }));
    for (const method of ['getbalance', 'listunspent', 'listlockunspent'])
      daemon.on(method, () => {
        throw new Refusal(-18, 'No wallet is loaded.');
      });
    const seen = await look(daemon, { profile: 'bitcoin', now: AT.bitcoin });
    expect(seen.why('balance')).toBe('the daemon says: No wallet is loaded.');
    expect(seen.state('utxo-count')).toBe('unknown');
  });
});
