import { addressOf } from '#src/domain/address.ts';
import type { Target } from '#src/domain/node.ts';
import { type ChainNetwork, profileOf } from '#src/domain/profile.ts';
import type { Chain } from '../chain.ts';
import { isPubkey } from './notary-output.ts';

export interface NotaryKey {
  /** Compressed, hex; or what was given for one. */
  readonly pubkey: string;
  /** Its address on this chain, where the coin's addresses are known. */
  readonly address: string | undefined;
}

/** The notary's key: as the fleet file names it, else as the daemon was started with; undefined where there is none. */
export function notaryKey({ service, profile }: Target, chain: Chain): NotaryKey | undefined {
  const pubkey = service.pubkey ?? chain.pubkey;
  if (pubkey === undefined) return undefined;
  const prefix = profileOf(profile)?.addressPrefix[networkOf(chain)];
  return { pubkey, address: prefix && isPubkey(pubkey) ? addressOf(pubkey, prefix) : undefined };
}

export function networkOf({ network }: Chain): ChainNetwork {
  if (network === 'regtest') return 'regtest';
  return network === undefined || network === 'main' ? 'main' : 'test';
}
