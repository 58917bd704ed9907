import { statSync } from 'node:fs';
import { basename } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  balance,
  carriedOut,
  miner,
  notary,
  ownAddress,
  pay,
  sats,
  shower,
  unspent,
  world,
} from './wallet/stage.ts';

describe('consolidate', () => {
  test('brings more than 800 outputs together, to the address of the notary, and the balance is the same but for the fee', async () => {
    const { pubkey, address, scriptPubKey } = await ownAddress('legacy');
    await shower(950, 50_000, `21${pubkey}ac`);
    await shower(15, 10_000, `21${pubkey}ac`);
    await shower(3, 100_000_000, scriptPubKey);
    expect(await unspent()).toHaveLength(968);
    const before = await balance();
    const request = await carriedOut(world(pubkey), 'consolidate', { target: '30' });
    expect(request).toMatchObject({ state: 'succeeded' });
    const left = await unspent();
    expect(left.length).toBeLessThanOrEqual(30);
    // The notary's own are untouched, and so are the large ones.
    expect(left.filter(({ amount }) => amount === 0.0001)).toHaveLength(15);
    expect(left.filter(({ amount }) => amount === 1)).toHaveLength(3);
    const made = left.filter(
      ({ address: to, amount }) => to === address && ![0.0001, 1, 0.0005].includes(amount),
    );
    expect(made).toHaveLength(2);
    const fees = made.map(
      async ({ txid }) => (await notary.rpc<{ fee: number }>('gettransaction', [txid])).fee,
    );
    const fee = (await Promise.all(fees)).reduce((all, one) => all + sats(one), 0);
    expect(sats(await balance())).toBe(sats(before) + fee);
    expect(-fee).toBeLessThan(400_000);
  }, 180_000);
});

describe('clean-wallet', () => {
  test('has a wallet of Bitcoin forget what is spent and old, after a copy of it, and nothing else', async () => {
    const { address } = await ownAddress('bech32');
    for (let round = 0; round < 5; round++) {
      await miner.rpc('sendtoaddress', [address, 1]);
      await miner.mine(1);
      await notary.syncedWith(miner);
    }
    // All of it is spent once, and what is left is young.
    await pay(address, [4.9], 110);
    await pay(address, [await balance(), '', '', true], 2);
    const [before, had, rows] = [await balance(), await unspent(), await count()];
    const made = world(undefined);
    const request = await carriedOut(made, 'clean-wallet');
    expect(request).toMatchObject({ state: 'succeeded' });
    expect(await count()).toBeLessThan(rows);
    expect(request.result).toMatch(/forgot [1-9]\d* of \d+ transactions; all 1 unspent outputs are there/);
    expect(await balance()).toBe(before);
    expect(await unspent()).toEqual(had);
    const [, copy = ''] = /is at (\S+) \(/.exec(request.result ?? '') ?? [];
    expect(statSync(copy).size).toBeGreaterThan(10_000);
    // The copy is a wallet: it can be loaded, and has all of it.
    await notary.rpc('loadwallet', [basename(copy)]);
  }, 120_000);
  const count = async (): Promise<number> => (await notary.rpc<{ txcount: number }>('getwalletinfo')).txcount;
});
