import type { FlagDay, FlagDayRecords, Pause } from '#src/domain/flagday.ts';
import type { Service, ServiceId } from '#src/domain/node.ts';
import type { AnnouncedParameters, NotaryCluster } from '#src/domain/notary-cluster.ts';
import type { Request, Requests } from '#src/domain/remedy.ts';
import { createFlagDays } from '#src/flagday/desk.ts';
import { createFlagDay } from '#src/flagday/remedy.ts';
import type { Waits } from '#src/flagday/turn.ts';
import type { Workers } from '#test/stand-ins/corda/workers.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  people,
  remediationWorld,
} from '#test/stand-ins/remediation/world.ts';

export const notary: Service = {
  id: 'notary' as ServiceId,
  kind: 'corda',
  settings: {},
  thresholds: {},
};

/** Generous where a bound is not what is tested. */
export const WAITS: Waits = { everyMs: 1, quorumMs: 20_000, restartMs: 20_000 };

export function memoryRecords(): FlagDayRecords {
  const kept = new Map<string, string>();
  const read = (id: string): FlagDay | undefined => {
    const json = kept.get(id);
    return json === undefined ? undefined : (JSON.parse(json) as FlagDay);
  };
  return {
    get: async (id) => read(id),
    async update(id, change) {
      const next = change(read(id));
      if (next !== undefined) kept.set(id, JSON.stringify(next));
      return read(id);
    },
  };
}

interface DayOptions {
  readonly waits?: Partial<Waits>;
  /** What notices tell of. */
  readonly announced?: readonly AnnouncedParameters[];
}

/** Everything around a flag day in memory. */
export function dayWith(workers: Workers, { waits, announced = [] }: DayOptions = {}) {
  const [requests, leases, records] = [memoryRequests(), memoryLeases(), memoryRecords()];
  const calls: Pause[] = [];
  const remedyOf = (
    cluster: NotaryCluster = workers.cluster,
    stores: { readonly requests: Pick<Requests, 'get'>; readonly records: FlagDayRecords } = {
      requests,
      records,
    },
  ) =>
    createFlagDay({
      clusters: () => cluster,
      ...stores,
      now: () => new Date(),
      everyMs: 1,
      call: async (_carrying, pause) => void calls.push(pause),
      waits: { ...WAITS, ...waits },
    });
  const world = remediationWorld({ remedies: [remedyOf()], requests, leases });
  world.fleet = fleetWith(node([notary]));
  const desk = createFlagDays({
    fleets: { current: () => world.fleet, onChange: () => undefined },
    clusters: () => workers.cluster,
    remediation: world.remediation,
    records,
    audit: { write: async (entry) => void world.audited.push(entry) },
    announced: async () => announced,
    now: () => new Date(),
  });
  const { alice } = people;
  return {
    world,
    desk,
    requests,
    leases,
    records,
    calls,
    remedyOf,
    of: { node: 'alpha-main' } as const,
    /** Asked for by alice, approved by anna. */
    async approved(): Promise<Request> {
      const request = await desk.start({ node: 'alpha-main', by: alice, cause: 'asked' });
      return await world.remediation.approve(request.id, people.anna, request.digest);
    },
    async ended(id: string): Promise<Request> {
      const request = await requests.get(id);
      if (!request) throw new Error(`no request ${id}`);
      return request;
    },
  };
}
