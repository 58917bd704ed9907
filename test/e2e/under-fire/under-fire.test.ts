import { copyFileSync, existsSync, readdirSync, realpathSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { type Battle, openBattle, type Outcome, type Strike } from './stage.ts';

/**
 * Every remedy of a daemon on a node behind sshd and tocsin-gate, for real, while Tocsin or its connection is ended at each
 * border of its steps, or the daemon at some of them; seen from outside.
 */
let battle: Battle;
/** The program that runs, and the same at another path. */
let program: string;
let other: string;

const walletOf = ({ datadir }: { readonly datadir: string }) => join(datadir, 'regtest/wallets/wallet');

beforeAll(async () => {
  battle = await openBattle({
    // As the pages of the remedies say.
    allow({ notary: { conf, datadir, pid }, folder }) {
      program = realpathSync(`/proc/${pid}/exe`);
      other = join(folder, 'litecoind');
      const [wallet, keys] = [walletOf({ datadir }), join(datadir, 'regtest/wallets/tocsin-keys')];
      return [
        `run litecoin-cli -conf=${conf} ...`,
        `run env LC_ALL=C ls -Lldn -- ${datadir}/*`,
        `run env LC_ALL=C df -Pk -- ${datadir}*`,
        `run readlink -f -- ${other}`,
        `run readlink -f -- ${program}`,
        `run ${program} -version`,
        `run ${other} -version`,
        `start ${program}`,
        `start ${other}`,
        `once tocsin-keys export ${keys}/* ...`,
        `run tocsin-keys prove ${keys}/* -- litecoin-cli ...`,
        `once tocsin-keys import ${keys}/* ...`,
        `once mv -n -- ${wallet} ${wallet}.*`,
        `once mv -n -- ${wallet}.* ${wallet}`,
      ];
    },
    service: ({ notary: { conf, rpcUrl, datadir } }) => ({
      rpc: { conf },
      port: Number(new URL(rpcUrl).port),
      walletFile: join(walletOf({ datadir }), 'wallet.dat'),
    }),
  });
  copyFileSync(program, other);
  await battle.fund(2, 1);
  while (small.length < 5) small.push(await battle.notary.rpc<string>('getnewaddress'));
}, 120_000);
afterAll(() => battle?.[Symbol.asyncDispose](), 60_000);

interface Unspent {
  readonly txid: string;
  readonly vout: number;
  readonly amount: number;
  readonly address: string;
}

const unspent = (): Promise<Unspent[]> => battle.notary.rpc<Unspent[]>('listunspent', [0]);
const sats = (coins: number): number => Math.round(coins * 1e8);
const wealth = async (): Promise<number> =>
  (await unspent()).reduce((sum, { amount }) => sum + sats(amount), 0);
const rightSized = async (): Promise<number> =>
  (await unspent()).filter(({ amount }) => amount === 0.0001).length;
/** The transactions that the wallet sent. */
async function sent(): Promise<ReadonlySet<string>> {
  const all = await battle.notary.rpc<{ txid: string; category: string }[]>('listtransactions', ['*', 5_000]);
  return new Set(all.filter(({ category }) => category === 'send').map(({ txid }) => txid));
}
const names = ({ request }: Outcome): readonly string[] => request.steps.map(({ name }) => name);

/** Where small change comes to, for those that bring it together. */
const small: string[] = [];
let before: { readonly addresses: readonly string[]; readonly sats: number };

beforeEach(change, 60_000);

/** More of it for each, and what is to be intact afterwards. */
async function change(): Promise<void> {
  const amounts = Object.fromEntries(small.map((address) => [address, 0.001]));
  for (let times = 0; times < 6; times++) await battle.miner.rpc('sendmany', ['', amounts]);
  await battle.miner.mine(1);
  await battle.notary.syncedWith(battle.miner);
  before = { addresses: [...new Set((await unspent()).map(({ address }) => address))], sats: await wealth() };
}

/** No key and no coin is lost, one daemon runs, and none twice. */
async function intact(fee = 200_000): Promise<void> {
  expect(battle.daemons()).toHaveLength(1);
  await battle.notary.syncedWith(battle.miner);
  expect(before.sats - (await wealth())).toBeLessThanOrEqual(fee);
  for (const address of before.addresses) {
    expect(await battle.notary.rpc('getaddressinfo', [address]), address).toMatchObject({ ismine: true });
  }
}

/** What must be true of each remedy when it has succeeded. */
const REMEDIES: Readonly<
  Record<
    string,
    { readonly args?: Readonly<Record<string, string>>; succeeded(): Promise<() => Promise<void>> }
  >
> = {
  'restart-chain': {
    async succeeded() {
      const was = battle.daemons();
      return async () => expect(battle.daemons()).not.toEqual(was);
    },
  },
  split: {
    args: { target: '12' },
    async succeeded() {
      const was = await sent();
      return async () => {
        expect(await rightSized()).toBe(12);
        expect([...(await sent())].filter((txid) => !was.has(txid))).toHaveLength(1);
      };
    },
  },
  consolidate: {
    args: { target: '25' },
    async succeeded() {
      const was = await sent();
      return async () => {
        expect((await unspent()).length).toBeLessThanOrEqual(25);
        expect([...(await sent())].filter((txid) => !was.has(txid))).toHaveLength(1);
      };
    },
  },
  'clean-wallet': {
    async succeeded() {
      const was = await unspent();
      return async () => expect(await unspent()).toHaveLength(was.length);
    },
  },
  'reset-wallet': {
    args: { target: '25' },
    async succeeded() {
      const { hdseedid: was } = await battle.notary.rpc<{ hdseedid: string }>('getwalletinfo');
      const aside = asideNow();
      return async () => {
        const { hdseedid: is } = await battle.notary.rpc<{ hdseedid: string }>('getwalletinfo');
        expect(is).not.toBe(was);
        // The old wallet lies beside, once.
        expect(asideNow()).toHaveLength(aside.length + 1);
      };
    },
  },
  update: {
    async succeeded() {
      return async () => expect(existsSync(other) && statSync(other).size).toBeGreaterThan(0);
    },
  },
};

const asideNow = (): readonly string[] =>
  readdirSync(join(walletOf(battle.notary), '..')).filter((name) => name.startsWith('wallet.before-'));

/** From one program to the other and back. */
const argsOf = (remedy: string): Readonly<Record<string, string>> => {
  if (remedy !== 'update') return REMEDIES[remedy]?.args ?? {};
  const [pid] = battle.daemons();
  const runs = realpathSync(`/proc/${pid}/exe`);
  return { program: runs === other ? program : other };
};

/** By turns where time is short; with UNDER_FIRE=whole each of them at every border, and the daemon at more of them. */
const isWhole = process.env['UNDER_FIRE'] === 'whole';
const STRIKES: readonly (readonly [string, Strike])[] = isWhole
  ? [
      ['Tocsin', () => 'tocsin'],
      ['the connection', () => 'connection'],
    ]
  : [['Tocsin, the connection', (border) => (border % 2 === 0 ? 'tocsin' : 'connection')]];

describe.each(Object.keys(REMEDIES))('%s', (remedy) => {
  test.each(STRIKES)(
    'with %s ended at each border of its steps is done once',
    async (_what, strike) => {
      if (remedy === 'split') await spendRightSized();
      const holds = await REMEDIES[remedy]?.succeeded();
      const outcome = await battle.carriedOut(remedy, argsOf(remedy), strike);
      const { state, reason } = outcome.request;
      expect({ state, reason }, outcome.log).toEqual({ state: 'succeeded' });
      expect(outcome.strikes).toBeGreaterThanOrEqual(names(outcome).length);
      await holds?.();
      await intact();
    },
    600_000,
  );
});

/** A border in the middle of some; with UNDER_FIRE=whole each border of all of them. */
const MIDDLE: Readonly<Record<string, number>> = {
  'restart-chain': 4,
  'clean-wallet': 4,
  'reset-wallet': 15,
  update: 6,
};

test.each(Object.keys(MIDDLE))(
  '%s with the daemon killed at a border of its steps tells what is true, and nothing is lost',
  async (remedy) => {
    expect((await killedAt(remedy, MIDDLE[remedy] ?? 0)).strikes).toBe(1);
  },
  600_000,
);

test.runIf(isWhole).each(Object.keys(REMEDIES))(
  '%s with the daemon killed at each border of its steps tells what is true, and nothing is lost',
  async (remedy) => {
    // It has seen the daemon run before.
    expect((await battle.carriedOut('restart-chain', {})).request.state).toBe('succeeded');
    let at = 0;
    let last: Outcome;
    do {
      await change();
      last = await killedAt(remedy, ++at);
      console.log(`${remedy}, daemon killed at border ${at}: ${last.strikes} strikes, ${last.request.state}`);
      // Where no border came any more, it was left alone.
    } while (last.strikes > 0);
    expect(at).toBeGreaterThan(names(last).length);
    expect(last.request.state, last.log).toBe('succeeded');
  },
  3_600_000,
);

async function killedAt(remedy: string, at: number): Promise<Outcome> {
  if (remedy === 'split') await spendRightSized();
  const outcome = await battle.carriedOut(remedy, argsOf(remedy), (border) =>
    border === at ? 'daemon' : undefined,
  );
  const { state, reason, result } = outcome.request;
  expect([state, reason ?? result], outcome.log).toEqual([
    expect.stringMatching(/^(succeeded|failed)$/),
    expect.any(String),
  ]);
  await wayBack(reason);
  if (battle.daemons().length === 0) {
    expect(state).toBe('failed');
    expect((await battle.carriedOut('restart-chain', {})).request).toMatchObject({ state: 'succeeded' });
  }
  await intact();
  return outcome;
}

/** What a person does whom the report tells how the old wallet is put back. */
async function wayBack(reason = ''): Promise<void> {
  const commands = /then `mv -n -- (\S+) (\S+)` and `mv -n -- (\S+) (\S+)`/.exec(reason);
  if (!commands) return;
  const [, ...paths] = commands;
  await battle.notary.rpc('stop').catch(() => undefined);
  await vi.waitUntil(() => battle.daemons().length === 0, 30_000);
  const [from = '', to = '', aside = '', back = ''] = paths;
  if (existsSync(from)) renameSync(from, to);
  renameSync(aside, back);
}

/** The right-sized ones of the split before are spent, so that there is one to do. */
async function spendRightSized(): Promise<void> {
  const inputs = (await unspent()).filter(({ amount }) => amount === 0.0001);
  if (inputs.length === 0) return;
  const to = await battle.notary.rpc<string>('getnewaddress');
  const amount = inputs.reduce((sum, one) => sum + sats(one.amount), 0) - 20_000;
  const raw = await battle.notary.rpc<string>('createrawtransaction', [
    inputs.map(({ txid, vout }) => ({ txid, vout })),
    { [to]: amount / 1e8 },
  ]);
  const { hex } = await battle.notary.rpc<{ hex: string }>('signrawtransactionwithwallet', [raw]);
  await battle.notary.rpc('sendrawtransaction', [hex]);
  await battle.miner.rpc('sendrawtransaction', [hex]).catch(() => undefined);
  await battle.miner.mine(1);
  await battle.notary.syncedWith(battle.miner);
}
