import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Survey } from '#src/domain/flagday.ts';
import {
  type NotaryCluster,
  type NotaryClusters,
  type WorkerNow,
  parametersHash,
} from '#src/domain/notary-cluster.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { poll } from '#src/nodes/poll.ts';

import { type PatienceNeeds, patienceOf } from './patience.ts';
import { inOrder, lacking, survey } from './survey.ts';
import { type Before, turn, WAITS, type Waits } from './turn.ts';

export const FLAG_DAY = 'flag-day';

export interface FlagDayOptions extends PatienceNeeds {
  readonly clusters: NotaryClusters;
  readonly waits?: Waits | undefined;
}

/** A flag day is asked for and approved before it comes. */
const COMES_MS = 12 * 3_600_000;
const NEVER = new AbortController().signal;
const BOUND_MS = 24 * 3_600_000;
const PLAN_MS = 15_000;
/** Between two looks at the network map. */
const MAP_EVERY_MS = 10_000;

/**
 * A flag day is a remedy like any other: so it has its approval, its digest, its fence, its journal, its audit, its
 * message and its cancelling from the remediation, and is taken up by whoever works next. What is its own is kept in
 * one record beside the request: whether it is paused.
 */
export function createFlagDay({ clusters, waits = WAITS, ...people }: FlagDayOptions): Remedy {
  const clusterOf = (target: Carrying['target'], signal: AbortSignal): NotaryCluster => {
    const cluster = clusters(target, signal);
    if (cluster) return cluster;
    throw new UserError(`${target.service.id} on ${target.node.id} is no Corda notary.`);
  };
  return {
    id: FLAG_DAY,
    summary:
      'After the flag day of network parameters: restarts the workers of a notary, one after the other, with a look at its health between',
    risk: 'medium',
    kinds: ['corda'],
    parameters: [
      { name: 'hash', summary: 'The new parameters; those that the network map announces when not said' },
    ],
    boundMs: BOUND_MS,
    notHere(target, executor) {
      const cluster = clusters(target, NEVER);
      const [missing] = cluster ? lacking(cluster) : [];
      if (executor && missing === undefined) return undefined;
      return `${missing ?? `Tocsin has no way into ${target.node.id}`}: it cannot carry out a flag day there.`;
    },
    async plan(target, { hash }, _executors) {
      const cluster = clusterOf(target, AbortSignal.timeout(PLAN_MS));
      const found = await survey({
        node: target.node.id,
        service: target.service.id,
        cluster,
        hash: parametersHash(hash),
      });
      const [obstacle] = found.obstacles;
      if (obstacle !== undefined) throw new UserError(`No flag day to begin: ${obstacle}.`);
      if (!found.supervised) await cluster.requireAllowed(cluster.workers);
      return planOf(found, cluster, waits);
    },
    async carryOut(carrying) {
      const cluster = clusterOf(carrying.target, carrying.signal);
      const hash = parametersHash(carrying.bound['parameters']);
      if (hash === undefined)
        throw new UserError('Which parameters it is for is not on record: ask for it anew.');
      return await carryOut({ carrying, cluster, hash, waits, people });
    },
  };
}

/** Says the rule, not the order of now: polls go on until it begins, and an approval must not be void for that. */
function planOf(found: Survey, cluster: NotaryCluster, { quorumMs }: Waits): Plan {
  const { update, quorum, workers, supervised } = found;
  const count = workers.length;
  const serves = `Wait, at most ${durationInWords(cluster.servesWithinMs)}, until it runs with ${update?.hash ?? ''} and a check of the notary succeeds, with none that fails`;
  const steps = supervised
    ? [
        'Restart nothing: the workers are supervised, each ends at its next poll and is started again',
        `See each of them come back, in the order of their polls. ${serves}`,
      ]
    : [
        count === 1
          ? 'Restart it at once: a notary alone cannot be restarted without a time in which nothing is notarised'
          : 'Put the workers in order: the one that polled the network map most recently comes last',
        ...(count === 1
          ? []
          : [
              `One after the other: count the others now and go on only if ${quorum} of ${count} are left; wait for that ${durationInWords(quorumMs)} at most`,
            ]),
        `Restart it: ${workers
          .map(({ id }) => id)
          .toSorted()
          .map((id) => `${id} by ${cluster.restartWords(id)}`)
          .join('; ')}`,
        serves,
      ];
  return {
    steps: [
      `Wait until the network has switched to ${update?.hash ?? ''}, at most ${durationInWords(COMES_MS)}`,
      ...steps,
      'At the first doubt stop, call people, and wait for flagday resume or flagday abort',
    ],
    bound: {
      parameters: update?.hash ?? '',
      workers: workers
        .map(({ id }) => id)
        .toSorted()
        .join(' '),
      quorum: `${quorum} of ${count}`,
    },
    seen: {
      'Flag day': found.come ? 'has come' : `not before ${update?.deadline ?? 'a time nobody told'}`,
      'Order now': workers.map(({ id, because }) => `${id}: ${because}`).join('\n'),
      'Not known': workers
        .flatMap(({ id, unknown }) =>
          unknown === undefined ? [] : [`whether ${id} accepted it (${unknown})`],
        )
        .join('; '),
      'Polls coincide': found.coincide ?? '',
    },
  };
}

interface Day {
  readonly carrying: Carrying;
  readonly cluster: NotaryCluster;
  readonly hash: string;
  readonly waits: Waits;
  readonly people: PatienceNeeds;
}

async function carryOut({ carrying, cluster, hash, waits, people }: Day): Promise<string> {
  const { journal } = carrying;
  const patience = patienceOf(carrying, people);
  const { pollSeconds } = await journal.step('wait for the flag day', () =>
    flagDay({ carrying, cluster, hash, waits, people }),
  );
  const order = await journal.step('put the workers in order', async () => {
    const places = await inOrder(cluster, pollSeconds);
    await carrying.log(places.map(({ id, because }) => `${id}: ${because}`).join('\n'));
    return places.map(({ id, now }) => ({ id, now }));
  });
  const done: { readonly id: string; readonly before: Before; readonly startedAt?: string }[] = [];
  for (const [index, { id, now: since }] of order.entries()) {
    await carrying.progress(`${id}, ${index + 1} of ${order.length}`);
    const started = done.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [Date.parse(startedAt)]));
    const of = { carrying, cluster, worker: id, waits, patience, now: people.now };
    done.push({ id, ...(await turn({ ...of, since, hash, started, pollSeconds })) });
  }
  const all = await journal.step('see all of them serve', () => cluster.look(), { anyway: true });
  return report(all, done, { hash, cluster });
}

/** Waits until the network map has switched. Throws UserError when that does not come, or something else does. */
async function flagDay({ carrying, cluster, hash, waits, people }: Day): Promise<{ pollSeconds: number }> {
  const { signal } = carrying;
  const { isCancelled } = patienceOf(carrying, people);
  const look = async (): Promise<{ pollSeconds: number } | 'cancelled' | undefined> => {
    if (await isCancelled()) return 'cancelled';
    const network = await cluster.network();
    if (network.current === hash) return { pollSeconds: network.pollSeconds ?? 0 };
    if (network.update && network.update.hash !== hash) {
      throw new UserError(
        `The network announces other parameters by now (${network.update.hash}): nothing was done. Ask for that flag day.`,
      );
    }
    await carrying.progress(
      `waits for the flag day: the network still has ${network.current}${network.update?.deadline ? `, it comes after ${network.update.deadline}` : ''}`,
    );
    return undefined;
  };
  const everyMs = Math.min(MAP_EVERY_MS, waits.everyMs * 5);
  const seen = await poll(() => look().catch(later(carrying)), { everyMs, withinMs: COMES_MS, signal });
  if (seen === 'cancelled') return { pollSeconds: 0 };
  if (seen) return seen;
  throw new UserError(
    `The flag day did not come within ${durationInWords(COMES_MS)}: nothing was done. Ask for it again.`,
  );
}

/** A network map that does not answer now is asked again. */
const later =
  ({ progress, signal }: Carrying) =>
  async (error: unknown): Promise<undefined> => {
    signal.throwIfAborted();
    if (!(error instanceof OutsideError)) throw error;
    await progress(`waits for the flag day: ${error.message}`);
  };

function report(
  all: readonly WorkerNow[],
  done: readonly { readonly id: string; readonly before: Before }[],
  { hash, cluster }: { readonly hash: string; readonly cluster: NotaryCluster },
): string {
  const up = all.filter(({ state }) => state === 'up').length;
  const exits = done.flatMap(({ id, before: { exitCode } }) =>
    exitCode === undefined
      ? []
      : [
          `${id} had ended by itself with exit code ${exitCode}${exitCode === 1 ? ': it had not accepted them' : ''}`,
        ],
  );
  const words = [
    `${up} of ${all.length} workers serve after the flag day of ${hash}; their order was ${done.map(({ id }) => id).join(', ')}`,
    ...exits,
  ].join('; ');
  if (up >= cluster.quorum) return `${words}.`;
  throw new UserError(`${words}; ${cluster.quorum} have to work: look at those that do not.`);
}
