import { afterEach, beforeEach, vi } from 'vitest';

import type { Executors } from '#src/domain/executor.ts';
import type { Request } from '#src/domain/remedy.ts';
import { createCleanWallet } from '#src/nodes/utxo/remedies/clean-wallet.ts';
import { createConsolidate } from '#src/nodes/utxo/remedies/consolidate.ts';
import { createResetWallet } from '#src/nodes/utxo/remedies/reset-wallet.ts';
import { withPayments } from '#src/nodes/utxo/wallet/transaction.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { whileMining } from '#test/real/mining.ts';
import {
  fleetWith,
  node,
  people,
  remediationWorld,
  service,
  type World,
} from '#test/stand-ins/remediation/world.ts';

/** A notary's litecoind and a miner's, anew for each test of the file that imports this. */
export let notary: RunningLitecoind;
export let miner: RunningLitecoind;
let folder: Folder;

beforeEach(async () => {
  folder = temporaryFolder('wallet');
  [notary, miner] = await Promise.all([startLitecoind(), startLitecoind()]);
  await miner.connectTo(notary);
  await miner.mine(110);
  await notary.syncedWith(miner);
}, 60_000);

afterEach(async () => {
  // A restarted daemon is nobody's child: it ends when it is told so.
  await notary.rpc('stop').catch(() => undefined);
  await vi.waitUntil(
    () =>
      notary.rpc('uptime').then(
        () => false,
        () => true,
      ),
    20_000,
  );
  await Promise.all([notary[Symbol.asyncDispose](), miner[Symbol.asyncDispose]()]);
  folder[Symbol.dispose]();
}, 60_000);

const QUICK = { everyMs: 100, confirmMs: 60_000, steadyMs: 3_000 };
export const remedies = () => [createConsolidate(QUICK), createCleanWallet(), createResetWallet(QUICK)];
export const executors = (): Executors & Disposable => createExecutors({ dataDir: folder.path });

export function world(
  pubkey: string | undefined,
  more: Partial<Parameters<typeof remediationWorld>[0]> = {},
): World {
  const made = remediationWorld({ remedies: remedies(), executors: executors(), ...more });
  const rpc = { conf: notary.conf };
  made.fleet = fleetWith(node([{ ...service, rpc, ...(pubkey && { pubkey }) }]));
  return made;
}

/** High risk: two approve, neither of them asked. */
export async function approved(
  made: World,
  remedy: string,
  args: Readonly<Record<string, string>> = {},
): Promise<Request> {
  const request = await made.approved('anna', remedy, args);
  if (request.state !== 'requested') return request;
  return made.remediation.approve(request.id, people.carol, request.digest);
}

export async function carriedOut(
  made: World,
  remedy: string,
  args?: Readonly<Record<string, string>>,
): Promise<Request> {
  const { id } = await approved(made, remedy, args);
  await whileMining(miner, made.carryOut(id));
  return (await made.requests.get(id)) as Request;
}

export interface Unspent {
  readonly txid: string;
  readonly vout: number;
  readonly amount: number;
  readonly scriptPubKey: string;
  readonly address: string;
}
export const unspent = (): Promise<Unspent[]> => notary.rpc<Unspent[]>('listunspent', [0]);
export const balance = (): Promise<number> => notary.rpc<number>('getbalance');
export const sats = (coins: number): number => Math.round(coins * 1e8);

export interface Own {
  readonly address: string;
  readonly pubkey: string;
  readonly scriptPubKey: string;
}
export async function ownAddress(kind: string): Promise<Own> {
  const address = await notary.rpc<string>('getnewaddress', ['', kind]);
  return { ...(await notary.rpc<Own>('getaddressinfo', [address])), address };
}

/** By the notary's wallet; brought to the miner at once, and buried under so many blocks. */
export async function pay(to: string, words: readonly unknown[], blocks: number): Promise<void> {
  const txid = await notary.rpc<string>('sendtoaddress', [to, ...words]);
  const { hex } = await notary.rpc<{ hex: string }>('gettransaction', [txid]);
  await miner.rpc('sendrawtransaction', [hex]).catch(() => undefined);
  await miner.mine(blocks);
  await notary.syncedWith(miner);
}

/** Many outputs of one size to one script, in one transaction of the miner's, confirmed. */
export async function shower(count: number, each: number, script: string): Promise<void> {
  const [coin] = (await miner.rpc<Unspent[]>('listunspent')).filter(({ amount }) => amount > 10);
  if (!coin) throw new Error('the miner has nothing');
  const point = { txid: coin.txid, vout: coin.vout };
  const raw = await miner.rpc<string>('createrawtransaction', [[point], { [coin.address]: 1 }]);
  const payments = Array.from({ length: count }, () => ({ sats: each, script }));
  const change = { sats: sats(coin.amount) - count * each - 200_000, script: coin.scriptPubKey };
  const composed = withPayments(raw, [point], [...payments, change]);
  const { hex } = await miner.rpc<{ hex: string }>('signrawtransactionwithwallet', [composed]);
  await miner.rpc('sendrawtransaction', [hex]);
  await miner.mine(1);
  await notary.syncedWith(miner);
}
