import { addressOfHash } from '#src/domain/address.ts';
import { profileOf } from '#src/domain/profile.ts';

import type { Chain } from '../chain.ts';
import { readAs, Transactions } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import { networkOf } from './notary-key.ts';

/** RXL3YXG2ceaB6C5hfJcN4fvmLH2C34knhA and its kin on other chains: every notarisation pays to it. */
const NOTARISATION_HASH = 'f1dce4182fce875748c4986b240ff7d7bc3fffb0';
/** The newest transactions of the wallet: older daemons sort all of them for each answer. */
export const MOST_LISTED = 200;

/** Milliseconds since 1970. */
export interface Paid {
  readonly at?: number | undefined;
  /** It was before this: none was found in what is younger. */
  readonly atMost?: number | undefined;
}

/** When the wallet last paid for a notarisation, not after `latestMs`. Throws RpcError, OutsideError. */
export async function lastPaid(
  rpc: Rpc,
  { profile, chain, latestMs }: { profile: string | undefined; chain: Chain; latestMs: number },
): Promise<Paid> {
  const address = addressOfHash(NOTARISATION_HASH, profileOf(profile)?.addressPrefix[networkOf(chain)] ?? '');
  const asked = await rpc.call('listtransactions', ['*', MOST_LISTED]);
  const rows = readAs(Transactions, asked, 'listtransactions');
  const times = rows
    .filter(
      ({ category, address: to, time }) => category === 'send' && to === address && time * 1000 <= latestMs,
    )
    .map(({ time }) => time * 1000);
  if (times.length > 0) return { at: Math.max(...times) };
  return rows.length < MOST_LISTED ? {} : { atMost: Math.min(...rows.map(({ time }) => time)) * 1000 };
}
