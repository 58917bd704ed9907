import type { Redis } from 'ioredis';

import type { Audit, AuditEntry, Link } from '#src/domain/audit.ts';
import { chained, ROOT, verified } from '#src/domain/chain.ts';

import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

const KEY = `${KEY_PREFIX}:audit`;
const HEAD = `${KEY}:head`;
/** Entries kept; the oldest fall out of the stream beyond it. */
const KEEP = 100_000;
const AT_ONCE = 1_000;

/** Adds a line after the one it names, and nothing where another process was faster: then the head as it is. */
const APPEND = `
local head = redis.call('HMGET', KEYS[2], 'number', 'hash')
local number, hash = head[1] or '0', head[2] or ''
if number ~= ARGV[1] or hash ~= ARGV[2] then return {number, hash} end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'entry', ARGV[6])
redis.call('HSET', KEYS[2], 'number', ARGV[3], 'hash', ARGV[4])
return {}`;

/** The audit as a Redis stream: entries are only ever added, each with the hash of the one before it. */
export function createAudit(redis: Redis, now: () => Date, keep = KEEP): Audit {
  const append = script(redis, 'Audit', APPEND);
  let head = ROOT;
  let writing: Promise<unknown> = Promise.resolve();

  async function add(entry: object): Promise<void> {
    for (;;) {
      const [line, next] = chained(entry, head);
      const words = [`${head.number}`, head.hash, next.number, next.hash, keep, line];
      const [number, hash = ''] = (await append([KEY, HEAD], ...words)) as readonly string[];
      // The same hash: it was written by a call whose answer was lost.
      const isWritten = number === undefined || hash === next.hash;
      head = isWritten ? next : { number: Number(number), hash };
      if (isWritten) return;
    }
  }

  async function* lines(): AsyncGenerator<string> {
    for (let from = '-'; ;) {
      const rows = await redis.xrange(KEY, from, '+', 'COUNT', AT_ONCE);
      for (const [, [, line = '']] of rows) yield line;
      const last = rows.at(-1)?.[0];
      if (last === undefined || rows.length < AT_ONCE) return;
      from = `(${last}`;
    }
  }

  return {
    lines,
    write(entry) {
      // One after the other: of two at once, one would have to try again.
      const written = writing.then(() => add({ at: now().toISOString(), ...entry }));
      writing = written.catch(() => undefined);
      return written;
    },
    async list(limit) {
      const rows = await redis.xrevrange(KEY, '+', '-', 'COUNT', limit);
      return rows.map(([, values]) => JSON.parse(values[1] ?? '{}') as AuditEntry);
    },
    async verify(noted) {
      // First: what is added meanwhile is no fault.
      const { number, hash } = await redis.hgetall(HEAD);
      const known: Link | undefined =
        number === undefined || hash === undefined ? undefined : { number: Number(number), hash };
      return await verified(upTo(lines(), known), { head: known, keep, noted });
    },
  };
}

/** Without what was added since. */
async function* upTo(lines: AsyncIterable<string>, head: Link | undefined): AsyncGenerator<string> {
  for await (const line of lines) {
    const [, number] = /^\{"number":(\d+),/.exec(line) ?? [];
    if (head && number !== undefined && Number(number) > head.number) return;
    yield line;
  }
}
