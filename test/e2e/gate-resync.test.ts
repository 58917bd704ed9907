import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Battle, openBattle, type Struck } from './under-fire/stage.ts';

/** A resync of a real daemon through sshd and tocsin-gate, seen from outside. */
let battle: Battle;
let program: string;

const walletOf = ({ datadir }: { readonly datadir: string }) =>
  join(datadir, 'regtest/wallets/wallet/wallet.dat');

beforeAll(async () => {
  battle = await openBattle({
    // As its page says.
    allow({ notary: { datadir, pid } }) {
      program = realpathSync(`/proc/${pid}/exe`);
      const wallet = walletOf({ datadir });
      return [
        `run env LC_ALL=C ls -Lldn -- ${datadir}/*`,
        `run env LC_ALL=C df -Pk -- ${datadir}*`,
        `start ${program}`,
        `start ${program} -reindex`,
        `once cp -p -- ${wallet} ${wallet}.tocsin-*`,
      ];
    },
    service: ({ notary: { rpcUrl: url, user, password, datadir } }) => ({
      rpc: { url, user, password },
      walletFile: walletOf({ datadir }),
    }),
  });
  await battle.fund(2, 1);
}, 120_000);
afterAll(() => battle?.[Symbol.asyncDispose](), 60_000);

/** All that must be as it was: the newest block, and what the wallet holds. */
async function seen(): Promise<object> {
  const { rpc } = battle.notary;
  const { hdseedid } = await rpc<{ hdseedid: string }>('getwalletinfo');
  const unspent = await rpc<{ txid: string; vout: number; address: string; amount: number }[]>('listunspent');
  const outputs = unspent.map(({ txid, vout, address, amount }) => ({ txid, vout, address, amount }));
  return {
    hdseedid,
    outputs: outputs.toSorted((one, other) => one.txid.localeCompare(other.txid) || one.vout - other.vout),
    balance: await rpc('getbalance'),
    best: await rpc('getbestblockhash'),
  };
}

const wordsNow = (): string => {
  const pids = battle.daemons();
  expect(pids).toHaveLength(1);
  return readFileSync(`/proc/${pids[0]}/cmdline`, 'utf8').replace(/^[^\0]*/, '');
};
/** What the daemon itself writes of it. */
const reindexed = (): number =>
  readFileSync(join(battle.notary.datadir, 'regtest/debug.log'), 'utf8').match(/Reindexing finished/g)
    ?.length ?? 0;
const copies = (): readonly string[] => {
  const folder = dirname(walletOf(battle.notary));
  return readdirSync(folder)
    .filter((name) => name.startsWith('wallet.dat.tocsin-'))
    .map((name) => join(folder, name));
};
const gateLog = (): (() => string) => {
  const before = battle.sshd.log().length;
  return () => battle.sshd.log().slice(before);
};

/** Around the stop, the copy and the start: what must not be done twice. Fast borders may be seen as one. */
const STRIKES: Readonly<Record<number, Struck>> = { 5: 'tocsin', 7: 'connection', 9: 'tocsin' };

test('over sshd and the gate, with Tocsin and its connection ended at borders of its steps: the blocks are read anew, once; wallet and balance are as before', async () => {
  const [before, words, times, copied, log] = [
    await seen(),
    wordsNow(),
    reindexed(),
    copies().length,
    gateLog(),
  ];
  const size = statSync(walletOf(battle.notary)).size;
  const { request, strikes } = await battle.carriedOut('resync', {}, (border) => STRIKES[border]);
  expect(request.reason).toBeUndefined();
  expect(request).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(/^Reindexed: .*nobody else told of this coin/),
  });
  expect(strikes).toBe(3);

  expect(await seen()).toEqual(before);
  expect(reindexed()).toBe(times + 1);
  expect(wordsNow()).toBe(`${words}-reindex\0`);
  expect(log().match(/ start .*-reindex/g)).toHaveLength(1);
  expect(log().match(/ once .* cp -p -- /g)).toHaveLength(1);
  expect(copies()).toHaveLength(copied + 1);
  // Stopping it wrote to the wallet what was still in memory.
  expect(statSync(copies().at(-1) ?? '').size).toBeGreaterThanOrEqual(size);
}, 240_000);

test('what is remembered is without the word of that one start', async () => {
  const [before, words] = [await seen(), wordsNow()];
  expect(words).toContain('-reindex');
  expect((await battle.carriedOut('restart-chain', {})).request).toMatchObject({ state: 'succeeded' });
  expect(wordsNow()).toBe(words.replace('-reindex\0', ''));
  expect(await seen()).toEqual(before);
}, 120_000);
