import type { NotaryWallet, NotaryWallets } from '../notary-wallet.ts';
import { connect as connectDaemon, type Connect } from './connect.ts';
import { createDaemon, readLocked } from './daemon.ts';
import { inWords } from './refusal.ts';
import { isMethodNotFound } from './rpc-error.ts';
import { readFunds } from './wallet/funds.ts';
import { lastPaid } from './wallet/notarisations.ts';
import { scriptOfPubkey } from './wallet/notary-output.ts';

/** Clocks of daemons may be ahead of ours. */
const MOST_AHEAD_MS = 2 * 3_600_000;

/** Wallets of daemons of the Bitcoin family. */
export const notaryWallets =
  (connect: Connect = connectDaemon): NotaryWallets =>
  async (target, reached) => {
    if (target.service.kind !== 'utxo') return undefined;
    const rpc = await connect(target, reached);
    return {
      pending: (pubkey) =>
        inWords(async () => {
          const { pending } = await readFunds(rpc, { ...target, service: { ...target.service, pubkey } });
          return pending;
        }),
      unlock: (pubkey) =>
        inWords(async () => {
          const script = scriptOfPubkey(pubkey);
          const own = (await lockedOf(rpc)).filter((output) => output.script.toLowerCase() === script);
          const points = own.map(({ txid, vout }) => ({ txid, vout }));
          if (own.length > 0) await rpc.call('lockunspent', [true, points]);
          return own.length;
        }),
      lastNotarisation: () =>
        inWords(async () => {
          const chain = await createDaemon(rpc).chain();
          const latestMs = Date.now() + MOST_AHEAD_MS;
          return (await lastPaid(rpc, { profile: target.profile, chain, latestMs })).at;
        }),
    } satisfies NotaryWallet;
  };

async function lockedOf(rpc: Parameters<typeof readLocked>[0]): ReturnType<typeof readLocked> {
  try {
    return await readLocked(rpc);
  } catch (error) {
    // A daemon without the call locks nothing.
    if (isMethodNotFound(error)) return [];
    throw error;
  }
}
