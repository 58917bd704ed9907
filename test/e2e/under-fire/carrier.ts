import { setTimeout as pause } from 'node:timers/promises';

import { pino } from 'pino';

import { redisPlaceOf } from '#src/config/redis-url.ts';
import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { fleetDataOf } from '#src/registry/data.ts';
import { FleetFileShape } from '#src/registry/schema.ts';
import { createCarryOut } from '#src/remediation/carry-out.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { openRedis } from '#src/store/open.ts';
import { createStores } from '#src/store/stores.ts';

/** What a carrier is told on its command line, as JSON. */
export interface Told {
  readonly redis: string;
  readonly dataDir: string;
  readonly request: string;
  /** A fleet file's content. */
  readonly fleet: object;
}

export const fleetIn = (content: object, folder: string): Fleet =>
  fleetOf(fleetDataOf(FleetFileShape.parse(content), folder));

/** Carries out one approved request and ends: the part of Tocsin that is killed, in a process of its own. */
async function carry({ redis: url, dataDir, request, fleet: content }: Told): Promise<void> {
  await using redis = await openRedis({ place: redisPlaceOf(url), dataDir, onError: () => undefined });
  const now = (): Date => new Date();
  const { requests, leases, audit, runLogs } = createStores(redis.connect('steady'), now);
  const fleet = fleetIn(content, dataDir);
  using executors = createExecutors({ dataDir });
  const carryOut = createCarryOut({
    requests,
    leases,
    audit,
    logs: runLogs,
    hide: (words) => words,
    hideLikely: (words) => words,
    remedies: kinds.flatMap(({ remedies }) => remedies),
    fleets: { current: () => fleet, onChange: () => undefined },
    executors,
    changed: async () => undefined,
    now,
    logger: pino({ level: 'warn' }, pino.destination(2)),
    leaseMs: 1_000,
  });
  while ((await carryOut(request)) === 'busy') await pause(100);
}

const told = process.argv[2];
if (import.meta.main && told !== undefined) await carry(JSON.parse(told) as Told);
