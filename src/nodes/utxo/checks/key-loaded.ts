import { isPubkey } from '../wallet/notary-output.ts';
import { notaryKey } from '../wallet/notary-key.ts';
import { type Check, unknown } from './check.ts';

const ADVICE =
  'A person must look: compare the -pubkey it was started with, and whether its wallet is the right one. Keys never go through a chat.';

/** Whether the daemon has the notary's key: the fleet's is the one it was started with, and the wallet can sign with it. */
export const keyLoaded: Check = {
  id: 'key-loaded',
  title: 'key',
  costs: 'notarisations',
  alertname: 'KeyMissing',
  applies: ({ target, chain }) => notaryKey(target, chain) !== undefined,
  async look({ daemon, target }) {
    const chain = await daemon.chain();
    const { pubkey = '', address } = notaryKey(target, chain) ?? {};
    if (!isPubkey(pubkey)) return unknown('its pubkey is no compressed public key');
    const facts = {
      ...(address !== undefined && { address }),
      ...(chain.notaryId !== undefined && { notaryId: chain.notaryId }),
    };
    const missing = (why: string) =>
      ({
        finding: { state: 'down', why, facts },
        shown: 'missing',
        figure: { value: 0, unit: 'count' },
        advice: ADVICE,
      }) as const;
    if (chain.tellsOfNotaries && chain.pubkey === undefined) {
      return missing('was started without -pubkey: it does not know whose notary it is');
    }
    if (chain.pubkey !== undefined && chain.pubkey.toLowerCase() !== pubkey.toLowerCase()) {
      return missing(
        `was started with another public key (${chain.pubkey.slice(0, 12)}…) than the fleet file names`,
      );
    }
    if (address === undefined)
      return unknown('the addresses of this coin are not known: give it its profile');
    const isOwn = await daemon.ownsKey();
    if (isOwn === undefined) return unknown(`${address} is no address here: is the coin's profile right?`);
    if (!isOwn) return missing(`its wallet does not have the key of ${address}: it cannot sign`);
    return { finding: { state: 'up', facts }, shown: 'loaded', figure: { value: 1, unit: 'count' } };
  },
};
