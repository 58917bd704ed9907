import type { Redis } from 'ioredis';

import type { LogLine, RunLogs } from '#src/domain/remedy.ts';

import { KEY_PREFIX } from './documents.ts';

/** Lines kept of a run; its oldest fall out. */
const MOST_LINES = 500;
const KEEP_MS = 90 * 24 * 60 * 60_000;

/** The logs of runs in Redis, each a list of its own that goes three months after its last line. */
export const createRunLogs = (redis: Redis): RunLogs => {
  const keyOf = (id: string): string => `${KEY_PREFIX}:run-log:${id}`;
  return {
    async add(id, lines) {
      if (lines.length === 0) return;
      const key = keyOf(id);
      await redis
        .multi()
        .rpush(key, ...lines.map((line) => JSON.stringify(line)))
        .ltrim(key, -MOST_LINES, -1)
        .pexpire(key, KEEP_MS)
        .exec();
    },
    read: async (id) => (await redis.lrange(keyOf(id), 0, -1)).map((line) => JSON.parse(line) as LogLine),
  };
};
