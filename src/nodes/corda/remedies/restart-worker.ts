import { UserError } from '#src/domain/errors.ts';
import type { NotaryCluster, WorkerNow } from '#src/domain/notary-cluster.ts';
import type { Arguments, Remedy } from '#src/domain/remedy.ts';
import { IMPATIENT } from '#src/flagday/patience.ts';
import { turn, WAITS, type Waits, whyTooFew } from '#src/flagday/turn.ts';
import { spell } from '../../poll.ts';
import { clusterOf } from '../cluster.ts';

/** The others of a cluster are asked once more before it is stopped; they were asked when it was planned. */
const QUORUM_MS = 60_000;
const PLAN_MS = 15_000;

/** Restarts one worker of a notary: only while enough of the others work, and not over before it serves again. */
export function createRestartWorker({
  waits = { ...WAITS, quorumMs: QUORUM_MS },
  reach = clusterOf,
}: { readonly waits?: Waits; readonly reach?: typeof clusterOf } = {}): Remedy {
  return {
    id: 'restart-worker',
    summary:
      'Restarts one worker of a Corda notary, while enough of the others work, and sees it serve again',
    risk: 'medium',
    kinds: ['corda'],
    parameters: [
      {
        name: 'worker',
        summary: 'Id of the worker; the one that is not up when not said, where there is one',
      },
    ],
    // No takesDown: a cluster goes on without one of its workers, and the quorum is kept here.
    notHere(target, executor) {
      const cluster = reach(target, { executor, signal: NEVER });
      const missing = executor ? missingFor(cluster) : `Tocsin has no way into ${target.node.id}`;
      return missing && `${missing}: restart the worker by hand, while enough of the others work.`;
    },
    async plan(target, args, executors) {
      const signal = AbortSignal.timeout(PLAN_MS);
      const cluster = reach(target, { executor: executors(target.node), signal });
      const all = await cluster.look();
      const worker = workerOf(all, args);
      const missing = missingFor(cluster);
      if (missing !== undefined) throw new UserError(`Not to be restarted by Tocsin: ${missing}.`);
      const few = await whyTooFew({ cluster, worker });
      if (few !== undefined) throw new UserError(`Not now: ${few}.`);
      await cluster.requireAllowed([worker]);
      const now = all.find(({ id }) => id === worker);
      const isAlone = cluster.workers.length === 1;
      return {
        steps: [
          isAlone
            ? 'It is alone: nothing is notarised until it serves again'
            : `Count the other workers again: ${cluster.quorum} of ${cluster.workers.length} must be left`,
          `Restart ${worker} by ${cluster.restartWords(worker)}`,
          `Wait until another process of it runs and a check of the notary succeeds, with none that fails, at most ${spell(cluster.servesWithinMs)}`,
        ],
        bound: { worker, state: now?.state ?? 'unknown', started: now?.startedAt ?? 'not known' },
      };
    },
    async carryOut(carrying) {
      const { target, executors, signal, bound } = carrying;
      const cluster = reach(target, { executor: executors(target.node), signal });
      const worker = workerOf(
        cluster.workers.map((id) => ({ id, state: 'unknown' })),
        bound,
      );
      const of = { carrying, cluster: { ...cluster, supervised: false }, worker, waits };
      const { before, startedAt } = await turn({ ...of, patience: IMPATIENT, now: () => new Date() });
      const was =
        before.state === 'down'
          ? 'it did not run'
          : `before it ran since ${before.startedAt ?? 'a time not known'}`;
      return `${worker} serves again, started at ${startedAt ?? 'a time it does not tell'} (${was}).`;
    },
  };
}

export const restartWorker: Remedy = createRestartWorker();

const NEVER = new AbortController().signal;

const missingFor = ({ missing: { jolokia, restart } }: NotaryCluster): string | undefined =>
  jolokia ?? restart;

/** The worker that is meant; the only one, or the only one that is not up, when it is not said. Throws UserError. */
function workerOf(workers: readonly WorkerNow[], { worker }: Arguments): string {
  const there = workers.map(({ id }) => id).join(', ');
  if (worker !== undefined) {
    if (workers.some(({ id }) => id === worker)) return worker;
    throw new UserError(`There is no worker ${worker}: ${there}.`);
  }
  const candidates = workers.length === 1 ? workers : workers.filter(({ state }) => state !== 'up');
  const [only, another] = candidates;
  if (only && !another) return only.id;
  throw new UserError(`Say which worker is meant, worker=…: ${there}.`);
}
