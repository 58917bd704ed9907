import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import type { Fired } from './book.ts';

interface Row {
  readonly id: string;
  readonly state: string;
  readonly cause: string;
  readonly platform: string;
  /** The bundle that carries it: it stands as that stands. */
  readonly within?: string;
  readonly reason?: string;
  readonly queuedAt: string;
  readonly sendingAt?: string;
  readonly reroutedAt?: string;
  readonly deliveredAt?: string;
  readonly editedAt?: string;
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
  const rows = await rowsOf(redis);
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

const rowsOf = async (redis: Redis): Promise<readonly Row[]> =>
  Object.values(await redis.hgetall(DELIVERIES)).map((text) => JSON.parse(text) as Row);

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
      const queue = `{tocsin}:deliver-${platform}`;
      const names = await redis.keys(`${queue}:de:${id}*`);
      const known = await Promise.all(
        names.map(async (name) => redis.hgetall(`${queue}:${(await redis.get(name)) ?? ''}`)),
      );
      return `jobs of ${id}: ${JSON.stringify(known)}`;
    }),
  );
  return [record ?? 'no record', ...rows, ...carriers, ...jobs];
}

/** When what happened to an alert's messages, in seconds since it was queued. */
export async function storyOf(
  redis: Redis,
  { ms, token, alert }: { readonly ms: number; readonly token: string; readonly alert: Fired },
): Promise<string> {
  const rows = await rowsOf(redis);
  const cause = `alert:${alert.id}:${token.split('e')[1]}`;
  const own = rows.filter((row) => row.cause === cause && row.to.kind === 'room');
  const carriers = rows.filter((row) => own.some(({ within }) => within === row.cause));
  const words = [...own, ...carriers].map((row) => {
    const times = (['sendingAt', 'reroutedAt', 'deliveredAt', 'editedAt'] as const).flatMap((name) => {
      const at = row[name];
      return at === undefined
        ? []
        : `${name} +${((Date.parse(at) - Date.parse(row.queuedAt)) / 1_000).toFixed(1)}`;
    });
    return [row.platform, row.state, `queued ${row.queuedAt}`, ...times, row.reason]
      .filter(Boolean)
      .join(', ');
  });
  return `${(ms / 1_000).toFixed(1)} s: ${token} ${alert.id} ${alert.room} ${alert.severity}; ${words.join('; ')}`;
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
