import { OutsideError, UserError, wordsOf, unstopped } from '#src/domain/errors.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';

import { poll, spell } from '../../poll.ts';
import { cliThere, connect as connectDaemon, type Connect, LARGE_WALLET_MS } from '../connect.ts';
import { executorOf } from '../process/identity.ts';
import {
  type Before,
  found,
  identify,
  isVerdict,
  type Life,
  plannedStart,
  plannedStop,
  start,
  stop,
  verified,
  WAITS,
  type Waits,
} from '../process/life.ts';
import { inWords } from '../refusal.ts';
import type { Rpc } from '../rpc.ts';
import { isWarmingUp } from '../rpc-error.ts';
import { backUp } from '../wallet/backup.ts';
import { bundled } from '../wallet/bundling.ts';
import { coins } from '../wallet/coins.ts';
import { CONSOLIDATION_DEFAULTS, consolidationGoal } from '../wallet/consolidation.ts';
import { sum } from '../wallet/funds.ts';
import { readHoldings, requireSettled } from '../wallet/holdings.ts';
import { ownAddresses } from '../wallet/addresses.ts';
import { exportKeys, type KeyRing, proveKeys } from '../wallet/keys.ts';
import { requireRoom } from '../wallet/place.ts';
import {
  birthday,
  byHand,
  cliOn,
  type Ground,
  lies,
  survey,
  wantedHeight,
  whyNoCli,
} from '../wallet/reset/ground.ts';
import { move } from '../wallet/reset/moving.ts';
import { difference, type Due, ensureWallet, fill, hasNothingNew } from '../wallet/reset/renewal.ts';
import { PATIENCE, type Patience } from '../wallet/patience.ts';

export interface ResetOptions extends Partial<Waits & Patience> {
  readonly connect?: Connect;
  /** Longest search through the chain. */
  readonly scanMs?: number;
  /** How long a daemon or a machine that does not answer is asked again before that is a doubt. */
  readonly steadyMs?: number;
}

const BOUND_MS = 6 * 60 * 60_000;
/** Each address of the wallet is looked at, over SSH one after the other. */
const PLAN_MS = 2 * 60_000;

const ANYWAY = { anyway: true };

/**
 * Gives a daemon a new wallet with the same keys and none of the old transactions. The old one is moved aside, never
 * deleted; the keys do not leave the node. It stops at the first doubt.
 */
export function createResetWallet({ connect = connectDaemon, ...given }: ResetOptions = {}): Remedy {
  const options = { ...PATIENCE, ...WAITS, scanMs: 4 * 60 * 60_000, steadyMs: 120_000, ...given };
  return {
    id: 'reset-wallet',
    summary: 'Gives the daemon a new wallet with the same keys; the old one is kept aside',
    risk: 'high',
    kinds: ['utxo'],
    takesDown: true,
    boundMs: BOUND_MS,
    planMs: PLAN_MS,
    parameters: [
      {
        name: 'height',
        summary: 'The block from which on the new wallet looks for its funds (below the oldest of them)',
      },
      { name: 'target', summary: 'How many unspent outputs there shall be at most before it (100)' },
      { name: 'fee', summary: 'What bringing them together may cost in all, in coins (0.01)' },
    ],
    defaults: { ...CONSOLIDATION_DEFAULTS, height: '' },
    notHere: (target, executor) =>
      executor === undefined
        ? `Tocsin has no way into the machine of ${target.node.id}: a person makes the new wallet there.`
        : cliThere(target)
          ? undefined
          : whyNoCli(target),
    plan: (target, args, executors) =>
      inWords(async () => {
        const executor = executorOf(executors, target);
        cliOn(target);
        const goal = consolidationGoal(args);
        wantedHeight(args['height']);
        const was = await found(executor, target);
        if (!was.instance)
          throw new UserError(
            'The daemon does not run: a reset begins with what its wallet holds. Start it first.',
          );
        const rpc = await connect(target, { executor });
        const { ground, held } = await survey({ rpc, target, executor });
        await requireRoom({ target, executor }, ground.place, ground.place.bytes * 2);
        const from = await birthday(rpc, held, { ...args, height: '' });
        const { steps: stopping, bound } = await plannedStop(was, options);
        const { place, addresses } = ground;
        return {
          steps: [
            `Export the keys of ${addresses.length} addresses on the node itself (tocsin-keys), into a file of mode 600 beside ${place.folder}; they are never shown and never leave it`,
            'Prove each: it signs for its address',
            'Have the daemon copy the wallet, under a new name',
            `Bring unspent outputs together until ${goal.most} are left, for at most ${coins(goal.feeSats)} in fees, and wait for the confirmations`,
            'Note every unspent output; see again that the key of each is exported',
            ...stopping,
            `Move ${place.whole} aside; it is never deleted`,
            ...(await plannedStart(was, options)),
            `Import the keys into a new wallet, and have it look through the chain from block ${args['height'] || 'the oldest of its funds'} on, at most ${spell(options.scanMs)}`,
            'See that it has every key, every unspent output and the whole balance; at any doubt put the old wallet back, unless the new one has received something',
          ],
          bound: {
            ...bound,
            wallet: place.whole,
            fee: `at most ${coins(goal.feeSats)}`,
            target: String(goal.most),
            height: args['height'] || 'the oldest of its funds',
          },
          seen: {
            'The file now': `${(place.bytes / 1e6).toFixed(1)} MB`,
            'Unspent outputs': `${held.outputs.length}, ${coins(sum(held.outputs))} in all; mined and not ripe: ${coins(held.immatureSats)}`,
            'Oldest of its funds': `about block ${from}`,
          },
        } satisfies Plan;
      }),
    carryOut: (carrying) =>
      inWords(() => {
        const executor = executorOf(carrying.executors, carrying.target);
        return reset({ carrying, executor, connect, waits: options }, options);
      }),
  };
}

export const resetWallet: Remedy = createResetWallet();

type Options = Patience & { readonly scanMs: number; readonly steadyMs: number };

async function reset(life: Life, options: Options): Promise<string> {
  const { carrying, executor } = life;
  const { target, journal } = carrying;
  const rpc = await reached(life);
  const ground = await journal.step('look', async () => (await survey({ rpc, target, executor })).ground);
  const ring = ringOf(life, ground);
  let backup: string | undefined;
  const intact = (): string =>
    `Nothing was stopped, nothing was moved. ${lies(ground, { moved: false, backup })}`;
  const prepared = await told(carrying, intact, async () => {
    const digest = await journal.step('export keys', async () => {
      await carrying.progress(`exporting the keys of ${ground.addresses.length} addresses, on the node`);
      return exportKeys(ring, ground.addresses);
    });
    await journal.step('prove keys', async () => {
      await carrying.progress('proving each of them');
      if ((await proveKeys(ring, ground.addresses)) === digest) return digest;
      throw new UserError('The file of exported keys was changed since they were exported.');
    });
    await carrying.log(`The exported keys lie at ${ground.keys} on ${target.node.id}.`);
    const copy = await journal.step('back up', async () => {
      await carrying.progress('copying the wallet');
      return backUp({ rpc, target, executor }, ground.place);
    });
    backup = copy.path;
    await carrying.log(`A copy of the wallet is at ${copy.path}.`);
    const { feeSats } = await bundled(rpc, carrying, {
      goal: consolidationGoal(carrying.args),
      patience: options,
    });
    const due = await journal.step('note', () => noted(life, rpc, ground));
    return { digest, feeSats, due, before: await identify(life) };
  });
  const { due, before } = prepared;
  await told(
    carrying,
    () => lies(ground, { moved: false, backup }),
    () => stop(life, before),
  );
  await moveAside(life, { ground, before, backup });
  const doubt = await journal.step(
    'new wallet',
    () => renewed(life, { ...prepared, ground, ring, options }),
    ANYWAY,
  );
  if (doubt !== '') return goBack(life, { ground, due, before, backup, doubt, options });
  const { words } = await verified(life, before);
  const cost =
    prepared.feeSats > 0 ? `, after ${coins(prepared.feeSats)} in fees for bringing them together` : '';
  return (
    `A new wallet runs (${words}): it has all ${ground.addresses.length} keys and every one of ${due.outputs.length} unspent outputs, ` +
    `${coins(sum(due.outputs) + due.immatureSats)} in all${cost}. ${lies(ground, { moved: true, backup })} ` +
    'Once you trust the new one, take the old files and the keys off this machine, to a safe place.'
  );
}

const reached = ({ carrying: { target, signal }, executor, connect }: Life): Promise<Rpc> =>
  connect(target, { executor, signal, timeoutMs: LARGE_WALLET_MS });

const ringOf = ({ carrying, executor }: Life, { keys }: Ground): KeyRing => ({
  executor,
  node: carrying.target.node,
  cli: cliOn(carrying.target),
  file: keys,
  cause: carrying.request,
  signal: carrying.signal,
});

/** What fails for a reason of the world's is told together with where everything lies. */
async function told<T>(carrying: Carrying, where: () => string, deed: () => Promise<T>): Promise<T> {
  try {
    return await inWords(deed);
  } catch (error) {
    if (carrying.signal.aborted) throw error;
    const words = `${ended(wordsOf(error))} ${where()}`;
    if (isFinal(carrying, error)) throw new UserError(words, { cause: error });
    if (!(error instanceof OutsideError)) throw error;
    const { system, reason, maybeDone } = error;
    throw new OutsideError(system, reason, words, { maybeDone, cause: error });
  }
}

/** Whether it stands against the deed, and is not just that there is no way to the machine now. */
const isFinal = ({ executors, target }: Carrying, error: unknown): error is Error =>
  isVerdict({ executor: executorOf(executors, target) }, error);

const ended = (words: string): string => `${unstopped(words)}.`;

/** What the wallet holds at the last moment, and that the key of all of it is exported. */
async function noted({ carrying }: Life, rpc: Rpc, { addresses }: Ground): Promise<Due> {
  await carrying.progress('noting every unspent output');
  const held = await readHoldings(rpc);
  await requireSettled(rpc, held);
  const known = new Set(addresses);
  const other = (await ownAddresses(rpc, carrying.target, held)).find((address) => !known.has(address));
  if (other !== undefined) {
    throw new UserError(
      `The wallet has a new address since its keys were exported (${other}): request it again.`,
    );
  }
  const from = await birthday(rpc, held, carrying.args);
  return { outputs: held.outputs, immatureSats: held.immatureSats, from };
}

interface Moving {
  readonly ground: Ground;
  readonly before: Before;
  readonly backup: string | undefined;
}

/** Where that fails, the wallet is where it was: the daemon is started with it again. */
async function moveAside(life: Life, { ground, before, backup }: Moving): Promise<void> {
  const { carrying } = life;
  const { place, aside } = ground;
  const doubt = await carrying.journal.step(
    'move the wallet aside',
    () =>
      doubted(carrying, async () => {
        await carrying.progress(`moving the wallet to ${aside}`);
        await move(life, place, { from: place.whole, to: aside, name: 'aside' });
      }),
    ANYWAY,
  );
  if (doubt === '') return;
  const where = () => `${ended(doubt)} ${lies(ground, { moved: false, backup })}`;
  await told(carrying, where, () => start(life, before));
  throw new UserError(
    `${ended(doubt)} The daemon runs again with the wallet as it was. ${lies(ground, { moved: false, backup })}`,
  );
}

/** Does a deed; what the world has against it is returned in words, to be kept on record. */
async function doubted(carrying: Carrying, deed: () => Promise<string | void>): Promise<string> {
  try {
    return (await inWords(deed)) ?? '';
  } catch (error) {
    if (!isFinal(carrying, error) || carrying.signal.aborted) throw error;
    return wordsOf(error);
  }
}

interface Renewal {
  readonly ground: Ground;
  readonly due: Due;
  readonly before: Before;
  readonly digest: string;
  readonly ring: KeyRing;
  readonly options: Options;
}

/** Starts it, gives it the keys, compares. Empty = no doubt. */
function renewed(life: Life, { ground, due, before, digest, ring, options }: Renewal): Promise<string> {
  const { carrying } = life;
  return doubted(carrying, async () => {
    await start(life, before);
    const rpc = await reached(life);
    await steady(life, options, () => ensureWallet(rpc, ground.place.name));
    await steady(life, options, () => fill({ life, rpc, ground, due, ring, digest, scanMs: options.scanMs }));
    await carrying.progress('comparing keys, outputs and balance');
    return steady(life, options, () => difference(rpc, ground, due));
  });
}

/** Asks again for a while when nothing answers: that alone is no doubt. */
async function steady<T>(
  { carrying: { signal }, waits }: Life,
  { steadyMs }: Options,
  deed: () => Promise<T>,
): Promise<T> {
  let last: unknown;
  const attempt = async (): Promise<{ readonly result: T } | undefined> => {
    try {
      return { result: await deed() };
    } catch (error) {
      const passes = isWarmingUp(error) || (error instanceof OutsideError && error.retryable);
      if (!passes || signal.aborted) throw error;
      last = error;
      return undefined;
    }
  };
  const done = await poll(attempt, { everyMs: waits.everyMs, withinMs: steadyMs, signal });
  if (done) return done.result;
  throw last;
}

interface Back extends Moving {
  readonly due: Due;
  readonly doubt: string;
  readonly options: Options;
}

/** Puts the old wallet back, while the new one has nothing that the old one had not. Always throws UserError with what is true then. */
async function goBack(life: Life, { ground, due, before, backup, doubt, options }: Back): Promise<never> {
  const { carrying } = life;
  const { journal } = carrying;
  const { place, aside, givenUp } = ground;
  const again: Life = { ...life, round: 'for the way back', anyway: true };
  const moved = `${lies(ground, { moved: true, backup })} ${byHand(ground)}`;
  const why = await journal.step(
    'weigh the way back',
    async () =>
      doubted(carrying, async () => {
        await carrying.progress(`${doubt}: seeing whether the old wallet can be put back`);
        const mayGo = await steady(life, options, () => isGivenUpSafely(life, ground, due));
        return mayGo ? '' : 'the new wallet has received something that the old one never had';
      }),
    ANYWAY,
  );
  if (why !== '')
    throw new UserError(`${ended(doubt)} The old wallet was not put back by itself: ${ended(why)} ${moved}`);
  await told(
    carrying,
    () => `${ended(doubt)} ${moved}`,
    async () => {
      const then = await identify(again);
      await stop(again, then);
      await journal.step('move the new wallet away', () => moveIfThere(life, ground), ANYWAY);
      const back = { from: aside, to: place.whole, name: 'back' };
      await journal.step('put the old wallet back', () => move(life, place, back), ANYWAY);
      await start(again, { ...before, blocks: then.blocks });
    },
  );
  const rpc = await reached(life);
  const left = await doubted(carrying, () => steady(life, options, () => difference(rpc, ground, due)));
  if (left !== '')
    throw new UserError(
      `${ended(doubt)} The old wallet was put back, but: ${ended(left)} ${lies(ground, { moved: false, backup })}`,
    );
  throw new UserError(
    `${ended(doubt)} The old wallet was put back and runs: it has every key, every output and the whole balance. The new one was given up: ${givenUp}. ${lies(ground, { moved: false, backup })}`,
  );
}

/** Nothing is lost when the new wallet goes: it received nothing, or there is none yet. */
async function isGivenUpSafely(life: Life, { place }: Ground, due: Due): Promise<boolean> {
  const { carrying, executor } = life;
  const { target } = carrying;
  const { instance } = await found(executor, target);
  if (!instance && (await executor.fileBytes(target.node, place.file)) === undefined) return true;
  return hasNothingNew(await reached(life), due);
}

async function moveIfThere(life: Life, { place, givenUp }: Ground): Promise<string> {
  const { carrying, executor } = life;
  if ((await executor.fileBytes(carrying.target.node, place.whole)) === undefined) return 'there was none';
  await move(life, place, { from: place.whole, to: givenUp, name: 'given up' });
  return givenUp;
}
