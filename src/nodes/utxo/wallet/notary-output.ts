import { hashOf } from '#src/domain/address.ts';
import type { Target } from '#src/domain/node.ts';

import type { Output } from '../daemon.ts';

/** Compressed public key, hex. */
const PUBKEY = /^0[23][0-9a-f]{64}$/i;

export const isPubkey = (words: string): boolean => PUBKEY.test(words);

/** Pay-to-public-key, as notaries' UTXOs are. */
export const scriptOfPubkey = (pubkey: string): string => `21${pubkey.toLowerCase()}ac`;

/** Pay-to-public-key-hash: what is paid to the address of the key. */
export const scriptOfAddress = (pubkey: string): string => `76a914${hashOf(pubkey)}88ac`;

/** Whether an output can be used for notarising: exactly the coin's size, and the notary's own script where its key is known. */
export const isNotaryOutput = ({ utxoSats }: Pick<Target, 'utxoSats'>, pubkey: string | undefined) => {
  const script = pubkey && scriptOfPubkey(pubkey);
  return (output: Pick<Output, 'sats' | 'script'>): boolean =>
    output.sats === utxoSats && (script === undefined || output.script.toLowerCase() === script);
};
