import { pino } from 'pino';

import type { AuditEntry } from '#src/domain/audit.ts';
import { type Fleet, fleetOf, type Fleets } from '#src/domain/fleet.ts';
import type { Lease, Leases } from '#src/domain/lease.ts';
import type { Access, Node, NodeId, Service, ServiceId } from '#src/domain/node.ts';
import type { Operator, OperatorId, Role } from '#src/domain/operator.ts';
import type { LogLine, Remedy, Request, Requests, RunLogs } from '#src/domain/remedy.ts';
import type { RoomId } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { type CarryOut, type CarryOutOptions, createCarryOut } from '#src/remediation/carry-out.ts';
import {
  createRemediation,
  type RemediationOptions,
  type RunningRemediation,
} from '#src/remediation/remediation.ts';

const person = (id: string, role: Role, team: string): Operator => ({
  id: id as OperatorId,
  role,
  team,
  handles: {},
});

/** Team alpha holds seat alpha_EU with node alpha-main; bob is of another team, carol coordinates. */
export const people = {
  alice: person('alice', 'notary', 'alpha'),
  anna: person('anna', 'notary', 'alpha'),
  bob: person('bob', 'notary', 'beta'),
  oscar: person('oscar', 'observer', 'alpha'),
  carol: person('carol', 'coordinator', 'gamma'),
  chris: person('chris', 'coordinator', 'gamma'),
} as const;
export type Person = keyof typeof people;

export const service: Service = {
  id: 'LTC' as ServiceId,
  kind: 'utxo',
  coin: 'LTC',
  rpc: { url: 'http://127.0.0.1:19332', user: 'rpcuser-hunter1', password: 'hunter2' },
  thresholds: {},
};

export const node = (services: readonly Service[] = [service], access: Access = { kind: 'local' }): Node => ({
  id: 'alpha-main' as NodeId,
  seat: 'alpha_EU' as SeatId,
  access,
  services,
});

export const fleetWith = (...nodes: readonly Node[]): Fleet =>
  fleetOf({
    network: 'test',
    rooms: [{ id: 'notaries' as RoomId, addresses: {} }],
    routes: [{ match: { severity: 'critical' }, rooms: ['ops' as RoomId], direct: true }],
    coins: [{ id: 'LTC', profile: 'litecoin', thresholds: {}, utxoSats: 10_000 }],
    operators: Object.values(people),
    seats: [
      { id: 'alpha_EU' as SeatId, team: 'alpha', region: 'EU' },
      { id: 'beta_NA' as SeatId, team: 'beta', region: 'NA' },
    ],
    nodes: nodes.length > 0 ? nodes : [node()],
    patrol: { everyMs: 60_000 },
  });

/** Requests in memory, as JSON, so that nothing is shared with who wrote it. */
export function memoryRequests(): Requests & { put(request: Request): void } {
  const kept = new Map<string, string>();
  const read = (id: string): Request | undefined => {
    const json = kept.get(id);
    return json === undefined ? undefined : (JSON.parse(json) as Request);
  };
  const put = (request: Request): void => {
    kept.delete(request.id);
    kept.set(request.id, JSON.stringify(request));
  };
  return {
    put,
    get: async (id) => read(id),
    list: async (limit) =>
      [...kept.keys()]
        .toReversed()
        .slice(0, limit)
        .map((id) => read(id) as Request),
    async update(id, change) {
      const current = read(id);
      const next = change(current);
      if (next !== undefined && next !== current) put(next);
      return read(id);
    },
  };
}

/** Logs of runs in memory, without a bound. */
export function memoryLogs(): RunLogs {
  const kept = new Map<string, readonly LogLine[]>();
  return {
    add: async (id, lines) => void kept.set(id, [...(kept.get(id) ?? []), ...lines]),
    read: async (id) => kept.get(id) ?? [],
  };
}

/** Leases in memory; `steal` ends one behind its holder's back. */
export function memoryLeases(): Leases & { steal(name: string): void } {
  const held = new Map<string, Lease & { readonly note: string }>();
  let fences = 0;
  return {
    steal: (name) => void held.delete(name),
    holder: async (name) => held.get(name),
    async bury(name, fence) {
      if (held.get(name)?.fence === fence) held.delete(name);
    },
    async take(name, _ttlMs, note = '') {
      if (held.has(name)) return undefined;
      const lease: Lease & { readonly note: string } = {
        fence: ++fences,
        note,
        renew: async () => held.get(name) === lease,
        release: async () => {
          if (held.get(name) === lease) held.delete(name);
        },
      };
      held.set(name, lease);
      return lease;
    },
  };
}

export interface World {
  now: Date;
  fleet: Fleet;
  readonly requests: Requests;
  readonly leases: Leases;
  readonly audited: Omit<AuditEntry, 'at'>[];
  readonly queued: string[];
  readonly shown: Request[];
  /** What was said beside the requests' own messages. */
  readonly told: string[];
  readonly logs: RunLogs;
  readonly remediation: RunningRemediation;
  readonly carryOut: CarryOut;
  /** Another process with the same store. */
  another(options?: Partial<CarryOutOptions>): CarryOut;
  request(by: Person, remedy?: string, args?: Readonly<Record<string, string>>): Promise<Request>;
  approved(by: Person, remedy?: string, args?: Readonly<Record<string, string>>): Promise<Request>;
}

type WorldOptions = Partial<CarryOutOptions & RemediationOptions> & { readonly remedies: readonly Remedy[] };

/** The remediation with everything around it in memory and a clock that stands still. */
export function remediationWorld(options: WorldOptions): World {
  const audited: Omit<AuditEntry, 'at'>[] = [];
  const queued: string[] = [];
  const shown: Request[] = [];
  const told: string[] = [];
  const fleets: Fleets = { current: () => world.fleet, onChange: () => undefined };
  const shared = {
    requests: memoryRequests(),
    leases: memoryLeases(),
    logs: memoryLogs(),
    hide: (words: string) => words,
    hideLikely: (words: string) => words,
    tell: async (_request: Request, words: string) => void told.push(words),
    fleets,
    executors: () => undefined,
    audit: { write: async (entry: Omit<AuditEntry, 'at'>) => void audited.push(entry) },
    changed: async (request: Request) => void shown.push(request),
    now: () => world.now,
    logger: pino({ level: 'silent' }),
    paceMs: 1,
    ...options,
  };
  let causes = 0;
  const world: World = {
    now: new Date('2026-03-01T12:00:00Z'),
    fleet: fleetWith(),
    requests: shared.requests,
    leases: shared.leases,
    audited,
    queued,
    shown,
    told,
    logs: shared.logs,
    remediation: createRemediation({ run: async (id) => void queued.push(id), ...shared }),
    carryOut: createCarryOut(shared),
    another: (other = {}) => createCarryOut({ ...shared, ...other }),
    request: (by, remedy = options.remedies[0]?.id ?? '', args = {}) =>
      world.remediation.request({
        remedy,
        node: 'alpha-main',
        args,
        by: people[by],
        cause: `event ${++causes}`,
      }),
    async approved(by, ...asked) {
      const request = await world.request('alice', ...asked);
      return world.remediation.approve(request.id, people[by], request.digest);
    },
  };
  return world;
}

/** Minutes after the clock of the world. */
export const later = (world: World, minutes: number): Date =>
  new Date(world.now.getTime() + minutes * 60_000);

/** A request with all the approvals that its risk needs. */
export async function fullyApproved(
  world: World,
  remedy?: string,
  args?: Readonly<Record<string, string>>,
): Promise<Request> {
  const request = await world.approved('anna', remedy, args);
  if (request.state !== 'requested') return request;
  return world.remediation.approve(request.id, people.carol, request.digest);
}
