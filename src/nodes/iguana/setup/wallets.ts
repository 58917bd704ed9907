import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Knowledge } from '#src/domain/remedy.ts';

import type { NotaryWallet, NotaryWallets } from '../../notary-wallet.ts';
import type { Site } from './site.ts';

/** The wallet of a coin that iguana notarises or writes to, on the same node. */
export interface Beside {
  readonly service: string;
  readonly wallet: NotaryWallet;
}

/** Throws UserError when one of them does not answer: iguana would be set to work on nothing. */
export async function walletsBeside(
  { target: { node, service }, settings }: Site,
  {
    wallets,
    knowledge,
    signal,
  }: { wallets?: NotaryWallets | undefined; knowledge?: Knowledge | undefined; signal?: AbortSignal },
): Promise<readonly Beside[]> {
  if (!wallets) return [];
  const coins = new Set([...settings.coins, ...Object.keys(settings.restart?.addcoin ?? {})]);
  const found: Beside[] = [];
  for (const { id, coin = '' } of node.services) {
    if (!coins.has(coin) || id === service.id) continue;
    const fellow = knowledge?.fellow?.({ node: node.id, service: id });
    if (!fellow) continue;
    const wallet = await wallets(fellow.target, { executor: fellow.executor, signal });
    if (wallet) found.push({ service: id, wallet });
  }
  return found;
}

/** Throws UserError when one does not answer, or a split waits for its confirmation. */
export async function requireCalm(beside: readonly Beside[], pubkey: string): Promise<void> {
  for (const { service, wallet } of beside) {
    const pending = await wallet.pending(pubkey).catch((error: unknown) => {
      throw new UserError(
        `The daemon of ${service} does not answer as it should (${wordsOf(error)}): see to it first, iguana needs it.`,
      );
    });
    if (pending > 0) {
      throw new UserError(
        `A split of ${service} is in flight: ${pending} outputs wait for their confirmation. Look again after the next blocks.`,
      );
    }
  }
}

/** Of each wallet, when it last paid for a notarisation; one that cannot tell is left out. */
export async function notarised(beside: readonly Beside[]): Promise<Readonly<Record<string, number>>> {
  const times = await Promise.all(
    beside.map(async ({ service, wallet }) => [service, await paidAt(wallet)] as const),
  );
  return Object.fromEntries(
    times.flatMap(([service, at]) => (at === undefined ? [] : [[service, at] as const])),
  );
}

async function paidAt(wallet: NotaryWallet): Promise<number | undefined> {
  try {
    return await wallet.lastNotarisation();
  } catch (error) {
    if (error instanceof OutsideError || error instanceof UserError) return undefined;
    throw error;
  }
}
