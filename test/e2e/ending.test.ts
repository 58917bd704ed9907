import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '#test/real/folder.ts';
import { startTocsin } from '#test/real/tocsin.ts';

const WITHIN_MS = 15_000;
/** What a killed process was working on is taken up again when its lock has run out. */
const TAKEN_UP_MS = 40_000;
const STOP_MS = 5_000;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const redisPidIn = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'redis', 'redis.pid'), 'utf8'));

/** A running trial with the alerts it knows. */
async function started() {
  const tocsin = await startTocsin();
  return {
    tocsin,
    redis: redisPidIn(tocsin.dataDir),
    async fire(alertname: string): Promise<string> {
      const answer = await tocsin.ingress('alerts', { labels: { alertname } });
      expect(answer.status).toBe(202);
      return (answer.body as { accepted: string[] }).accepted[0] ?? '';
    },
    known: async () => ((await tocsin.api('alerts')).body as { id: string }[]).map(({ id }) => id),
    [Symbol.asyncDispose]: () => tocsin[Symbol.asyncDispose](),
  };
}

test('SIGINT ends it within 5 s, and its Redis with it; the next start has the alerts', async () => {
  await using running = await started();
  const { tocsin, redis, fire, known } = running;
  const id = await fire('Kept');
  await expect.poll(known, { timeout: WITHIN_MS }).toContain(id);
  const began = performance.now();
  expect(await tocsin.kill('SIGINT')).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(STOP_MS);
  expect(isAlive(redis)).toBe(false);
  await tocsin.restart();
  expect(tocsin.output()).toContain('Redis: private redis-server\n');
  expect(await known()).toContain(id);
});

test('SIGKILL leaves its Redis running; the next start takes it over, and nothing accepted is lost', async () => {
  await using running = await started();
  const { tocsin, redis, fire, known } = running;
  const before = await fire('Kept');
  await expect.poll(known, { timeout: WITHIN_MS }).toContain(before);
  const last = await fire('JustTaken');
  await tocsin.kill('SIGKILL');
  expect(isAlive(redis)).toBe(true);
  await tocsin.restart();
  expect(tocsin.output()).toContain('Redis: private redis-server, taken over from the last run');
  expect(redisPidIn(tocsin.dataDir)).toBe(redis);
  expect(await known()).toContain(before);
  await expect.poll(known, { timeout: TAKEN_UP_MS }).toContain(last);
  expect(await tocsin.stop()).toMatchObject({ code: 0 });
  expect(isAlive(redis)).toBe(false);
});

test('what was compiled is kept as soon as it is ready: a killed process leaves it to the next', async () => {
  using folder = temporaryFolder('compiled');
  await using _ = await startTocsin({ env: { NODE_COMPILE_CACHE: folder.path } });
  const kept = (): number =>
    readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length;
  await expect.poll(kept, { timeout: WITHIN_MS }).toBeGreaterThan(100);
});
