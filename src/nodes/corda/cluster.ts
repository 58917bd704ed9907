import { parseDuration } from '#src/domain/duration.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Executors, Ran } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type {
  Counts,
  Known,
  NotaryCluster,
  NotaryClusters,
  RanFor,
  WorkerNow,
} from '#src/domain/notary-cluster.ts';
import { requireAllowed } from '../supervisors/index.ts';
import { countedAt } from './health-check.ts';
import { type Get, getFrom } from './http.ts';
import { readNetworkMap } from './network-map.ts';
import { differenceBetween, readParameters } from './network-parameters.ts';
import { parametersOf } from './parameters.ts';
import { lastPoll } from './polls.ts';
import { type Argv, quorumOf, settingsOf, type Worker, workersOf } from './settings.ts';
import { thresholdOf } from './thresholds.ts';
import { lookAtWorker, type WorkerSeen } from './workers.ts';

/** A health check of each worker is enough at once, and none of them hangs for long. */
const MOST_IN_FLIGHT = 3;
/** A node takes minutes to start; the health check tries every two minutes, and may take five. */
const SERVES_WITHIN_MS = 15 * 60_000;
const LOOK_MS = 10_000;
/** For the program that restarts a worker: it need not wait for the worker. */
const RESTART_MS = 5 * 60_000;
const SAID_BYTES = 64 * 1024;
const SHOWN = 500;

interface Reaching {
  readonly executor?: Executor | undefined;
  readonly signal: AbortSignal;
  readonly get?: Get | undefined;
}

/** The clusters of Corda notaries, as their services say how to reach them. */
export const notaryClusters =
  (executors: Executors): NotaryClusters =>
  (target, signal) =>
    target.service.kind === 'corda'
      ? clusterOf(target, { executor: executors(target.node), signal })
      : undefined;

/** A Corda notary, alone or a cluster, through its Jolokia agents, its network map and programs of its node. */
export function clusterOf(target: Target, { executor, signal, get: given }: Reaching): NotaryCluster {
  const settings = settingsOf(target.service);
  const workers = workersOf(settings);
  const { node } = target;
  const get = given ?? getFrom({ node, executor, signal });
  const { networkMap = '', healthCheck, supervised = false, mostInFlight = MOST_IN_FLIGHT } = settings;
  const { servesWithin } = settings;
  const reach = () => ({
    target,
    executor,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]),
    now: new Date(),
  });
  const of = (id: string): Worker => {
    const worker = workers.find((one) => one.id === id);
    if (worker) return worker;
    throw new OutsideError('corda', 'not-found', `the fleet file has no worker ${id} any more`);
  };
  const machine = (): Executor => {
    if (executor) return executor;
    const words = `Tocsin has no way into the machine of ${node.id} (access: ${node.access.kind})`;
    throw new OutsideError('corda', 'rejected', words);
  };
  return {
    workers: workers.map(({ id }) => id),
    quorum: quorumOf(settings, workers.length),
    supervised,
    mostInFlight,
    servesWithinMs: servesWithin === undefined ? SERVES_WITHIN_MS : parseDuration(servesWithin),
    apartSeconds: thresholdOf(target, 'corda-polls').warn ?? 0,
    missing: {
      ...(settings.networkMap === undefined && { networkMap: 'the fleet file gives no networkMap' }),
      ...missingOf(workers, 'jolokia'),
      ...missingOf(workers, 'restart'),
    },
    restartWords: (id) => shown(of(id).restart),
    async network() {
      const { networkParameterHash, parametersUpdate, pollSeconds } = await readNetworkMap(networkMap, get);
      return {
        current: networkParameterHash,
        pollSeconds,
        update: parametersUpdate
          ? {
              hash: parametersUpdate.newParametersHash,
              description: parametersUpdate.description,
              deadline: parametersUpdate.updateDeadline,
              from: 'the network map',
            }
          : undefined,
      };
    },
    async difference(from, to) {
      const [before, after] = await Promise.all(
        [from, to].map((hash) => readParameters(networkMap, hash, get)),
      );
      return before && after && differenceBetween(before, after);
    },
    look: async () => (await Promise.all(workers.map((worker) => lookAtWorker(worker, get)))).map(workerNow),
    async lookAt(id) {
      const worker = workers.find((one) => one.id === id);
      if (worker) return workerNow(await lookAtWorker(worker, get));
      return { id, state: 'unknown', why: 'it is not in the cluster any more' };
    },
    polled: ({ id, state, startedAt }, pollSeconds) =>
      known(async () => {
        const seen = { state, startedAt: startedAt === undefined ? undefined : new Date(startedAt) };
        const poll = await lastPoll(of(id), seen, { ...reach(), pollSeconds });
        if (poll) return { at: poll.at.toISOString(), by: poll.by };
        throw new OutsideError('corda', 'not-found', 'neither its log nor the time since its start tells');
      }),
    held: (id) =>
      known(async () => {
        const worker = of(id);
        if (worker.directory === undefined) {
          throw new OutsideError('corda', 'not-found', 'the fleet file gives no directory of it');
        }
        const { inForce, accepted } = await parametersOf(worker, reach());
        return { inForce, accepted };
      }),
    async counts(id): Promise<readonly Counts[] | undefined> {
      if (healthCheck === undefined) return undefined;
      const { checkedAs } = of(id);
      const counted = await countedAt(healthCheck, get);
      return counted.filter(({ target: name }) => checkedAs === undefined || name === checkedAs);
    },
    async restart(id, run): Promise<RanFor> {
      const { restart } = of(id);
      if (!restart) throw new OutsideError('corda', 'rejected', `the fleet file gives no restart of ${id}`);
      return ranFor(await machine().runOnce(node, run, restart, boundsOf(signal)));
    },
    async requireAllowed(ids) {
      const programs = ids.map((id) => of(id).restart).filter((argv) => argv !== undefined);
      await requireAllowed({ node, executor: machine() }, 'once', ...programs);
    },
    async exitCode(id) {
      const { exitCode: argv } = of(id);
      if (!argv) return undefined;
      const bounds = { signal: reach().signal, maxBytes: SAID_BYTES };
      const { exitCode, stdout } = await machine().run(node, argv, bounds);
      const told = /^\s*(\d{1,3})\s*$/.exec(stdout)?.[1];
      return exitCode === 0 && told !== undefined ? Number(told) : undefined;
    },
  };
}

export const boundsOf = (signal: AbortSignal) => ({
  signal: AbortSignal.any([signal, AbortSignal.timeout(RESTART_MS)]),
  maxBytes: SAID_BYTES,
});

/** What a program said at its end, shortened. */
export const ranFor = ({ exitCode, stdout, stderr }: Ran): RanFor => ({
  exitCode,
  said: [stdout, stderr]
    .map((words) => words.trim().slice(-SHOWN))
    .filter(Boolean)
    .join('\n'),
});

/** Words of an argv as people see them. */
export const shown = (argv: Argv | undefined): string =>
  argv ? argv.join(' ') : 'nothing in the fleet file';

const workerNow = (seen: WorkerSeen): WorkerNow => ({
  id: seen.id,
  state: seen.state,
  ...('why' in seen && { why: seen.why }),
  ...('startedAt' in seen && seen.startedAt && { startedAt: seen.startedAt.toISOString() }),
});

function missingOf(
  workers: readonly Worker[],
  key: 'jolokia' | 'restart',
): Readonly<Partial<Record<typeof key, string>>> {
  const ids = workers.filter((worker) => worker[key] === undefined).map(({ id }) => id);
  return ids.length > 0 ? { [key]: `the fleet file gives no ${key} of ${ids.join(', ')}` } : {};
}

async function known<T>(look: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: await look() };
  } catch (error) {
    if (error instanceof OutsideError) return { why: error.message };
    throw error;
  }
}
