import { UserError } from '#src/domain/errors.ts';

import { addCoins, type Refused, startDpow } from './coins.ts';
import { introduce } from './introduce.ts';
import { runOnce } from './process.ts';
import { ANYWAY, type Restarting } from './restarting.ts';

interface Work {
  /** Notaries that it was told of. */
  readonly told: number;
  /** Coins that were not added, and dPoWs that were not started. */
  readonly coins: Refused;
  readonly dpow: Refused;
}

/** Four steps: tells it of the others, adds its coins, unlocks its wallet, starts every dPoW. Throws UserError, IguanaError. */
export async function setToWork(restarting: Restarting): Promise<Work> {
  const { carrying, site, restart, pubkey, waits } = restarting;
  const { journal, progress, signal } = carrying;
  const told = await journal.step(
    'tell the addresses',
    async () => {
      await progress('telling it the addresses of the others');
      return introduce(site, signal);
    },
    ANYWAY,
  );
  const coins = await journal.step(
    'add coins',
    async () => {
      await progress('adding its coins');
      return addCoins(site.iguana, restart, signal);
    },
    ANYWAY,
  );
  await journal.step('unlock its wallet', () => unlockWallet(restarting), ANYWAY);
  const dpow = await journal.step(
    'start dPoW',
    async () => {
      await progress('starting its dPoW');
      const { readyMs, everyMs } = waits;
      const { coins } = site.settings;
      return startDpow(site.iguana, { coins, freq: restart.freq, pubkey, signal, readyMs, everyMs });
    },
    ANYWAY,
  );
  return { told, coins, dpow };
}

/** Unlocking what is unlocked changes nothing: where it is not known how the program ended, it is run once more. */
async function unlockWallet({ carrying, site, restart, waits }: Restarting): Promise<string> {
  const { unlock } = restart;
  if (!unlock) return 'not asked for';
  await carrying.progress('unlocking its wallet');
  const orElse =
    'its wallet is locked, and no dPoW was started. Unlock it on the node, then request restart-iguana again.';
  for (const what of ['unlock', 'unlock-again']) {
    if (await runOnce(site, carrying, { what, argv: unlock, orElse }, waits)) return 'unlocked';
  }
  throw new UserError(`How ${unlock[0]} ended is not known: ${orElse}`);
}
