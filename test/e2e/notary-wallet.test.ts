import { afterAll, beforeAll, expect, test } from 'vitest';

import { addressOfHash } from '#src/domain/address.ts';
import { profileOf } from '#src/domain/profile.ts';
import type { NotaryWallet } from '#src/nodes/notary-wallet.ts';
import { notaryWallets } from '#src/nodes/utxo/notary-wallet.ts';
import { createSplit } from '#src/nodes/utxo/remedies/split.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { fleetWith, node, remediationWorld, service } from '#test/stand-ins/remediation/world.ts';

let notary: RunningLitecoind;

beforeAll(async () => {
  notary = await startLitecoind();
  // What was mined is never split: the wallet pays itself.
  await notary.mine(110);
  await notary.rpc('sendtoaddress', [await notary.rpc<string>('getnewaddress'), 5]);
  await notary.mine(1);
});

afterAll(async () => notary?.[Symbol.asyncDispose]());

const fleetOf = (pubkey?: string) => {
  const { rpcUrl: url, user, password } = notary;
  return fleetWith(node([{ ...service, rpc: { url, user, password }, ...(pubkey && { pubkey }) }]));
};

async function wallet(): Promise<NotaryWallet> {
  const [target] = fleetOf().targets();
  const found = await notaryWallets()(target!, {});
  return found ?? expect.unreachable('litecoind has a wallet');
}

async function keyOfWallet(): Promise<string> {
  const address = await notary.rpc<string>('getnewaddress', ['', 'legacy']);
  return (await notary.rpc<{ pubkey: string }>('getaddressinfo', [address])).pubkey;
}

/** Three notary UTXOs of the key, confirmed once the test says so. */
async function split(pubkey: string): Promise<() => Promise<void>> {
  const world = remediationWorld({ remedies: [createSplit({ everyMs: 50 })] });
  world.fleet = fleetOf(pubkey);
  const { id } = await world.approved('anna', 'split', { target: '3' });
  const run = world.carryOut(id);
  await expect.poll(() => notary.rpc<string[]>('getrawmempool'), { timeout: 30_000 }).toHaveLength(1);
  return async () => {
    await notary.mine(1);
    await run;
    expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded' });
  };
}

interface Unspent {
  readonly txid: string;
  readonly vout: number;
  readonly scriptPubKey: string;
}

test('the outputs of one key are unlocked, those of the other iguana stay locked; a split in flight is seen', async () => {
  const [own, other] = [await keyOfWallet(), await keyOfWallet()];
  const confirm = await split(own);
  expect(await (await wallet()).pending(own)).toBe(3);
  await confirm();
  await (
    await split(other)
  )();
  expect(await (await wallet()).pending(own)).toBe(0);

  const scripts = [`21${own}ac`, `21${other}ac`];
  const outputs = (await notary.rpc<Unspent[]>('listunspent')).filter(({ scriptPubKey }) =>
    scripts.includes(scriptPubKey),
  );
  expect(outputs).toHaveLength(6);
  await notary.rpc('lockunspent', [false, outputs.map(({ txid, vout }) => ({ txid, vout }))]);

  expect(await (await wallet()).unlock(own)).toBe(3);
  expect(await (await wallet()).unlock(own)).toBe(0);
  const locked = await notary.rpc<Unspent[]>('listlockunspent');
  const left = outputs.filter((one) =>
    locked.some(({ txid, vout }) => txid === one.txid && vout === one.vout),
  );
  expect(left.map(({ scriptPubKey }) => scriptPubKey)).toEqual([scripts[1], scripts[1], scripts[1]]);
});

test('when the wallet last paid for a notarisation', async () => {
  expect(await (await wallet()).lastNotarisation()).toBeUndefined();
  const prefix = profileOf('litecoin')?.addressPrefix.regtest ?? '';
  const to = addressOfHash('f1dce4182fce875748c4986b240ff7d7bc3fffb0', prefix);
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  await notary.rpc('sendtoaddress', [to, 0.000836]);
  expect(await (await wallet()).lastNotarisation()).toBeGreaterThanOrEqual(before);
});
