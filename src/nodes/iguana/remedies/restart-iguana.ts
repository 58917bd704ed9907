import { UserError } from '#src/domain/errors.ts';
import type { Carrying, Remedy } from '#src/domain/remedy.ts';

import { noHands } from '../../hands.ts';
import type { NotaryWallets } from '../../notary-wallet.ts';
import { requireAllowed } from '../../supervisors/index.ts';
import { type PostTo, postWithin } from '../post-there.ts';
import { settingsOf } from '../settings.ts';
import type { Refused } from '../setup/coins.ts';
import { begin, end } from '../setup/life.ts';
import { planOf, untold, wordsFor } from '../setup/planned.ts';
import { processOf, waitAnswers, wasOf } from '../setup/process.ts';
import { ANYWAY, type Restarting, type RestartWaits, WAITS } from '../setup/restarting.ts';
import { noWay, siteOf } from '../setup/site.ts';
import { free, type Freed, notarised, requireCalm, walletsBeside, watch } from '../setup/wallets.ts';
import { setToWork } from '../setup/work.ts';

export interface RestartIguanaOptions extends Partial<RestartWaits> {
  readonly postTo?: PostTo | undefined;
  readonly wallets?: NotaryWallets | undefined;
}

/** It serves one call at a time, and adding a coin takes its time. */
const CALL_MS = 20_000;

/** Stops an iguana, frees what it had locked, starts it, and sets it to work again as the fleet file says. */
export function createRestartIguana({
  postTo = postWithin(CALL_MS),
  wallets,
  ...given
}: RestartIguanaOptions = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'restart-iguana',
    summary:
      'Stops iguana, frees its locked outputs, starts it, adds notaries and coins, unlocks its wallet, starts every dPoW',
    risk: 'medium',
    takesDown: true,
    kinds: ['iguana'],
    parameters: [],
    notHere: (target, executor) =>
      noWay(target, executor) ??
      noHands(target, executor) ??
      untold(settingsOf(target.service).restart, target.service.pubkey),
    async plan(target, _args, executors, knowledge) {
      const site = siteOf(target, executors, { postTo, signal: AbortSignal.timeout(CALL_MS) });
      const { restart, pubkey } = wordsFor(site);
      const beside = await walletsBeside(site, { wallets, knowledge });
      await requireCalm(beside, pubkey);
      const { stop, start, unlock } = restart;
      const orders = unlock ? [stop, start, unlock] : [stop, start];
      await requireAllowed({ node: target.node, executor: site.executor }, 'once', ...orders);
      const process = await processOf(site);
      return planOf({ site, restart, pubkey, was: wasOf(process), beside }, waits);
    },
    carryOut: (carrying) => restartIguana(carrying, { postTo, wallets, waits }),
  };
}

interface Means {
  readonly postTo: PostTo;
  readonly wallets: NotaryWallets | undefined;
  readonly waits: RestartWaits;
}

async function restartIguana(carrying: Carrying, { postTo, wallets, waits }: Means): Promise<string> {
  const { target, executors, journal, knowledge, signal } = carrying;
  const site = siteOf(target, executors, { postTo, signal });
  const { restart, pubkey } = wordsFor(site);
  const beside = await walletsBeside(site, { wallets, knowledge, signal });
  const restarting: Restarting = { carrying, site, restart, pubkey, beside, waits };

  const { was, ...before } = await journal.step('look', async () => {
    await requireCalm(beside, pubkey);
    return { was: wasOf(await processOf(site)), notarised: await notarised(beside) };
  });
  if (was) await end(restarting, was);
  const { outputs, kept } = freedOf(
    await journal.step('unlock its outputs', () => free(restarting, was), ANYWAY),
  );
  const pid = await begin(restarting, was);
  const { told, coins, dpow } = await setToWork(restarting);
  const seen = await journal.step('watch for a notarisation', () => watch(restarting, before.notarised));
  await waitAnswers(site, 'it had answered', carrying, waits);

  const all = site.settings.coins.length;
  const done = `Runs again${pid > 0 ? `, pid ${pid}` : ''} (${was ? `was ${was.pid}` : 'it was down'}): ${told} notaries told, ${outputs} outputs freed, dPoW of ${all - Object.keys(dpow).length} of ${all} coins started.`;
  const faults = [
    ...refusedWords('kept its outputs locked', kept),
    ...refusedWords('not added', coins),
    ...refusedWords('no dPoW', dpow),
  ];
  if (faults.length === 0) return `${done} ${seen}`;
  throw new UserError(`${done} ${seen} But: ${faults.join('; ')}. The rest works: see to these by hand.`);
}

/** A run that began before wallets could keep theirs has a number on record. */
const freedOf = (freed: Freed | number): Freed =>
  typeof freed === 'number' ? { outputs: freed, kept: {} } : freed;

const refusedWords = (what: string, refused: Refused): readonly string[] =>
  Object.entries(refused).map(([coin, words]) => `${coin} ${what} (${words})`);
