import { appendFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage } from './fleet.ts';

/** Four daemons of one coin: one mines and pays the others, each of which has its own troubles. */
const NODES = ['bank', 'east', 'south', 'west'] as const;
type NodeName = (typeof NODES)[number];
type Daemons = Readonly<Record<NodeName, RunningLitecoind>>;

const WITHIN_MS = 30_000;
const NOTARY_UTXO = 0.0001;
const DUST = 0.0002;
/** More than the 40 kB of a new wallet, less than what 200 keys more make of it. */
const WALLET_MB = 0.15;

/** What is watched closely where; everything else is calm, as regtest has it. */
const WATCHED: Readonly<Record<NodeName, object>> = {
  bank: {},
  east: {
    'in-sync': { warn: 0, critical: 10 },
    balance: { warn: 0.1, critical: 0.02 },
    'notary-utxos': { warn: 10, critical: 5 },
  },
  south: { peers: { warn: 1, critical: 1 } },
  west: { 'utxo-count': { critical: 1_000 }, 'wallet-size': { warn: WALLET_MB } },
};

let daemons: Daemons;
let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin;

beforeAll(async () => {
  const [started, opened] = await Promise.all([
    Promise.all(NODES.map(() => startLitecoind())),
    openDiscordStage(),
  ]);
  daemons = Object.fromEntries(NODES.map((name, at) => [name, started[at]])) as unknown as Daemons;
  stage = opened;
  discord = stage.discord;
  const { bank, east, south, west } = daemons;
  await joined(bank);
  await west.connectTo(east);
  await west.connectTo(south);
  await bank.mine(110);
  await pay(east, 1);
  await pay(east, NOTARY_UTXO, 12);
  await allSynced();
  tocsin = await startTocsin({ env: stage.env, fleet: fleet() });
  await stage.ready();
  await vi.waitUntil(allPatrolled, { timeout: WITHIN_MS, interval: 50 });
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await Promise.all(NODES.map((name) => daemons?.[name][Symbol.asyncDispose]()));
});

function fleet() {
  const nodes = NODES.map((name) => {
    const { services, ...node } = nodeOf(name, 'alright_DEV', daemons[name]);
    return { ...node, services: services.map((service) => ({ ...service, thresholds: WATCHED[name] })) };
  });
  const base = fleetFile({ discord: stage, nodes });
  const coins = base.coins.map((coin) => ({
    ...coin,
    // Nothing is turned round here but what the test turns round.
    thresholds: { ...coin.thresholds, 'fork-depth': { critical: 1 }, disk: { warn: 0, critical: 0 } },
  }));
  const patrol = { every: '1s', grace: '1s', damping: { DaemonStarting: { for: '1s' } } };
  return { ...base, coins, patrol };
}

async function allPatrolled(): Promise<boolean> {
  const { body } = await tocsin.api('nodes');
  return (body as { state: string }[]).every(({ state }) => state !== 'unknown');
}

/** Connects a daemon to all others. */
async function joined(one: RunningLitecoind): Promise<void> {
  for (const name of NODES) if (daemons[name] !== one) await one.connectTo(daemons[name]);
}

/** Every node has the bank's newest block. */
const allSynced = (): Promise<unknown> =>
  Promise.all(NODES.map((name) => daemons[name].syncedWith(daemons.bank)));

/** Pays coins to a daemon's wallet, in so many outputs of the same size, in a block of its own. */
async function pay(to: RunningLitecoind, amount: number, outputs = 1): Promise<void> {
  const { bank } = daemons;
  const address = await to.rpc<string>('getnewaddress');
  // A daemon makes no transaction that pays an address twice: the one output of its own is repeated.
  const once = await bank.rpc<string>('createrawtransaction', [[], [{ [address]: amount }]]);
  const output = once.slice('02000000'.length + '00'.length + '01'.length, -'00000000'.length);
  const few = outputs.toString(16).padStart(2, '0');
  const many = Buffer.from([0xfd, outputs & 0xff, outputs >> 8]).toString('hex');
  const unfunded = `0200000000${outputs < 0xfd ? few : many}${output.repeat(outputs)}00000000`;
  const { hex } = await bank.rpc<{ hex: string }>('fundrawtransaction', [unfunded, {}, false]);
  await signAndMine(bank, hex);
}

/** In a block that both the wallet's daemon and the miner have. */
async function signAndMine(from: RunningLitecoind, hex: string): Promise<void> {
  const signed = await from.rpc<{ hex: string; complete: boolean }>('signrawtransactionwithwallet', [hex]);
  expect(signed.complete).toBe(true);
  // Given to the miner outright: peers tell each other of transactions after seconds only.
  await daemons.bank.rpc('sendrawtransaction', [signed.hex]);
  await daemons.bank.mine(1);
  await from.syncedWith(daemons.bank);
}

interface Unspent {
  readonly txid: string;
  readonly vout: number;
  readonly amount: number;
}

/** Spends outputs of a wallet into one, to the address. */
async function gather(from: RunningLitecoind, rows: readonly Unspent[], address: string): Promise<void> {
  const sum = rows.reduce((total, { amount }) => total + amount, 0);
  const inputs = rows.map(({ txid, vout }) => ({ txid, vout }));
  // A fee of a thousandth of a coin for every hundred inputs.
  const amount = (sum - 0.001 * Math.ceil(rows.length / 100)).toFixed(8);
  await signAndMine(from, await from.rpc<string>('createrawtransaction', [inputs, [{ [address]: amount }]]));
}

const unspent = (of: RunningLitecoind): Promise<readonly Unspent[]> => of.rpc('listunspent');
const isNotaryUtxo = ({ amount }: Unspent): boolean => amount === NOTARY_UTXO;

const SEVERITY_ROOM = { CRITICAL: 'ops', WARNING: 'notaries' } as const;

const posted = (): readonly StoredMessage[] =>
  Object.values(stage.rooms)
    .flatMap((room) => discord.messages(room))
    .filter(({ interactionId }) => interactionId === undefined);
const says = (message: StoredMessage, ...words: readonly string[]): boolean =>
  words.every((word) => shownMessage(message).includes(word));

/** Resolves with the alert's message in the room of its severity. */
const raised = (
  alertname: string,
  node: NodeName,
  severity: keyof typeof SEVERITY_ROOM,
): Promise<StoredMessage> => {
  const room = stage.rooms[SEVERITY_ROOM[severity]];
  const what = `${severity}: ${alertname}`;
  const find = () => discord.messages(room).find((message) => says(message, what, `LTC on ${node}:`));
  return discord.until(find, WITHIN_MS, `${what} of ${node}`);
};

/** Resolves once the same message says that it is over. */
const over = (alertname: string, { id }: StoredMessage): Promise<StoredMessage> =>
  discord.until(
    () => posted().find((message) => message.id === id && says(message, `Resolved: ${alertname}`)),
    WITHIN_MS,
    `the end of ${alertname}`,
  );

test('no peers, then a fork: the one that was cut off is named, with the block where the chains part', async () => {
  const { bank, south } = daemons;
  const common = await bank.rpc<number>('getblockcount');
  await south.rpc('setnetworkactive', [false]);
  const alone = await raised('PeersLow', 'south', 'CRITICAL');
  expect(shownMessage(alone)).toContain('no peers');

  const [[ours = ''], [theirs = '']] = [await south.mine(3), await bank.mine(5)];
  const fork = await raised('ForkDetected', 'south', 'CRITICAL');
  const words = shownMessage(fork);
  expect(words).toContain(`on a fork since block ${common + 1}:`);
  expect(words).toContain(`has …${ours.slice(-12)} where 3 of 4 have …${theirs.slice(-12)}`);

  await south.rpc('setnetworkactive', [true]);
  await joined(south);
  await allSynced();
  await over('PeersLow', alone);
  await over('ForkDetected', fork);
});

test('behind: it knows of blocks that nobody gives it', async () => {
  const { bank, east } = daemons;
  await bank.rpc('setnetworkactive', [false]);
  // It leaves its peers a moment later: what it mines before that they have.
  await vi.waitUntil(async () => (await bank.rpc<number>('getconnectioncount')) === 0, WITHIN_MS);
  const hashes = await bank.mine(12);
  const headers = await Promise.all(hashes.map((hash) => bank.rpc<string>('getblockheader', [hash, false])));
  for (const header of headers) await east.rpc('submitheader', [header]);
  const alert = await raised('OutOfSync', 'east', 'CRITICAL');
  // Eleven are enough: the last header may come after the look.
  expect(shownMessage(alert)).toMatch(/1[12] blocks behind/);

  await bank.rpc('setnetworkactive', [true]);
  await joined(bank);
  await allSynced();
  await over('OutOfSync', alert);
});

test('drained: no output is left to notarise with', async () => {
  const { east } = daemons;
  const spent = (await unspent(east)).filter(isNotaryUtxo);
  expect(spent).toHaveLength(12);
  await gather(east, spent, await east.rpc<string>('getnewaddress'));
  const alert = await raised('NotaryUtxosLow', 'east', 'CRITICAL');
  expect(shownMessage(alert)).toContain('0 notary UTXOs of 0.0001, fewer than 5');
  expect(shownMessage(alert)).toContain('Request split');
  await pay(east, NOTARY_UTXO, 12);
  await over('NotaryUtxosLow', alert);
});

test('poor: what is left pays no fees for long', async () => {
  const { bank, east } = daemons;
  const others = (await unspent(east)).filter((row) => !isNotaryUtxo(row));
  await gather(east, others, await bank.rpc<string>('getnewaddress'));
  const alert = await raised('BalanceLow', 'east', 'CRITICAL');
  expect(shownMessage(alert)).toContain('balance is 0.0012, less than 0.02');
  await pay(east, 1);
  await over('BalanceLow', alert);
});

test('flooded with dust: more outputs than a wallet should list', async () => {
  const { west } = daemons;
  await pay(west, DUST, 1_100);
  const alert = await raised('UtxosDust', 'west', 'CRITICAL');
  expect(shownMessage(alert)).toContain('1,100 unspent outputs, more than 1,000');
  const rows = await unspent(west);
  expect(rows).toHaveLength(1_100);
  await gather(west, rows, await west.rpc<string>('getnewaddress'));
  await over('UtxosDust', alert);
});

test('a wallet that grew over its size, and a fresh one in its place', async () => {
  const { west } = daemons;
  await west.rpc('keypoolrefill', [200]);
  const alert = await raised('WalletLarge', 'west', 'WARNING');
  expect(shownMessage(alert)).toContain(`more than ${WALLET_MB} MB`);
  await west.rpc('unloadwallet', ['wallet']);
  await west.rpc('createwallet', ['fresh']);
  await over('WalletLarge', alert);
});

test('stopped, then loading for some seconds, then back', async () => {
  const { bank } = daemons;
  await bank.stop();
  const stopped = await raised('DaemonDown', 'bank', 'CRITICAL');
  // While it makes keys for its wallet it says -28, as it does while it loads an index.
  appendFileSync(bank.conf, 'keypool=2500\n');
  const restarted = bank.restart();
  await over('DaemonDown', stopped);
  const starting = await raised('DaemonStarting', 'bank', 'WARNING');
  await restarted;
  await over('DaemonStarting', starting);
  await joined(bank);
});

test('nothing else was raised, and nothing twice', async () => {
  const headings = posted().map((message) => {
    const [, alertname = '?'] = /(?:Resolved|CRITICAL|WARNING): (\w+)/.exec(shownMessage(message)) ?? [];
    const [, node = '?'] = /LTC on (\w+):/.exec(shownMessage(message)) ?? [];
    return `${alertname} ${node}`;
  });
  expect(headings.toSorted()).toEqual([
    'BalanceLow east',
    'DaemonDown bank',
    'DaemonStarting bank',
    'ForkDetected south',
    'NotaryUtxosLow east',
    'OutOfSync east',
    'PeersLow south',
    'UtxosDust west',
    'WalletLarge west',
  ]);
  expect(posted().filter((message) => !says(message, 'Resolved: '))).toEqual([]);
  // The seat's operators were written to once for each of the critical ones.
  const direct = discord.directMessages(stage.handles.alice).map((message) => shownMessage(message));
  expect(direct).toHaveLength(7);
  expect(direct.filter((words) => !words.includes('Resolved: '))).toEqual([]);
});
