import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { type EmbeddedRedis, embeddedRedis } from '#src/store/embedded.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';

const WITHIN = { timeout: 10_000, interval: 20 };

let folder: Folder;
let redis: Redis | undefined;
let running: EmbeddedRedis[];
beforeEach(() => {
  folder = temporaryFolder('embedded');
  running = [];
});
afterEach(async () => {
  redis?.disconnect();
  for (const one of running) await one.stop();
  folder[Symbol.dispose]();
});

async function open(): Promise<EmbeddedRedis> {
  const embedded = await embeddedRedis(folder.path);
  running.push(embedded);
  return embedded;
}
const pid = (): number => {
  const found = Number(readFileSync(join(folder.path, 'redis', 'redis.pid'), 'utf8'));
  expect(found).toBeGreaterThan(0);
  return found;
};
const isAlive = (number: number): boolean => {
  try {
    return process.kill(number, 0);
  } catch {
    return false;
  }
};

test('one that dies is started again, on its data; after the stop it stays away', async () => {
  const { path, guard, stop } = await open();
  guard(() => undefined);
  redis = new Redis({ path, retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.set('kept', '1');
  for (let round = 0; round < 2; round++) {
    const before = pid();
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect(pid()).not.toBe(before), WITHIN);
    expect(await redis.get('kept')).toBe('1');
  }
  const last = pid();
  await stop();
  await vi.waitFor(() => expect(isAlive(last)).toBe(false), WITHIN);
});

test('two that guard the same data start it once', async () => {
  const [first, second] = [await open(), await open()];
  expect([first.takenOver, second.takenOver]).toEqual([false, true]);
  first.guard(() => undefined);
  second.guard(() => undefined);
  redis = new Redis({ path: first.path, retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.set('kept', '1');
  const before = pid();
  process.kill(before, 'SIGKILL');
  await vi.waitFor(() => expect(pid()).not.toBe(before), WITHIN);
  expect(await redis.get('kept')).toBe('1');
  const info = await redis.info('server');
  await vi.waitFor(() => expect(/process_id:(\d+)/.exec(info)?.[1]).toBe(`${pid()}`), WITHIN);
});
