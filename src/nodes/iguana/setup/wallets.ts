import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Knowledge } from '#src/domain/remedy.ts';

import type { NotaryWallet, NotaryWallets } from '../../notary-wallet.ts';
import { poll, spell } from '../../poll.ts';
import type { Refused } from './coins.ts';
import { isSame, processOf, type Was } from './process.ts';
import type { Restarting } from './restarting.ts';
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

/** What was freed, and which wallets kept theirs locked, in words. A type, not an interface: it is kept as JSON. */
export type Freed = { readonly outputs: number; readonly kept: Refused };

/** Only while it is down: a running iguana locks what it is about to spend. One that fails keeps no iguana down. */
export async function free({ beside, site, pubkey }: Restarting, was: Was): Promise<Freed> {
  const now = await processOf(site);
  if (now && !isSame(now, was)) return { outputs: 0, kept: {} };
  let outputs = 0;
  const kept: Record<string, string> = {};
  for (const { service, wallet } of beside) {
    try {
      outputs += await wallet.unlock(pubkey);
    } catch (error) {
      const isAway = error instanceof OutsideError && error.system === site.executor.id;
      if (isAway || !(error instanceof OutsideError || error instanceof UserError)) throw error;
      kept[service] = wordsOf(error).slice(0, 100);
    }
  }
  return { outputs, kept };
}

/** Whether a wallet paid for a notarisation since; that none did yet is no failure: rounds take their time. */
export async function watch(
  { beside, carrying: { progress, signal }, waits: { watchMs, watchEveryMs } }: Restarting,
  before: Readonly<Record<string, number>>,
): Promise<string> {
  if (beside.length === 0) return 'Whether it notarises was not looked at.';
  await progress('everything is started: watching for a new notarisation');
  const look = async (): Promise<string | undefined> => {
    const now = await notarised(beside);
    return Object.keys(now).find((service) => (now[service] ?? 0) > (before[service] ?? 0));
  };
  const service = await poll(look, { everyMs: watchEveryMs, withinMs: watchMs, signal });
  return service === undefined
    ? `No new notarisation was seen within ${spell(watchMs)}: it may still come, look at “notarised” in health.`
    : `A new notarisation of ${service} was seen.`;
}

async function paidAt(wallet: NotaryWallet): Promise<number | undefined> {
  try {
    return await wallet.lastNotarisation();
  } catch (error) {
    if (error instanceof OutsideError || error instanceof UserError) return undefined;
    throw error;
  }
}
