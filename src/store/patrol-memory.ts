import type { Redis } from 'ioredis';

import type { PatrolMemory, Remembered, ServiceName } from '#src/domain/patrol.ts';
import { KEY_PREFIX } from './documents.ts';

const KEY = `${KEY_PREFIX}:patrols`;

const fieldOf = ({ node, service }: ServiceName): string => JSON.stringify([node, service]);

const parse = (json: string | null | undefined): Remembered | undefined =>
  json ? (JSON.parse(json) as Remembered) : undefined;

/** One hash, a field per service: what is kept of a service is replaced as a whole. */
export function createPatrolMemory(redis: Redis): PatrolMemory {
  return {
    recall: async (of) => parse(await redis.hget(KEY, fieldOf(of))),
    async keep(of, remembered) {
      await redis.hset(KEY, fieldOf(of), JSON.stringify(remembered));
    },
    async forget(of) {
      await redis.hdel(KEY, fieldOf(of));
    },
    async list() {
      const fields = await redis.hkeys(KEY);
      return fields.map((field) => {
        const [node, service] = JSON.parse(field) as [string, string];
        return { node, service };
      });
    },
    async latest(targets) {
      if (targets.length === 0) return [];
      const fields = targets.map(({ node, service }) => fieldOf({ node: node.id, service: service.id }));
      return (await redis.hmget(KEY, ...fields)).map((json) => parse(json)?.latest);
    },
  };
}
