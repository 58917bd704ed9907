import { OutsideError } from '#src/domain/errors.ts';
import type {
  Difference,
  Held,
  Known,
  NetworkNow,
  NotaryCluster,
  Polled,
  RanFor,
  WorkerNow,
} from '#src/domain/notary-cluster.ts';

export const [OLD, NEW] = ['a'.repeat(64), 'b'.repeat(64)];

export interface SimulatedWorker {
  readonly id: string;
  state: WorkerNow['state'];
  startedAt: number;
  polledAt: number | undefined;
  inForce: string;
  accepted: string;
  success: number;
  fail: number;
  inflight: number;
  /** Its checks fail from its next start on. */
  ill: boolean;
  /** Looks that find it starting. */
  starts: number;
  exitCode: number | undefined;
}

export interface Workers {
  readonly cluster: NotaryCluster;
  readonly all: readonly SimulatedWorker[];
  network: NetworkNow;
  difference: Difference | undefined;
  /** What happened, in order. */
  readonly log: string[];
  /** The fewest that worked at any time. */
  readonly fewest: () => number;
  /** Called before a restart; may throw instead. */
  restarting: (id: string) => void;
  of(id: string): SimulatedWorker;
  end(id: string): void;
}

const HOUR = 3_600_000;

/** A cluster of so many workers in memory, as far as a flag day sees it; the first one polled longest ago. */
export function createWorkers(
  count: number,
  given: Partial<Pick<NotaryCluster, 'quorum' | 'supervised' | 'apartSeconds' | 'servesWithinMs'>> = {},
): Workers {
  const began = Date.now() - HOUR;
  const all = Array.from({ length: count }, (_, index): SimulatedWorker => ({
    id: `w${index + 1}`,
    state: 'up',
    startedAt: began + index * 60_000,
    polledAt: began + index * 60_000,
    inForce: OLD,
    accepted: NEW,
    success: 10,
    fail: 0,
    inflight: 1,
    ill: false,
    starts: 2,
    exitCode: undefined,
  }));
  const kept = new Map<string, RanFor>();
  let fewest = count;
  const countUp = (): void => {
    fewest = Math.min(fewest, all.filter(({ state }) => state === 'up').length);
  };
  const left = new Map<string, number>();

  function begin(worker: SimulatedWorker): void {
    worker.state = 'starting';
    countUp();
    worker.startedAt = Math.max(Date.now(), worker.startedAt + 1);
    left.set(worker.id, worker.starts);
    // A node that starts asks for the map first, and takes the parameters that it accepted.
    worker.polledAt = worker.startedAt;
    if (worker.accepted === workers.network.current) worker.inForce = worker.accepted;
  }

  /** A worker that starts is up after some looks at it; the notary is checked between two looks. */
  function settle(): void {
    for (const worker of all) {
      const looks = left.get(worker.id);
      if (looks !== undefined && worker.state === 'starting') {
        if (looks > 0) left.set(worker.id, looks - 1);
        else {
          worker.state = worker.inForce === workers.network.current ? 'up' : 'down';
          if (worker.state === 'down') worker.exitCode = 1;
        }
      }
      if (worker.state === 'up') {
        if (worker.ill) worker.fail += 1;
        else worker.success += 1;
      }
    }
  }

  const of = (id: string): SimulatedWorker => {
    const worker = all.find((one) => one.id === id);
    if (!worker) throw new OutsideError('corda', 'not-found', `no worker ${id}`);
    return worker;
  };

  const workers: Workers = {
    all,
    network: { current: NEW, pollSeconds: 600 },
    difference: { changes: ['minimumPlatformVersion: 4 → 5'], hotLoadable: false },
    log: [],
    fewest: () => fewest,
    restarting: () => undefined,
    of,
    end(id) {
      of(id).state = 'down';
      of(id).exitCode = of(id).accepted === NEW ? 0 : 1;
    },
    cluster: {
      workers: all.map(({ id }) => id),
      quorum: given.quorum ?? Math.floor(count / 2) + 1,
      supervised: given.supervised ?? false,
      mostInFlight: 3,
      servesWithinMs: given.servesWithinMs ?? 20_000,
      apartSeconds: given.apartSeconds ?? 0,
      missing: {},
      restartWords: (id) => `/opt/corda/restart ${id}`,
      network: async () => workers.network,
      difference: async () => workers.difference,
      async look() {
        settle();
        countUp();
        return all.map(({ id, state, startedAt }) => ({
          id,
          state,
          ...(state === 'down' && { why: 'does not run' }),
          ...(state !== 'down' && { startedAt: new Date(startedAt).toISOString() }),
        }));
      },
      lookAt: async (id) =>
        (await workers.cluster.look()).find((one) => one.id === id) ?? { id, state: 'unknown' },
      requireAllowed: async () => undefined,
      polled: async ({ id }): Promise<Known<Polled>> => {
        const { polledAt } = of(id);
        return polledAt === undefined
          ? { why: 'its log does not tell' }
          : { known: { at: new Date(polledAt).toISOString(), by: 'start' } };
      },
      held: async (id): Promise<Known<Held>> => {
        const { inForce, accepted } = of(id);
        return { known: { inForce, accepted } };
      },
      counts: async (id) => {
        const { success, fail, inflight } = of(id);
        return [{ target: id, success, fail, inflight }];
      },
      async restart(id, run) {
        const known = kept.get(run);
        if (known) return known;
        workers.restarting(id);
        workers.log.push(`restart ${id}`);
        begin(of(id));
        const ran = { exitCode: 0, said: '' };
        kept.set(run, ran);
        return ran;
      },
      exitCode: async (id) => of(id).exitCode,
    },
  };
  return workers;
}
