import { Done } from '../payloads.ts';
import type { Site } from './site.ts';

/** Tells iguana its own address and those of other notaries. Told again what it knows, it keeps what it has. Resolves with their number. */
export async function introduce(
  { iguana, settings: { notaries, restart } }: Site,
  signal: AbortSignal,
): Promise<number> {
  const address = restart?.address;
  if (address !== undefined) await iguana.call(Done, ['SuperNET', 'myipaddr'], { ipaddr: address });
  const addresses = [...new Set(Object.values(notaries))];
  for (const ipaddr of addresses) {
    signal.throwIfAborted();
    await iguana.call(Done, ['iguana', 'addnotary'], { ipaddr });
  }
  return addresses.length;
}
