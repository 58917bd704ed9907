import { z } from 'zod';

import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';

import { readAs } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import { addressOfScript, areMine, pubkeyOf } from './funds.ts';
import type { Holdings } from './holdings.ts';
import { scriptOfPubkey } from './notary-output.ts';

const Received = z.array(z.object({ address: z.string().max(200) }));
const Groupings = z.array(z.array(z.tuple([z.string().max(200)]).rest(z.unknown())));

/** The words of a command line are limited, and so is the patience of a person who has to trust it. */
const MOST_ADDRESSES = 500;

/**
 * Every address that the wallet ever used or gave out and has the key of, sorted; the notary's among them. Throws
 * UserError where one that holds funds, or the notary's own, is not the wallet's.
 */
export async function ownAddresses(
  rpc: Rpc,
  target: Target,
  { addresses }: Holdings,
): Promise<readonly string[]> {
  const received = readAs(
    Received,
    await rpc.call('listreceivedbyaddress', [0, true]),
    'listreceivedbyaddress',
  );
  const grouped = readAs(Groupings, await rpc.call('listaddressgroupings'), 'listaddressgroupings');
  const pubkey = await pubkeyOf(rpc, target);
  const notary = pubkey && (await addressOfScript(rpc, scriptOfPubkey(pubkey)));
  if (pubkey && !notary)
    throw new UserError(`The address of pubkey ${pubkey} cannot be found out with this daemon.`);
  const needed = [...addresses, ...(notary ? [notary] : [])];
  const all = new Set([
    ...needed,
    ...received.map(({ address }) => address),
    ...grouped.flat().map(([address]) => address),
  ]);
  const mine = await areMine(rpc, [...all]);
  const foreign = needed.find((address) => !mine.has(address));
  if (foreign !== undefined) {
    throw new UserError(
      `The wallet does not have the key of ${foreign}${foreign === notary ? ", the notary's address" : ', which holds funds'}: a person has to see to this wallet.`,
    );
  }
  if (mine.size > MOST_ADDRESSES) {
    throw new UserError(
      `The wallet has used ${mine.size} addresses; keys of more than ${MOST_ADDRESSES} are not brought over. A person has to see to this wallet.`,
    );
  }
  if (mine.size === 0) throw new UserError('The wallet has no address yet: there is nothing to bring over.');
  return [...mine].toSorted();
}
