import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

interface Row {
  readonly id: string;
  readonly state: string;
  readonly cause: string;
  readonly platform: string;
  /** The bundle that carries it: it stands as that stands. */
  readonly within?: string;
  readonly reason?: string;
  readonly to:
    { readonly kind: 'room'; readonly room: string } | { readonly kind: 'direct'; readonly operator: string };
}

interface Ledger {
  readonly open: readonly Row[];
  readonly states: ReadonlyMap<string, number>;
  /** `<cause> <place>` of what was over before it could be told. */
  readonly leftOut: ReadonlySet<string>;
}

const DELIVERIES = '{tocsin}:deliveries';
const QUEUES = ['alerts', 'notices', 'deliver-discord', 'deliver-matrix'];

/** Rows of the ledger that have not ended, and how all of them ended. */
export async function ledgerOf(redis: Redis): Promise<Ledger> {
  const rows = Object.values(await redis.hgetall(DELIVERIES)).map((text) => JSON.parse(text) as Row);
  const states = new Map(
    [...Map.groupBy(rows, ({ state }) => state)].map(([state, list]) => [state, list.length]),
  );
  const leftOut = new Set(
    rows
      .filter(({ state, reason }) => state === 'stale' && reason?.startsWith('over before'))
      .map(
        ({ cause, to }) =>
          `${cause} ${to.kind === 'room' ? `room:${to.room}` : to.operator.replace('op', 'op:')}`,
      ),
  );
  return { open: rows.filter(isOpen), states, leftOut };
}

const isOpen = ({ state, within }: Row): boolean =>
  within === undefined && (state === 'queued' || state === 'sending');

/** What Redis knows of an alert, to see why its message is not as it should be. */
export async function evidenceOf(redis: Redis, alert: string): Promise<string[]> {
  const [record, ledger] = [await redis.hget('{tocsin}:alerts', alert), await redis.hgetall(DELIVERIES)];
  const rows = Object.values(ledger).filter((text) => text.includes(`alert:${alert}:`));
  const bundles = rows.flatMap((text) => (JSON.parse(text) as Row).within ?? []);
  const carriers = Object.values(ledger).filter((text) =>
    bundles.some((one) => text.includes(`"cause":"${one}"`)),
  );
  const jobs = await Promise.all(
    [...rows, ...carriers].map(async (text) => {
      const { id, platform } = JSON.parse(text) as Row;
      const key = `{tocsin}:deliver-${platform}:de:${id}`;
      const job = await redis.get(key);
      const known = job === null ? {} : await redis.hgetall(`{tocsin}:deliver-${platform}:${job}`);
      return `single ${id}: job ${job ?? 'none'} ${JSON.stringify(known)}`;
    }),
  );
  return [record ?? 'no record', ...rows, ...carriers, ...jobs];
}

/** Jobs that wait or run. */
export async function jobsOf(redis: Redis): Promise<number> {
  let jobs = 0;
  for (const name of QUEUES) {
    const queue = new Queue(name, { connection: redis, prefix: '{tocsin}', skipWaitingForReady: true });
    queue.on('error', () => undefined);
    const counts = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active');
    jobs += Object.values(counts).reduce((sum, one) => sum + one, 0);
    await queue.close();
  }
  return jobs;
}
