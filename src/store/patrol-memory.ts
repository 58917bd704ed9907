import type { Redis } from 'ioredis';

import type { ServiceHealth } from '#src/domain/finding.ts';
import type { NodeId } from '#src/domain/node.ts';
import type { Condition, Contact, PatrolMemory, Remembered, Scope, ServiceName } from '#src/domain/patrol.ts';
import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** Every scope of which something is remembered. */
const SCOPES = `${KEY_PREFIX}:patrol:scopes`;
/** A field per service: what was seen of it last. */
const SEEN = `${KEY_PREFIX}:patrol:seen`;

const nameOf = (scope: Scope): string =>
  JSON.stringify('node' in scope ? ['node', scope.node] : ['coin', scope.coin]);
/** Counts revisions: none stands for two states, not even of a scope that was forgotten in between. */
const REVISIONS = `${KEY_PREFIX}:patrol:revisions`;
/** A hash for each scope: its revision, what is of it as a whole, and a field per service. */
const keyOf = (scope: Scope): string => `${KEY_PREFIX}:patrol:scope:${nameOf(scope)}`;
const WHOLE = 'whole';
const fieldOf = (service: string | undefined): string => (service === undefined ? WHOLE : `of ${service}`);

function scopeOf(name: string): Scope {
  const [kind, id] = JSON.parse(name) as [string, string];
  return kind === 'node' ? { node: id as NodeId } : { coin: id };
}

const serviceField = ({ node, service }: ServiceName): string => JSON.stringify([node, service]);

function serviceOf(field: string): ServiceName {
  const [node, service] = JSON.parse(field) as [string, string];
  return { node, service };
}

/**
 * `scope, expected revision, "keep" or "forget", count of fields`, `field, value` of each that changes, then `service, what was
 * seen`: the new revision when it was done, or what stands there instead.
 */
const KEEP = `
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[2] then return redis.call('HGETALL', KEYS[1]) end
local seen = 5 + 2 * ARGV[4]
local revision = 0
if ARGV[3] == 'forget' then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', KEYS[2], ARGV[1])
else
  revision = redis.call('INCR', KEYS[4])
  redis.call('HSET', KEYS[1], 'revision', revision)
  redis.call('SADD', KEYS[2], ARGV[1])
  for at = 5, seen - 1, 2 do
    if ARGV[at + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[at])
    else redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
  end
end
for at = seen, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1]) end
return revision`;

/** What is of one service, or of the scope as a whole. */
interface Part {
  readonly contact?: Contact | undefined;
  readonly conditions: readonly Condition[];
  readonly unsent?: Remembered['unsent'] | undefined;
}

function partsOf(
  remembered: Omit<Remembered, 'revision'> | undefined,
): ReadonlyMap<string | undefined, Part> {
  if (!remembered) return new Map();
  const { contacts, conditions, unsent } = remembered;
  const of = Map.groupBy(conditions, ({ service }) => service);
  const services = new Set([...Object.keys(contacts), ...of.keys()]);
  services.delete(undefined);
  return new Map<string | undefined, Part>([
    [undefined, { conditions: of.get(undefined) ?? [], unsent }],
    ...[...services].map(
      (service) =>
        [service, { contact: contacts[service ?? ''], conditions: of.get(service) ?? [] }] as const,
    ),
  ]);
}

/** What a decision leaves alone it hands on as it was: nothing has to be compared but whether it is the same. */
const isSame = (one: Part | undefined, other: Part): boolean =>
  one !== undefined &&
  one.contact === other.contact &&
  one.unsent?.length === other.unsent?.length &&
  (one.unsent ?? []).every((signal, at) => signal === other.unsent?.[at]) &&
  one.conditions.length === other.conditions.length &&
  one.conditions.every((condition, at) => condition === other.conditions[at]);

function changesOf(before: Remembered | undefined, after: Omit<Remembered, 'revision'>): readonly string[] {
  const [old, next] = [partsOf(before), partsOf(after)];
  const gone = [...old.keys()].filter((service) => !next.has(service));
  return [
    ...gone.flatMap((service) => [fieldOf(service), '']),
    ...[...next].flatMap(([service, part]) =>
      isSame(old.get(service), part) ? [] : [fieldOf(service), JSON.stringify(part)],
    ),
  ];
}

function rememberedIn(fields: Readonly<Record<string, string>>): Remembered | undefined {
  const { revision, ...rest } = fields;
  if (revision === undefined) return undefined;
  const parts = Object.entries(rest).map(([field, json]) => [field, JSON.parse(json) as Part] as const);
  return {
    revision: Number(revision),
    contacts: Object.fromEntries(
      parts.flatMap(([field, { contact }]) => (contact ? [[field.slice(fieldOf('').length), contact]] : [])),
    ),
    conditions: parts.flatMap(([, { conditions }]) => conditions),
    unsent: parts.flatMap(([, { unsent = [] }]) => unsent),
  };
}

const pairsOf = (flat: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1] ?? '']] : [])));

/** A hash for each scope, of which only what changes is written, and one for what was seen last. */
export function createPatrolMemory(redis: Redis): PatrolMemory {
  const keep = script(redis, 'KeepPatrol', KEEP);
  return {
    recall: async (scope) => rememberedIn(await redis.hgetall(keyOf(scope))),
    async keep(scope, before, after, seen = []) {
      const changes = after ? changesOf(before, after) : [];
      const answer = await keep(
        [keyOf(scope), SCOPES, SEEN, REVISIONS],
        nameOf(scope),
        before?.revision ?? '',
        after ? 'keep' : 'forget',
        changes.length / 2,
        ...changes,
        ...seen.flatMap((health) => [serviceField(health), JSON.stringify(health)]),
      );
      if (Array.isArray(answer)) return { isKept: false, stands: rememberedIn(pairsOf(answer as string[])) };
      return { isKept: true, stands: after && { ...after, revision: Number(answer) } };
    },
    scopes: async () => (await redis.smembers(SCOPES)).map(scopeOf),
    async latest(targets) {
      if (targets.length === 0) return [];
      const fields = targets.map(({ node, service }) => serviceField({ node: node.id, service: service.id }));
      return (await redis.hmget(SEEN, ...fields)).map((json) =>
        json === null ? undefined : (JSON.parse(json) as ServiceHealth),
      );
    },
    async forget(services) {
      if (services.length > 0) await redis.hdel(SEEN, ...services.map(serviceField));
    },
    services: async () => (await redis.hkeys(SEEN)).map(serviceOf),
  };
}
