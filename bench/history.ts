import { Redis } from 'ioredis';

import { createHistories } from '#src/store/history.ts';
import { lifeOf } from '#test/health/days.ts';
import { startRedis } from '#test/real/redis.ts';

import { asked, whole } from './asked.ts';
import { print, progress, shown, table } from './figures.ts';

/** What the history of the figures weighs in Redis, and what it costs to write and to read it. Redis is real, time is not. */
const { services, days, everyS } = asked('bench:history', {
  services: whole(100, 'services'),
  days: whole(7, 'days that are written'),
  everyS: whole(30, 'seconds between two looks at a service'),
});

const BEGINS = new Date('2026-01-01T00:00:00.000Z');
const DAY_MS = 86_400_000;
let clock = BEGINS.getTime();
const now = (): Date => new Date(clock);

await using server = await startRedis();
const redis = new Redis(server.url);
const histories = createHistories(redis, now);
const memory = async (): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);

const lives = Array.from({ length: services }, (_, seed) =>
  lifeOf({ node: `node-${seed}`, service: 'KMD', seed, begins: BEGINS }),
);
const empty = await memory();
const began = performance.now();
let ends = BEGINS.getTime();
for (let day = 1; day <= days; day++) {
  ends += DAY_MS;
  for (; clock < ends; clock += everyS * 1_000)
    await histories.add(
      lives.map((life) => life(now())),
      days * DAY_MS,
    );
  progress(`day ${day}: ${shown(((await memory()) - empty) / services)} bytes a service`);
}
const looks = services * ((days * DAY_MS) / (everyS * 1_000));
const writeMs = performance.now() - began;
const bytes = ((await memory()) - empty) / services;
const names = lives.map((life) => life(now())).slice(0, 64);
const readFrom = performance.now();
const read = await histories.read(names, BEGINS);
const readMs = performance.now() - readFrom;
const buckets = read[0]?.[0]?.buckets.length ?? 0;
redis.disconnect();

print(
  table(
    ['figure', 'value'],
    [
      ['checks a look', String(lives[0]?.(now()).results.length)],
      ['bytes a service', shown(bytes)],
      ['MB for 2,560 services', shown((bytes * 2_560) / 1e6)],
      ['µs a look (with making it up)', shown((writeMs * 1_000) / looks)],
      [`ms to read ${names.length} services`, shown(readMs)],
      ['buckets of a check', String(buckets)],
    ],
  ),
);
