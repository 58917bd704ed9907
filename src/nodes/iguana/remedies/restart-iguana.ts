import { UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Carrying, Knowledge, Remedy } from '#src/domain/remedy.ts';

import { noHands } from '../../hands.ts';
import type { NotaryWallets } from '../../notary-wallet.ts';
import { poll, spell } from '../../poll.ts';
import { requireAllowed } from '../../supervisors/index.ts';
import { type PostTo, postWithin } from '../post-there.ts';
import { type Restart, settingsOf } from '../settings.ts';
import { addCoins, inOrder, type Refused, startDpow } from '../setup/coins.ts';
import { introduce } from '../setup/introduce.ts';
import { processOf, runOnce, waitAnswers, type Waits, type Was, wasOf, waitGone } from '../setup/process.ts';
import { noWay, type Site, siteOf } from '../setup/site.ts';
import { type Beside, notarised, requireCalm, walletsBeside } from '../setup/wallets.ts';

interface RestartWaits extends Waits {
  /** Longest wait for a coin that was added to be ready for its dPoW. */
  readonly readyMs: number;
  /** How long a new notarisation is watched for. */
  readonly watchMs: number;
  readonly watchEveryMs: number;
}

export interface RestartIguanaOptions extends Partial<RestartWaits> {
  readonly postTo?: PostTo | undefined;
  readonly wallets?: NotaryWallets | undefined;
}

/** It serves one call at a time, and adding a coin takes its time. */
const CALL_MS = 20_000;
const WAITS: RestartWaits = {
  everyMs: 1_000,
  goneMs: 120_000,
  answersMs: 120_000,
  programMs: 60_000,
  readyMs: 120_000,
  watchMs: 20 * 60_000,
  watchEveryMs: 15_000,
};

/** The rest is taken also when the run is to be cancelled: an iguana that is down notarises nothing. */
const ANYWAY = { anyway: true };

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

function wordsFor({ target: { service }, settings: { restart } }: Site) {
  const why = untold(restart, service.pubkey);
  if (restart && service.pubkey !== undefined) return { restart, pubkey: service.pubkey };
  throw new UserError(why ?? '');
}

function untold(restart: Restart | undefined, pubkey: string | undefined): string | undefined {
  const by = 'restart it on the node by its m_notary script, then see that every dPoW is on';
  if (!restart)
    return `The fleet file does not say how this iguana is stopped and started (key restart): ${by}.`;
  if (pubkey === undefined)
    return `The fleet file has no pubkey of this iguana, which iguana/dpow needs: ${by}.`;
  return undefined;
}

interface Planned {
  readonly site: Site;
  readonly restart: Restart;
  readonly pubkey: string;
  readonly was: Was;
  readonly beside: readonly Beside[];
}

function planOf({ site, restart, pubkey, was, beside }: Planned, waits: RestartWaits) {
  const { notaries, coins } = site.settings;
  const added = inOrder(Object.keys(restart.addcoin));
  const services = beside.map(({ service }) => service).join(', ');
  return {
    steps: [
      was ? `Run ${restart.stop.join(' ')} on the node, once` : 'It does not run: nothing to stop',
      ...(was
        ? [`Wait for its process ${was.pid} to go, at most ${spell(waits.goneMs)}; it is never forced`]
        : []),
      services
        ? `Unlock the outputs of its own key that it left locked in ${services}; no other's`
        : 'Locked outputs stay as they are: no daemon of its coins is in the fleet file on this node',
      `Run ${restart.start.join(' ')} on the node, once; wait until it answers, at most ${spell(waits.answersMs)}`,
      `Tell it the addresses of ${Object.keys(notaries).length} notaries`,
      added.length > 0
        ? `Add its coins: ${added.join(', ')}`
        : 'No coins are added: the fleet file describes none',
      restart.unlock
        ? `Unlock its wallet by ${restart.unlock.join(' ')} on the node; the passphrase stays there`
        : 'Its wallet is not unlocked: the fleet file names no program for it',
      `Start the dPoW of ${inOrder(coins).join(', ')}, in this order`,
      services
        ? `Watch for a new notarisation, at most ${spell(waits.watchMs)}, and say whether one was seen`
        : 'Whether it notarises is not watched for',
    ],
    bound: {
      process: was ? `pid ${was.pid}, began ${was.startedAt}` : 'not running',
      pubkey,
      notaries: Object.values(notaries).join(' ') || 'none',
      'own address': restart.address ?? 'not told',
      // What a coin is added with fills pages: told apart, not shown.
      coins: keyOf('coins', JSON.stringify([restart.addcoin, restart.freq])),
    },
  };
}

interface Means {
  readonly postTo: PostTo;
  readonly wallets: NotaryWallets | undefined;
  readonly waits: RestartWaits;
}

async function restartIguana(carrying: Carrying, { postTo, wallets, waits }: Means): Promise<string> {
  const { target, executors, journal, signal, progress } = carrying;
  const knowledge: Knowledge | undefined = carrying.knowledge;
  const site = siteOf(target, executors, { postTo, signal });
  const { restart, pubkey } = wordsFor(site);
  const beside = await walletsBeside(site, { wallets, knowledge, signal });

  const before = await journal.step('look', async () => {
    await requireCalm(beside, pubkey);
    return { was: wasOf(await processOf(site)), notarised: await notarised(beside) };
  });
  const { was } = before;
  if (was) {
    await journal.step('stop', async () => {
      await progress('stopping it');
      return runOnce(site, carrying, { what: 'stop', argv: restart.stop }, waits);
    });
    await journal.step(
      'wait for its end',
      async () => {
        await progress(`waiting for process ${was.pid} to go`);
        await waitGone(site, was, carrying, waits);
        return was.pid;
      },
      ANYWAY,
    );
  }
  const freed = await journal.step('unlock its outputs', () => free(beside, { site, pubkey, was }), ANYWAY);
  await journal.step(
    'start',
    async () => {
      await progress('starting it');
      const there = await processOf(site);
      if (there && !isSame(there, was)) return 'it runs already';
      await runOnce(site, carrying, { what: 'start', argv: restart.start }, waits);
      return 'started';
    },
    ANYWAY,
  );
  const pid = await journal.step(
    'wait for its answer',
    async () => {
      await waitAnswers(site, carrying, waits);
      const now = await processOf(site);
      if (was && now && isSame(now, was)) {
        throw new UserError(`The same process ${was.pid} still runs: it was not restarted.`);
      }
      return now?.pid ?? 0;
    },
    ANYWAY,
  );
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
  await journal.step('unlock its wallet', () => unlockWallet(site, carrying, restart, waits), ANYWAY);
  const dpow = await journal.step(
    'start dPoW',
    async () => {
      await progress('starting its dPoW');
      const { readyMs, everyMs } = waits;
      return startDpow(site.iguana, {
        coins: site.settings.coins,
        freq: restart.freq,
        pubkey,
        signal,
        readyMs,
        everyMs,
      });
    },
    ANYWAY,
  );
  const seen = await journal.step('watch for a notarisation', () =>
    watch(beside, before.notarised, carrying, waits),
  );
  await waitAnswers(site, carrying, waits);
  const done = `Runs again${pid > 0 ? `, pid ${pid}` : ''} (${was ? `was ${was.pid}` : 'it was down'}): ${told} notaries told, ${freed} outputs freed, dPoW of ${site.settings.coins.length - Object.keys(dpow).length} of ${site.settings.coins.length} coins started.`;
  const faults = [...refusedWords('not added', coins), ...refusedWords('no dPoW', dpow)];
  if (faults.length === 0) return `${done} ${seen}`;
  throw new UserError(`${done} ${seen} But: ${faults.join('; ')}. The rest works: see to these by hand.`);
}

const isSame = (process: { readonly pid: number; readonly startedAt: string }, was: Was): boolean =>
  was !== null && process.pid === was.pid && process.startedAt === was.startedAt;

/** Only while it is down: a running iguana locks what it is about to spend. */
async function free(
  beside: readonly Beside[],
  { site, pubkey, was }: { site: Site; pubkey: string; was: Was },
): Promise<number> {
  const now = await processOf(site);
  if (now && !isSame(now, was)) return 0;
  let freed = 0;
  for (const { wallet } of beside) freed += await wallet.unlock(pubkey);
  return freed;
}

/** Unlocking what is unlocked changes nothing: where it is not known how the program ended, it is run once more. */
async function unlockWallet(
  site: Site,
  carrying: Carrying,
  { unlock }: Restart,
  waits: Waits,
): Promise<string> {
  if (!unlock) return 'not asked for';
  await carrying.progress('unlocking its wallet');
  const orElse =
    'its wallet is locked, and no dPoW was started. Unlock it on the node, then request restart-iguana again.';
  for (const what of ['unlock', 'unlock-again']) {
    if (await runOnce(site, carrying, { what, argv: unlock, orElse }, waits)) return 'unlocked';
  }
  throw new UserError(`How ${unlock[0]} ended is not known: ${orElse}`);
}

/** Whether a wallet paid for a notarisation since; that none did yet is no failure: rounds take their time. */
async function watch(
  beside: readonly Beside[],
  before: Readonly<Record<string, number>>,
  { progress, signal }: Carrying,
  { watchMs, watchEveryMs }: RestartWaits,
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

const refusedWords = (what: string, refused: Refused): readonly string[] =>
  Object.entries(refused).map(([coin, words]) => `${coin} ${what} (${words})`);
