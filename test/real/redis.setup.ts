import type { TestProject } from 'vitest/node';
import { startRedis } from './redis.ts';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
  }
}

/** One redis-server for a whole run of the unit tests; they reach it through `testRedis`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedis({ args: ['--databases', '4096'] });
  project.provide('redisUrl', redis.url);
  return async () => redis[Symbol.asyncDispose]();
}
