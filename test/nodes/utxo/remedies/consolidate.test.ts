import { beforeEach, describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { createConsolidate } from '#src/nodes/utxo/remedies/consolidate.ts';
import { scriptOfAddress, scriptOfPubkey } from '#src/nodes/utxo/wallet/notary-output.ts';
import {
  createLedger,
  type Ledger,
  type LedgerOptions,
  OWN_SCRIPT,
  txidOf,
} from '#test/stand-ins/remediation/ledger.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  remediationWorld,
  service,
  type World,
} from '#test/stand-ins/remediation/world.ts';

const PUBKEY = `02${'cd'.repeat(32)}`;
const RIGHT = 10_000;

let ledger: Ledger;
let given: number;
const start = (options?: LedgerOptions): void => {
  ledger = createLedger(options);
  given = 0;
};
beforeEach(() => start());

const give = (count: number, sats: number, more: Partial<Ledger['coins'][number]> = {}): void => {
  for (let index = 0; index < count; index++) {
    const txid = txidOf(`coin ${++given}`);
    ledger.coins.push({ txid, vout: 0, sats, script: OWN_SCRIPT, confirmations: 6, ...more });
  }
};
const total = (): number => ledger.coins.reduce((sats, coin) => sats + coin.sats, 0);
const count = (sats: number): number => ledger.coins.filter((coin) => coin.sats === sats).length;

const quick = (rpc: Ledger['rpc'], more: { confirmMs?: number; silentMs?: number } = {}) =>
  createConsolidate({ connect: async () => rpc, everyMs: 1, confirmMs: 5_000, ...more });
const worldOf = (more?: { confirmMs?: number }): World =>
  remediationWorld({ remedies: [quick(ledger.rpc, more)] });
const withPubkey = (world: World): World => {
  world.fleet = fleetWith(node([{ ...service, pubkey: PUBKEY }]));
  return world;
};

async function carriedOut(world: World, args: Readonly<Record<string, string>> = {}) {
  const { id } = await world.approved('anna', 'consolidate', args);
  expect(await world.carryOut(id)).toBe('done');
  return world.requests.get(id);
}

describe('spends the small ones together', () => {
  test('until as many as the goal are left, and says what it cost', async () => {
    give(150, 3_000);
    give(1, 5_000_000);
    const before = total();
    const request = await carriedOut(worldOf(), { target: '25' });
    expect(request).toMatchObject({ state: 'succeeded' });
    expect(ledger.coins).toHaveLength(25);
    expect(ledger.accepted).toHaveLength(1);
    expect(count(5_000_000)).toBe(1);
    const fee = before - total();
    expect(fee).toBeGreaterThan(9_000);
    expect(fee).toBeLessThan(15_000);
    expect(request?.result).toMatch(/outputs were 151, now 25.*exactly that much less\.$/);
  });

  test('at most 800 a transaction, one after another, and no more than five a run', async () => {
    start({ ownKeys: [PUBKEY] });
    give(4_200, 4_000, { script: scriptOfPubkey(PUBKEY) });
    const request = await carriedOut(withPubkey(worldOf()), { target: '25' });
    expect(request).toMatchObject({
      state: 'succeeded',
      result: expect.stringContaining('More than 25 are left: request it again.') as string,
      plan: { seen: { Transactions: '5, the first with 800 inputs' } },
    });
    expect(ledger.accepted).toHaveLength(5);
    expect(ledger.coins).toHaveLength(4_200 - 5 * 799);
    const script = scriptOfAddress(PUBKEY);
    expect(ledger.coins.filter((coin) => coin.script === script)).toHaveLength(5);
  });

  test('within what nodes pass on, whatever kind of output they are', async () => {
    give(900, 4_000, { script: `76a914${'ab'.repeat(20)}88ac` });
    await carriedOut(worldOf(), { target: '25' });
    const [first] = ledger.accepted;
    expect(first).toBeDefined();
    expect(ledger.accepted.length).toBe(2);
  });

  test('in words short enough for a command line', async () => {
    give(400, 4_000);
    const { rpc } = ledger;
    const lengths: number[] = [];
    const call: typeof rpc.call = async (method, params = []) => {
      lengths.push(
        ...params.map((param) => (typeof param === 'string' ? param : JSON.stringify(param)).length),
      );
      return rpc.call(method, params);
    };
    const world = remediationWorld({ remedies: [quick({ ...rpc, call, mostChars: 60_000 })] });
    expect(await carriedOut(world, { target: '25' })).toMatchObject({ state: 'succeeded' });
    expect(ledger.accepted).toHaveLength(2);
    expect(Math.max(...lengths)).toBeLessThan(60_000);
  });

  test('but leaves right-sized, locked and foreign ones alone', async () => {
    start({ family: 'komodo', ownKeys: [PUBKEY] });
    const right = { script: scriptOfPubkey(PUBKEY) };
    give(30, RIGHT, right);
    give(4, RIGHT, { ...right, locked: true });
    give(2, 700, { locked: true });
    give(5, 900, { spendable: false });
    give(50, 2_000);
    give(10, 3_000_000, { coinbase: true });
    expect(await carriedOut(withPubkey(worldOf()), { target: '65' })).toMatchObject({ state: 'succeeded' });
    expect([RIGHT, 700, 900, 3_000_000].map(count)).toEqual([34, 2, 5, 10]);
  });

  test('also right-sized ones, where they alone are more than the goal: they are dust', async () => {
    start({ ownKeys: [PUBKEY] });
    give(120, RIGHT, { script: scriptOfPubkey(PUBKEY) });
    give(10, 2_000);
    expect(await carriedOut(withPubkey(worldOf()), { target: '100' })).toMatchObject({ state: 'succeeded' });
    expect(ledger.coins).toHaveLength(100);
    expect(count(RIGHT)).toBeGreaterThanOrEqual(99);
  });

  test('and takes a large one to pay for dust that is worth less than its fee', async () => {
    give(300, 20);
    give(2, 400_000);
    expect(await carriedOut(worldOf(), { target: '50' })).toMatchObject({ state: 'succeeded' });
    expect(ledger.coins.length).toBeLessThanOrEqual(50);
  });
});

describe('refuses', () => {
  const refusal = (args: Readonly<Record<string, string>> = {}, world = worldOf()): Promise<string> =>
    world.request('alice', 'consolidate', args).then(
      () => 'not refused',
      (error: Error) => `${error.name} ${error.message}`,
    );

  test.each(['0', '24', '-1', '1e3', '100000', 'x'])('a target of "%s"', async (target) => {
    expect(await refusal({ target })).toBe('UserError target must be a whole number from 25 to 99999.');
  });
  test.each(['0', '2', '1.000000001', '-0.1', 'x', '1e-3'])('a fee of "%s"', async (fee) => {
    expect(await refusal({ fee })).toMatch(/fee must be an amount of coins of at most 1/);
  });
  test('when there are few', async () => {
    give(100, 3_000);
    expect(await refusal()).toMatch(/There are 100 unspent outputs, no more than 100/);
  });
  test('when none may be spent', async () => {
    give(150, 3_000, { spendable: false });
    expect(await refusal()).toMatch(/Of 150 unspent outputs none can be spent together/);
  });
  test('when the fee is not funded', async () => {
    give(150, 20);
    expect(await refusal()).toMatch(/The fee is not funded/);
  });
  test('when it would cost more than it may', async () => {
    give(600, 30_000);
    expect(await refusal({ fee: '0.0001' })).toMatch(
      /more than the 0\.0001 it may: give fee=0\.00036177 or more/,
    );
  });
  test('to pay to a key that the wallet does not hold', async () => {
    give(150, 30_000);
    expect(await refusal({}, withPubkey(worldOf()))).toMatch(/does not hold the key/);
  });
});

test('says it loudly when the balance is less than it must be', async () => {
  give(150, 30_000);
  const world = worldOf();
  const { id } = await world.approved('anna', 'consolidate', { target: '25' });
  let vanished = false;
  ledger.before = (method) => {
    // Some vanish that no other transaction tells of.
    if (method === 'gettransaction' && !vanished) ledger.coins.splice(0, 5);
    vanished ||= method === 'gettransaction';
  };
  await world.carryOut(id);
  expect(await world.requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/THE BALANCE DIFFERS.*0\.0015 less than it should be/) as string,
  });
});

test('is told what other transactions took meanwhile', async () => {
  give(150, 30_000);
  const world = worldOf();
  const { id } = await world.approved('anna', 'consolidate', { target: '25' });
  let taken = false;
  ledger.before = (method) => {
    if (method !== 'gettransaction' || taken) return;
    taken = true;
    ledger.coins.splice(0, 2);
    ledger.others.push({ txid: txidOf('notarisation'), category: 'send', amount: -0.0005, fee: -0.0001 });
  };
  await world.carryOut(id);
  expect(await world.requests.get(id)).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('other transactions took 0.0006 meanwhile') as string,
  });
});

test('a daemon that does not answer the sending is asked again, with the same transaction', async () => {
  give(150, 30_000);
  const world = worldOf();
  const { id } = await world.approved('anna', 'consolidate', { target: '25' });
  const sent: unknown[] = [];
  ledger.before = (method, params) => {
    if (method !== 'sendrawtransaction') return;
    sent.push(params[0]);
    if (sent.length === 1) throw new OutsideError('daemon', 'timeout', 'no answer');
  };
  await world.carryOut(id);
  expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded' });
  expect(sent).toHaveLength(2);
  expect(new Set(sent).size).toBe(1);
});

test('a daemon that is gone for good after the second was sent: the report names both', async () => {
  give(40, 30_000);
  const world = remediationWorld({
    remedies: [quick({ ...ledger.rpc, mostChars: 3_100 }, { silentMs: 30 })],
  });
  const { id } = await world.approved('anna', 'consolidate', { target: '25' });
  ledger.before = () => {
    if (ledger.accepted.length === 2)
      throw new OutsideError('daemon', 'unavailable', 'nothing listens on 127.0.0.1:9332');
  };
  await world.carryOut(id);
  const [first, second] = ledger.accepted;
  expect(await world.requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(
      new RegExp(`is not known: ${second}\\..*Confirmed before it: ${first}\\.`),
    ) as string,
  });
});

test('killed at any moment and taken up by the next process: no transaction is made twice', async () => {
  let diedAfterSending = 0;
  for (let diesAt = 1; ; diesAt++) {
    start();
    give(40, 30_000);
    const before = total();
    // Two transactions: such a short line takes ten inputs.
    const rpc = { ...ledger.rpc, mostChars: 3_100 };
    const [requests, leases] = [memoryRequests(), memoryLeases()];
    const process = mortal(diesAt);
    const first = remediationWorld({ remedies: [quick(rpc)], requests, leases });
    const { id } = await first.approved('anna', 'consolidate', { target: '25' });
    const killed = first.another({
      remedies: [quick(usedBy(process, rpc))],
      requests: usedBy(process, requests),
      leases: usedBy(process, leases),
    });
    const outcome = await killed(id).catch(() => 'killed');
    if (!process.dead) {
      expect(outcome).toBe('done');
      break;
    }
    if (ledger.accepted.length > 0) diedAfterSending += 1;
    leases.steal('remedy:alpha-main');
    expect(await first.carryOut(id), `died at ${diesAt}`).toBe('done');
    const request = await requests.get(id);
    expect(request, `died at ${diesAt}`).toMatchObject({ state: 'succeeded' });
    expect(ledger.accepted, `died at ${diesAt}`).toHaveLength(2);
    expect(new Set(ledger.accepted).size).toBe(2);
    expect(ledger.coins, `died at ${diesAt}`).toHaveLength(25);
    expect(request?.result).toContain('exactly that much less');
    expect(before - total()).toBeLessThan(10_000);
  }
  expect(diedAfterSending).toBeGreaterThan(15);
});
