import { UserError, wordsOf } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Plan, Remedy } from '#src/domain/remedy.ts';

import { spell } from '../../poll.ts';
import { requireAllowed } from '../../supervisors/index.ts';
import { connect as connectDaemon, type Connect } from '../connect.ts';
import { compareWith } from '../fork/common.ts';
import { executorOf } from '../process/identity.ts';
import {
  ANYWAY,
  answering,
  type Before,
  begin,
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
import { followReindex, REINDEX } from '../process/reindex.ts';
import { requireRoom, requireWhole, walletsOf } from '../process/reindexable.ts';
import { requireCalm, syncOf } from '../process/rpc-state.ts';
import { type Copy, copiesOf, copyOrder, copyWallets } from '../process/wallet-copy.ts';
import { whyNotHere } from '../process/supervisor.ts';
import { inWords } from '../refusal.ts';

export interface ResyncOptions extends Partial<Waits> {
  readonly connect?: Connect;
  /** Longest that a reindex is followed. */
  readonly followMs?: number;
  readonly now?: () => Date;
}

const HOUR_MS = 3_600_000;
const FOLLOW_MS = 12 * HOUR_MS;
/** Has a daemon read its own blocks anew, from the first: for an index that is damaged. */
export function createResync({
  connect = connectDaemon,
  followMs = FOLLOW_MS,
  now = () => new Date(),
  ...given
}: ResyncOptions = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'resync',
    summary: 'Stops the daemon, copies its wallet, starts it with -reindex and follows that to its end',
    risk: 'high',
    kinds: ['utxo'],
    takesDown: true,
    notHere: whyNotHere,
    parameters: [],
    boundMs: followMs + HOUR_MS,
    plan: (target, _args, executors) =>
      inWords(async () => planOf(target, executorOf(executors, target), { connect, waits, followMs, now })),
    carryOut: (carrying) =>
      inWords(async () => {
        const executor = executorOf(carrying.executors, carrying.target);
        return resynced({ carrying, executor, connect, waits }, followMs, now);
      }),
  };
}

export const resync: Remedy = createResync();

interface Planning {
  readonly connect: Connect;
  readonly waits: Waits;
  readonly followMs: number;
  readonly now: () => Date;
}

async function planOf(
  target: Target,
  executor: Executor,
  { connect, waits, followMs, now }: Planning,
): Promise<Plan> {
  const was = await found(executor, target);
  const rpc = was.instance && (await connect(target, { executor }));
  if (rpc) await requireCalm(rpc);
  const sync = rpc && requireWhole(await syncOf(rpc));
  const wallets = await walletsOf(target, executor, rpc);
  const orders = copiesOf(wallets, now()).map(copyOrder);
  await requireAllowed({ node: target.node, executor }, 'once', ...orders);
  const room = await requireRoom({ target, executor, rpc, sync, wallets });
  const { steps, bound } = await plannedStop(was, waits);
  const [started = ''] = await plannedStart(was, waits, REINDEX);
  return {
    steps: [
      ...steps,
      `Copy ${wallets.map(({ path }) => path).join(', ') || 'no wallet: it has none'} beside itself, under a name with the time, and compare the sizes`,
      `${started}; from the next start on it is without that word`,
      `Follow it until it has at least the blocks it had, at most ${spell(followMs)}`,
      'Compare its blocks with those of the coin’s other nodes',
    ],
    bound: { ...bound, wallets: wallets.map(({ path }) => path).join(', ') || 'none' },
    seen: { ...(sync && { Blocks: String(sync.blocks) }), 'Free on its disk': room },
  };
}

async function resynced(life: Life, followMs: number, now: () => Date): Promise<string> {
  const { carrying, executor, connect } = life;
  const { target, journal, signal } = carrying;
  const before = await identify(life);
  const copies = await journal.step('name the copies', async (): Promise<readonly Copy[]> => {
    const rpc = before.running ? await connect(target, { executor, signal }) : undefined;
    return copiesOf(await walletsOf(target, executor, rpc), now());
  });
  await stop(life, before);
  await copied(life, before, copies);
  const where = copies.map(({ to }) => to).join(', ');
  const anew = { ...before, blocks: 0 };
  await start(life, anew, REINDEX);
  const { words } = await verified(life, before, REINDEX);
  const blocks = await followReindex(life, before, followMs, where);
  const others = await journal.step('compare', () => compared(life, blocks));
  return `Reindexed: ${words}, at block ${blocks}${before.running ? `, before it was at ${before.blocks}` : ''}. ${others} The wallet’s copy: ${where}.`;
}

/** When the wallet cannot be copied, it is started as it was and nothing else is done. */
async function copied(life: Life, before: Before, copies: readonly Copy[]): Promise<void> {
  const { journal, signal } = life.carrying;
  const why = await journal.step(
    'copy the wallet',
    async (interrupted) => {
      try {
        await copyWallets(life, copies, interrupted);
        return '';
      } catch (error) {
        signal.throwIfAborted();
        if (!isVerdict(life, error)) throw error;
        return wordsOf(error);
      }
    },
    ANYWAY,
  );
  if (why === '') return;
  const back = { ...life, round: 'as it was' };
  await journal.step(
    'start as it was',
    async () => {
      await begin(back, before);
      return answering(back, before);
    },
    ANYWAY,
  );
  const { words } = await verified(life, before);
  throw new UserError(`Nothing was reindexed: ${why} It runs again as before (${words}).`);
}

/** In words. Throws UserError when most others have other blocks. */
async function compared({ carrying, executor, connect }: Life, blocks: number): Promise<string> {
  const { target, knowledge, signal } = carrying;
  const { coin } = target.service;
  const voices = coin === undefined ? [] : await knowledge?.voices?.hear(coin).catch(() => []);
  const rpc = await connect(target, { executor, signal });
  const { same, other, height } = await compareWith(voices ?? [], {
    rpc,
    blocks,
    node: target.node.id,
    now: new Date(),
  });
  if (same.length + other.length === 0)
    return 'Whether others have the same blocks is not known: nobody else told of this coin lately.';
  if (other.length === 0)
    return `${same.length} ${same.length === 1 ? 'other node has' : 'other nodes have'} the same block ${height}.`;
  const words = `${other.join(', ')} ${other.length === 1 ? 'has' : 'have'} another block than this daemon, ${same.length} the same, up to block ${height}`;
  if (other.length < same.length) return `${words}: they are on a fork.`;
  throw new UserError(`Reindexed, but ${words}. A person has to look which chain is valid.`);
}
