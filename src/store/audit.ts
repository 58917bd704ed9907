import type { Redis } from 'ioredis';

import type { Audit, AuditEntry } from '#src/domain/audit.ts';

import { KEY_PREFIX } from './documents.ts';

const KEY = `${KEY_PREFIX}:audit`;
/** Entries kept; the oldest fall out of the stream beyond it. */
const KEEP = 100_000;

/** The audit as a Redis stream: entries are only ever added. */
export const createAudit = (redis: Redis, now: () => Date): Audit => ({
  async write(entry) {
    const full: AuditEntry = { at: now().toISOString(), ...entry };
    await redis.xadd(KEY, 'MAXLEN', '~', KEEP, '*', 'entry', JSON.stringify(full));
  },
  async list(limit) {
    const rows = await redis.xrevrange(KEY, '+', '-', 'COUNT', limit);
    return rows.map(([, values]) => JSON.parse(values[1] ?? '{}') as AuditEntry);
  },
});
