import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

import { type Usage, usageOf } from './usage.ts';

const { BENCH_NODE_OPTIONS: NODE_OPTIONS } = process.env;
const flags = NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS };

/** The program as benchmarks start it: quiet, else as a user does. BENCH_NODE_OPTIONS tries other flags of Node. */
export const startProgram = (
  env: Readonly<Record<string, string | undefined>>,
  fleet: object,
): Promise<RunningTocsin> =>
  startTocsin({
    env: { LOG_LEVEL: 'warn', ...flags, ...env },
    fleet,
  });

/** The redis-server that it started for itself. */
export const redisOf = ({ dataDir }: RunningTocsin): Usage =>
  usageOf(Number(readFileSync(join(dataDir, 'redis', 'redis.pid'), 'utf8')));

/** Figures of /metrics by name, those with labels as `name{labels}`. Reading begins a new window for the event loop's. */
export async function figuresOf(tocsin: RunningTocsin): Promise<ReadonlyMap<string, number>> {
  const { body } = await tocsin.request('/metrics');
  const lines = String(body)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** How late the event loop came, in 99 of 100 cases, since the last reading. */
export const lagMs = (figures: ReadonlyMap<string, number>): number =>
  1_000 * (figures.get('tocsin_nodejs_eventloop_lag_p99_seconds') ?? Number.NaN);

/** Jobs that wait, over all queues. */
export const waitingOf = (figures: ReadonlyMap<string, number>): number =>
  [...figures].reduce(
    (sum, [name, value]) => (name.startsWith('tocsin_jobs_waiting') ? sum + value : sum),
    0,
  );
