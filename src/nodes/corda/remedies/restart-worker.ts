import { UserError } from '#src/domain/errors.ts';
import type { NotaryCluster } from '#src/domain/notary-cluster.ts';
import type { Arguments, Remedy } from '#src/domain/remedy.ts';
import { IMPATIENT } from '#src/flagday/patience.ts';
import { turn, WAITS, type Waits, whyTooFew } from '#src/flagday/turn.ts';
import { spell } from '../../poll.ts';
import { clusterOf } from '../cluster.ts';

/** The others of a cluster are asked once more before it is stopped; they were asked when it was planned. */
const QUORUM_MS = 60_000;
const PLAN_MS = 15_000;

/** Restarts one worker of a notary: only while enough of the others work, and not over before it serves again. */
export function createRestartWorker(waits: Waits = { ...WAITS, quorumMs: QUORUM_MS }): Remedy {
  return {
    id: 'restart-worker',
    summary:
      'Restarts one worker of a Corda notary, while enough of the others work, and sees it serve again',
    risk: 'medium',
    kinds: ['corda'],
    parameters: [{ name: 'worker', summary: 'Id of the worker, where the notary is a cluster' }],
    async plan(target, args, executors) {
      const signal = AbortSignal.timeout(PLAN_MS);
      const cluster = clusterOf(target, { executor: executors(target.node), signal });
      const worker = workerOf(cluster, args);
      const [missing] = cluster.missing.filter((words) => !words.includes('networkMap'));
      if (missing !== undefined) throw new UserError(`Not to be restarted by Tocsin: ${missing}.`);
      const few = await whyTooFew({ cluster, worker });
      if (few !== undefined) throw new UserError(`Not now: ${few}.`);
      const now = (await cluster.look()).find(({ id }) => id === worker);
      const isAlone = cluster.workers.length === 1;
      return {
        steps: [
          isAlone
            ? 'It is alone: nothing is notarised until it serves again'
            : `Count the other workers again: ${cluster.quorum} of ${cluster.workers.length} must be left`,
          `Restart ${worker} by ${cluster.restartWords(worker)}`,
          `Wait until another process of it runs and a check of the notary succeeds, with none that fails, at most ${spell(waits.gateMs)}`,
        ],
        bound: { worker, state: now?.state ?? 'unknown', started: now?.startedAt ?? 'not known' },
      };
    },
    async carryOut(carrying) {
      const { target, executors, signal, args } = carrying;
      const cluster = clusterOf(target, { executor: executors(target.node), signal });
      const worker = workerOf(cluster, args);
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

/** Throws UserError. */
export function workerOf({ workers }: Pick<NotaryCluster, 'workers'>, { worker }: Arguments): string {
  const [only, another] = workers;
  if (worker === undefined && only !== undefined && another === undefined) return only;
  if (worker !== undefined && workers.includes(worker)) return worker;
  const there = workers.join(', ');
  throw new UserError(
    worker === undefined ? `Say worker=…: ${there}.` : `There is no worker ${worker}: ${there}.`,
  );
}
