import type { Redis } from 'ioredis';

import type { ServiceHealth } from '#src/domain/finding.ts';
import type { NodeId } from '#src/domain/node.ts';
import type { PatrolMemory, Remembered, Scope, ServiceName } from '#src/domain/patrol.ts';
import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** A field per scope. */
const SCOPES = `${KEY_PREFIX}:patrol:scopes`;
/** A field per service: what was seen of it last. */
const SEEN = `${KEY_PREFIX}:patrol:seen`;

const scopeField = (scope: Scope): string =>
  JSON.stringify('node' in scope ? ['node', scope.node] : ['coin', scope.coin]);

function scopeOf(field: string): Scope {
  const [kind, id] = JSON.parse(field) as [string, string];
  return kind === 'node' ? { node: id as NodeId } : { coin: id };
}

const serviceField = ({ node, service }: ServiceName): string => JSON.stringify([node, service]);

function serviceOf(field: string): ServiceName {
  const [node, service] = JSON.parse(field) as [string, string];
  return { node, service };
}

/**
 * What is remembered stands there as `<revision> <json>`. `field, expected revision, next`, then `service, what was seen` of
 * each: 1, or what stands there instead.
 */
const KEEP = `
local current = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if (string.match(current, '^%d+') or '') ~= ARGV[2] then return current end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
for at = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) end
return 1`;

function rememberedIn(text: string | null): Remembered | undefined {
  if (!text) return undefined;
  const at = text.indexOf(' ');
  const remembered = JSON.parse(text.slice(at + 1)) as Omit<Remembered, 'revision'>;
  return { ...remembered, revision: Number(text.slice(0, at)) };
}

/** Two hashes; what is remembered of a scope is replaced as a whole, or not at all. */
export function createPatrolMemory(redis: Redis): PatrolMemory {
  const keep = script(redis, 'KeepPatrol', KEEP);
  return {
    recall: async (scope) => rememberedIn(await redis.hget(SCOPES, scopeField(scope))),
    async keep(scope, before, after, seen = []) {
      const words = seen.flatMap((health) => [serviceField(health), JSON.stringify(health)]);
      // Never one that stood there before, not even after it was forgotten.
      const revision = Math.max(Date.now(), (before?.revision ?? 0) + 1);
      const expected = before?.revision ?? '';
      const next = after ? `${revision} ${JSON.stringify(after)}` : '';
      const answer = await keep([SCOPES, SEEN], scopeField(scope), expected, next, ...words);
      if (answer !== 1) return { isKept: false, stands: rememberedIn(String(answer)) };
      return { isKept: true, stands: after && { ...after, revision } };
    },
    scopes: async () => (await redis.hkeys(SCOPES)).map(scopeOf),
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
