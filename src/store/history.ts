import { setImmediate } from 'node:timers/promises';

import type { Redis } from 'ioredis';

import { BUCKET_MS, type Course, type Histories, merged } from '#src/domain/history.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import { KEY_PREFIX } from './documents.ts';
import {
  bucketOfRow,
  chunkCourses,
  chunkOf,
  type Columns,
  coursesOf,
  type Row,
  rowOf,
  rowsOf,
  textOf,
} from './history-form.ts';
import { script } from './script.ts';

/** Rows of at least so long become one chunk. */
const CHUNK_MS = 24 * BUCKET_MS;
/** A look each second for as long as a chunk takes; more come only of a clock that was set back, and go at once. */
const MOST_ROWS = 2 * (CHUNK_MS / 1_000);
/** Looks that are written by one call: Redis does nothing else meanwhile. */
const AT_ONCE = 200;
/** Services that are read at once: what is read is held until it is unpacked. */
const READ_AT_ONCE = 16;

/** For each key `at, columns, cells`: adds a row, without its columns where the first row has the same. The times of the first rows. */
const ADD = `
local times = {}
for at, key in ipairs(KEYS) do
  local time, columns, cells = ARGV[3 * at], ARGV[3 * at + 1], ARGV[3 * at + 2]
  local first = redis.call('LINDEX', key, 0)
  local same = first and string.match(first, '\\n(.-)\\n') == columns
  local row = time .. '\\n' .. (same and '' or columns) .. '\\n' .. cells
  if redis.call('RPUSH', key, row) > tonumber(ARGV[2]) then redis.call('DEL', key) end
  redis.call('PEXPIRE', key, ARGV[1])
  times[at] = string.match(first or row, '^%d+')
end
return times`;

/** Puts a chunk in the place of the first rows, unless somebody else was faster. */
const FOLD = `
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] then return 0 end
redis.call('LTRIM', KEYS[1], ARGV[2], -1)
redis.call('LSET', KEYS[1], 0, ARGV[3])
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('LTRIM', KEYS[2], -ARGV[5], -1)
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1`;

/**
 * Two lists per service: the rows of the last hours, and chunks of whole buckets. Both are bounded by their length and
 * by `keepMs` from the last look on: a service that left the fleet leaves nothing behind.
 */
export function createHistories(redis: Redis, now: () => Date): Histories {
  const add = script(redis, 'HistoryAdd', ADD);
  const fold = script(redis, 'HistoryFold', FOLD);
  const known = new Map<string, Columns>();
  const keysOf = ({ node, service }: ServiceName): readonly [rows: string, chunks: string] => {
    const name = JSON.stringify([node, service]);
    return [`${KEY_PREFIX}:history:rows:${name}`, `${KEY_PREFIX}:history:chunks:${name}`];
  };

  const columnsOf = ({ node, service }: ServiceName): Columns => {
    const name = JSON.stringify([node, service]);
    const columns = known.get(name) ?? new Map();
    known.set(name, columns);
    return columns;
  };

  /** All rows but those of the bucket that the newest is in. */
  async function foldRows(of: ServiceName, keepMs: number): Promise<void> {
    const [rowsKey, chunksKey] = keysOf(of);
    const texts = await redis.lrange(rowsKey, 0, -1);
    const rows = rowsOf(texts);
    const current = bucketOfRow(rows.at(-1) ?? { at: 0, columns: '', cells: '' });
    const count = rows.findIndex((row) => bucketOfRow(row) >= current);
    const [first, next] = [texts[0], rows[count]];
    if (count <= 0 || first === undefined || next === undefined) return;
    const worthKeeping = rows.slice(0, count).filter((row) => bucketOfRow(row) >= current - keepMs);
    const chunk = chunkOf(coursesOf(worthKeeping));
    const most = Math.ceil(keepMs / CHUNK_MS) + 1;
    await fold([rowsKey, chunksKey], first, count, textOf(next), chunk, most, keepMs);
  }

  async function addSome(seen: readonly (readonly [ServiceName, Row])[], keepMs: number): Promise<void> {
    const keys = seen.map(([of]) => keysOf(of)[0]);
    const words = seen.flatMap(([, { at, columns, cells }]) => [at, columns, cells]);
    const begun = (await add(keys, keepMs, MOST_ROWS, ...words)) as readonly string[];
    const ripe = seen.filter(([, { at }], index) => (at - Number(begun[index])) * 1_000 >= CHUNK_MS);
    for (const [of] of ripe) await foldRows(of, keepMs);
  }

  async function readOne(of: ServiceName, sinceMs: number, check?: string): Promise<readonly Course[]> {
    const [rowsKey, chunksKey] = keysOf(of);
    const most = Math.ceil((now().getTime() - sinceMs) / CHUNK_MS) + 1;
    const [texts, chunks] = await Promise.all([
      redis.lrange(rowsKey, 0, -1),
      redis.lrangeBuffer(chunksKey, -most, -1),
    ]);
    // Unpacking is work: others have their turn in between.
    await setImmediate();
    const recent = coursesOf(rowsOf(texts)).filter((course) => check === undefined || course.check === check);
    return joined([...chunks.flatMap((chunk) => chunkCourses(chunk, check)), ...recent], sinceMs);
  }

  return {
    async add(healths, keepMs) {
      const seen = healths.map((health) => [health, rowOf(health, columnsOf(health))] as const);
      for (let from = 0; from < seen.length; from += AT_ONCE)
        await addSome(seen.slice(from, from + AT_ONCE), keepMs);
    },
    async read(names, since, check) {
      const read: (readonly Course[])[] = [];
      for (let from = 0; from < names.length; from += READ_AT_ONCE) {
        const some = names.slice(from, from + READ_AT_ONCE);
        read.push(...(await Promise.all(some.map((of) => readOne(of, since.getTime(), check)))));
      }
      return read;
    },
  };
}

/** One course per check, of what was seen since then. */
const joined = (courses: readonly Course[], sinceMs: number): readonly Course[] =>
  Array.from(
    Map.groupBy(courses, ({ check }) => check),
    ([check, parts]) => ({
      check,
      unit: parts.findLast(({ unit }) => unit !== undefined)?.unit,
      limits: parts.at(-1)?.limits,
      buckets: merged(parts.flatMap(({ buckets }) => buckets)).filter(
        ({ from }) => from + BUCKET_MS > sinceMs,
      ),
    }),
  ).filter(({ buckets }) => buckets.length > 0);
